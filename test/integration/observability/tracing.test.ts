/** One trace from the request to the last statement, seen as a collector sees it; and nothing of it while off. */
import type { AddressInfo } from 'node:net'
import type { Queue } from 'bullmq'
import { SignJWT } from 'jose'
import { startWorker } from '../../../jobs/worker.ts'
import { createContext } from '../../../scripts/support/create-context.ts'
import { runServer } from '../../../scripts/support/run-server.ts'
import type { Config } from '../../../src/config.ts'
import { backends, redisUrls } from '../../support/backends.ts'
import type { BuiltConnection } from '../../support/builders.ts'
import { createTestContext, logSeenByNobody, testConfig } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { aGrantedConnection, simulatorForContext } from '../../support/simulated-zoho.ts'
import { type SentSpan, startTraceCollector, type TraceCollector } from '../../support/trace-collector.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'

const SECRET = 'a secret that is shared with the host portal'

let simulator: Simulator
let database: TestDatabase
let collector: TraceCollector
beforeEach(async () => {
  collector = await startTraceCollector()
})
afterEach(() => collector.close())
beforeAll(async () => {
  simulator = await startSimulator({ invoices: 10, seed: 5 })
  database = await createTestDatabase()
}, 30_000)
afterAll(async () => {
  await database.drop()
  await simulator.close()
})

const signToken = (clientId: string) =>
  new SignJWT({ client_id: clientId, role: 'client' })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('user-1')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET))

const runsOf = (connectionId: string) =>
  database.db.selectFrom('sync_runs').selectAll().where('connection_id', '=', connectionId).execute()

type Given = Partial<Pick<Config, 'otlpEndpoint' | 'trustProxy' | 'redisUrls'>>

/** Lends a whole installation with one connection, and what presses "Sync now" in it. */
const withInstallation = async <T>(
  given: Given,
  use: (installation: {
    readonly connection: BuiltConnection
    readonly token: string
    readonly config: Config
    readonly queue: Queue
    readonly syncNow: (traceparent?: string) => Promise<unknown>
    readonly run: (state: 'completed' | 'failed') => Promise<unknown>
  }) => Promise<T>,
): Promise<T> => {
  const { url, clientId, clientSecret } = simulatorForContext(simulator)
  const config = testConfig({
    databaseUrl: database.url,
    portalJwtSecret: SECRET,
    // The job has to come from the request, not from the sweep.
    sweepIntervalSeconds: 60,
    zoho: { simulatorUrl: url, clientId, clientSecret },
    ...given,
  })
  const connection = await aGrantedConnection(
    createTestContext({ db: database.db, config, simulator: simulatorForContext(simulator) }),
    simulator,
    { expiresInSeconds: null },
  )
  const token = await signToken(connection.client_id)
  const context = await createContext(config, logSeenByNobody('trace'))
  const worker = startWorker(context.ctx, context.queues)
  const server = await runServer(context)
  const { port } = server.app.server.address() as AddressInfo
  try {
    return await use({
      connection,
      token,
      config,
      queue: context.queues.queue('invoice-sync'),
      // A busy machine turns requests away; the one that is let in is the one to follow.
      syncNow: (traceparent) =>
        waitFor('a request that is let in', async () => {
          const answer = await fetch(`http://127.0.0.1:${port}/api/connection/sync`, {
            method: 'POST',
            headers: {
              authorization: `Bearer ${token}`,
              'content-type': 'application/json',
              ...(traceparent && { traceparent }),
            },
            body: '{"kind":"full"}',
          })
          return answer.status === 202
        }),
      run: (state) =>
        waitFor('the run', async () => (await runsOf(connection.id)).some((run) => run.state === state)),
    })
  } finally {
    await server.close()
    await worker.close()
    await context.close()
  }
}

/** Presses "Sync now" in a whole installation and stops it again when the run is done. */
const syncNow = (given: Given, traceparent?: string) =>
  withInstallation(given, async ({ syncNow: press, run, queue, connection, token, config }) => {
    await press(traceparent)
    await run('completed')
    const jobs = await waitFor('the job', async () => {
      const done = await queue.getCompleted()
      const own = done.filter((job) => job.data.connectionId === connection.id)
      return own.length > 0 && own
    })
    return { connection, token, config, telemetry: jobs.map((job) => job.opts.telemetry) }
  })

const named = (spans: readonly SentSpan[], name: string): SentSpan => {
  const found = spans.find((span) => span.name === name)
  if (!found) throw new Error(`no span "${name}" among: ${spans.map((span) => span.name).join(', ')}`)
  return found
}

const pathTo = (spans: readonly SentSpan[], span: SentSpan): string[] => {
  const parent = spans.find((one) => one.spanId === span.parentSpanId)
  return [...(parent ? pathTo(spans, parent) : []), span.name]
}

