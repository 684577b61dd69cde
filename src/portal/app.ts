/** The HTTP server: everything that answers a request is put together here, nothing listens yet. */
import { randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import formbody from '@fastify/formbody'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  LogController,
} from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { Ctx } from '../context.ts'
import { connectRoutes } from './api/connect.routes.ts'
import { HEARTBEAT_MS } from './api/events.routes.ts'
import { createOpenStreams } from './api/open-streams.ts'
import { apiPlugin } from './api/plugin.ts'
import { webhookRoutes } from './api/webhook.routes.ts'
import { authPlugin } from './auth/plugin.ts'
import { signInRoutes } from './auth/sign-in.routes.ts'
import { installAccessLog } from './http/access-log.ts'
import { answerBadUrl } from './http/bad-url.ts'
import { installCompression } from './http/compression.ts'
import { collectApiDocument, docsRoutes } from './http/docs.routes.ts'
import { installErrorHandling } from './http/error-handler.ts'
import { readForwardedAddresses, trustOf } from './http/forwarded.ts'
import { healthRoutes } from './http/health.routes.ts'
import { installJsonParser } from './http/json-body.ts'
import { operatorRoutes } from './http/operator.ts'
import { installOverloadProtection, type OverloadOptions } from './http/overload.ts'
import { installRateLimits } from './http/rate-limits.ts'
import { refuseNul } from './http/refuse-nul.ts'
import { limitRequestTime, longestRequestMs } from './http/request-time.ts'
import { collectRoutes } from './http/route-table.ts'
import { installSecurityHeaders } from './http/security-headers.ts'
import { closeUnusedConnections } from './http/unused-connections.ts'
import { pagesPlugin } from './pages/index.ts'
import { connectQuestion, handOverQuestion } from './pages/sign-in/questions.tsx'
import './http/fastify-types.ts'
import type { Subscribe } from './api/portal-event.ts'

/** 10,000 invoice ids of 19 digits are some 220 kB. */
const BODY_LIMIT = 1024 * 1024

export interface AppDeps {
  /** Other HTML pages than the portal's own; mounted at the root. */
  readonly pages?: FastifyPluginAsync
  /** The queue dashboard; mounted at `/operator`, for operators only. */
  readonly dashboard?: FastifyPluginAsync
  /** When requests are turned away; a test on a busy machine turns none away. */
  readonly overload?: OverloadOptions
  /** Live events of one client; returns how to stop. */
  readonly subscribe: Subscribe
  /** Resolves when the queue answers. */
  readonly checkQueue: () => Promise<void>
  /** How often a live stream says that it lives and looks after its session. Default 15 s. */
  readonly heartbeatMs?: number
}

const createServer = (ctx: Ctx) => {
  const app = Fastify({
    loggerInstance: ctx.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trustOf(ctx.config.trustProxy),
    bodyLimit: BODY_LIMIT,
    genReqId: () => randomUUID(),
    requestTimeout: longestRequestMs,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (error, request, reply) => answerBadUrl(ctx, error, request, reply),
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  return app
}

/** Builds the app without listening. `close()` ends what it opened; database and queues belong to the caller. */
export const buildApp = async (ctx: Ctx, deps: AppDeps): Promise<FastifyInstance> => {
  const app = createServer(ctx)
  collectRoutes(app)
  closeUnusedConnections(app)
  limitRequestTime(app)
  installErrorHandling(app, ctx)
  readForwardedAddresses(app)
  installAccessLog(app, ctx)
  await installSecurityHeaders(app, ctx.config)
  installOverloadProtection(app, ctx, deps.overload)
  await installCompression(app)
  await app.register(cookie)
  await app.register(formbody)
  installJsonParser(app)
  refuseNul(app)
  await app.register(authPlugin, { ctx })
  await installRateLimits(app, ctx)
  await collectApiDocument(app, ctx.config)

  await app.register(healthRoutes, { ctx, checkQueue: deps.checkQueue })
  const streams = createOpenStreams()
  await app.register(signInRoutes, { ctx, onSessionEnd: streams.endSession, ask: handOverQuestion(ctx) })
  await app.register(connectRoutes, { ctx, ask: connectQuestion(ctx) })
  await app.register(webhookRoutes, { ctx })
  await app.register(apiPlugin, {
    ctx,
    subscribe: deps.subscribe,
    streams,
    heartbeatMs: deps.heartbeatMs ?? HEARTBEAT_MS,
  })
  await app.register(docsRoutes, { config: ctx.config })
  if (deps.dashboard) await app.register(operatorRoutes, { dashboard: deps.dashboard })
  await app.register(deps.pages ?? pagesPlugin(ctx))
  return app
}