it('sends nothing and carries nothing while off', async () => {
  const { telemetry } = await syncNow({})
  expect(collector.received).toEqual([])
  expect(telemetry.filter((carried) => carried !== undefined)).toEqual([])
})

it.each(backends)('shows "Sync now" as one trace: request, queue on %s, Zoho, database', async (backend) => {
  const { connection, token, config } = await syncNow({
    otlpEndpoint: collector.url,
    redisUrls: redisUrls(backend, 15),
  })
  const spans = collector.spans()
  const request = named(
    spans.filter((span) => span.attributes['http.response.status_code'] !== 503),
    'POST /api/connection/sync',
  )
  expect(request).toMatchObject({
    service: 'zoho-books-collector',
    attributes: { 'http.route': '/api/connection/sync', 'http.response.status_code': 202 },
  })
  const story = spans.filter((span) => span.traceId === request.traceId)
  expect(named(story, 'process invoice-sync').attributes).toMatchObject({
    'job.name': 'sync-connection',
    'job.connectionId': connection.id,
    'job.attempt': 1,
    'job.outcome': 'completed',
  })
  expect(named(story, 'zoho /invoices').attributes).toMatchObject({
    'zoho.data_center': 'sim',
    'http.response.status_code': 200,
  })
  const toJob = ['POST /api/connection/sync', 'publish invoice-sync', 'process invoice-sync']
  for (const name of ['zoho /invoices', 'zoho /oauth/v2/token', 'insert staged_invoices'])
    expect(pathTo(story, named(story, name))).toEqual([...toJob, name])
  expect(pathTo(story, named(story, 'insert audit_events'))).toEqual([toJob[0], 'insert audit_events'])

  // The timer that looks for due rows is no story, and statements outside of one are not recorded.
  for (const span of spans.filter((one) => one.parentSpanId === undefined))
    expect(span.name).toMatch(/^(GET|POST|process) /)

  const sent = collector.received.join('\n')
  const tokens = await database.db.selectFrom('oauth_tokens').selectAll().execute()
  const invoices = await database.db.selectFrom('staged_invoices').selectAll().execute()
  expect(invoices.length).toBeGreaterThan(0)
  const secrets = [
    connection.accessToken,
    connection.refreshToken,
    token,
    config.zoho.clientSecret,
    ...tokens.flatMap((row) => [row.access_token_jwe, row.refresh_token_jwe]),
    ...invoices.flatMap((row) => [row.zoho_invoice_id, row.debtor_email, row.debtor_name]),
  ].filter((secret) => secret !== null && secret !== '')
  expect(secrets.filter((secret) => sent.includes(String(secret)))).toEqual([])
  expect(sent).not.toMatch(/1000\.[0-9a-f]{16,}|oauthtoken|Bearer|\$1|\?[a-z_]+=/i)
})

it('continues a trace from outside only behind a proxy of its own', async () => {
  const traceparent = (digit: string) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`
  await syncNow({ otlpEndpoint: collector.url }, traceparent('a'))
  await syncNow({ otlpEndpoint: collector.url, trustProxy: 1 }, traceparent('b'))
  const traces = new Set(collector.spans().map((span) => span.traceId))
  expect(traces).not.toContain('a'.repeat(32))
  expect(traces).toContain('b'.repeat(32))
})

it.each(backends)(
  'gives what an operator retries a trace of its own, linked to the old one, on %s',
  async (backend) => {
    simulator.control.fail({
      match: { path: '/books/v3/invoices' },
      times: 1,
      action: { status: 400, body: { code: 2, message: 'Invalid value' } },
    })
    simulator.control.fail({
      match: { path: '/books/v3/invoices' },
      times: 1,
      action: { status: 500, body: {} },
    })
    const given = { otlpEndpoint: collector.url, redisUrls: redisUrls(backend, 15) }
    await withInstallation(given, async ({ connection, queue, syncNow: press, run }) => {
      await press()
      const failed = await waitFor('the failed job', async () =>
        (await queue.getFailed()).find((job) => job.data.connectionId === connection.id),
      )
      await failed.retry('failed', { resetAttemptsMade: true })
      await run('completed')
    })
    const jobs = collector.spans().filter((span) => span.name === 'process invoice-sync')
    const [first, retried, again] = jobs
    expect(jobs.map((span) => span.attributes['job.outcome'])).toEqual(['failed', 'retried', 'completed'])
    expect(retried?.traceId).not.toBe(first?.traceId)
    expect(retried).not.toHaveProperty('parentSpanId')
    const published = named(collector.spans(), 'publish invoice-sync')
    expect(retried?.links).toEqual([
      expect.objectContaining({ traceId: first?.traceId, spanId: published.spanId }),
    ])
    // The queue's own retry is part of the operator's.
    expect(again).toMatchObject({ traceId: retried?.traceId, parentSpanId: retried?.spanId, links: [] })
  },
)
