/** A portal on a database of its own, with tokens and browser sessions for tests. */
import type { FastifyInstance } from 'fastify'
import { type JWTPayload, SignJWT } from 'jose'
import type { Clock } from '../../../src/context.ts'
import { builtInPolicy } from '../../../src/eligibility/policy.ts'
import type { ObjectStore } from '../../../src/object-store/object-store.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { type AppDeps, buildApp } from '../../../src/portal/app.ts'
import {
  createTestContext,
  type SimulatorForContext,
  type TestConfig,
  type TestContext,
} from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

const SECRET = 'a secret that is shared with the host portal'

const now = () => Math.floor(Date.now() / 1000)

export interface TokenClaims {
  readonly sub?: unknown
  readonly client_id?: unknown
  readonly role?: unknown
  readonly exp?: unknown
  readonly iat?: unknown
  readonly name?: unknown
  readonly client_name?: unknown
  readonly purpose?: unknown
  readonly sign_in_nonce?: unknown
  readonly jti?: unknown
  readonly aud?: unknown
  readonly iss?: unknown
}

/** A token as the host portal signs it; pass a claim as undefined to leave it out. */
export const signToken = (
  claims: TokenClaims = {},
  { secret = SECRET, alg = 'HS256' }: { secret?: string; alg?: string } = {},
): Promise<string> =>
  new SignJWT({
    sub: 'user-1',
    client_id: 'acme',
    role: 'client',
    iat: now(),
    exp: now() + 3600,
    ...claims,
  } as JWTPayload)
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(secret))

export const bearer = async (claims: TokenClaims = {}) => ({
  authorization: `Bearer ${await signToken(claims)}`,
})

export interface TestPortal {
  readonly app: FastifyInstance
  readonly ctx: TestContext
  readonly database: TestDatabase
  readonly logged: string[]
  readonly close: () => Promise<void>
}

export interface PortalOptions {
  readonly config?: TestConfig
  readonly deps?: Partial<AppDeps>
  readonly simulator?: SimulatorForContext
  readonly clock?: Clock
  readonly documentStore?: ObjectStore | undefined
}

/** A server whose queue is fine and that turns nobody away because the machine is busy. */
export const notAboutLoad: AppDeps = {
  subscribe: () => () => {},
  checkQueue: async () => {},
  overload: { maxDelayMs: Number.POSITIVE_INFINITY, sampleMs: 1_000 },
}

export const startPortal = async ({
  config,
  deps,
  simulator,
  clock,
  documentStore,
}: PortalOptions = {}): Promise<TestPortal> => {
  const database = await createTestDatabase()
  const logged: string[] = []
  const ctx = createTestContext({
    db: database.db,
    log: createLogger({ level: 'trace', destination: { write: (line) => void logged.push(line) } }),
    config: { publicUrl: 'http://portal.test', portalJwtSecret: SECRET, ...config },
    ...(simulator && { simulator }),
    ...(clock && { clock }),
    documentStore,
    policy: builtInPolicy,
  })
  const app = await buildApp(ctx, { ...notAboutLoad, ...deps })
  await app.ready()
  return {
    app,
    ctx,
    database,
    logged,
    close: async () => {
      await app.close()
      await database.drop()
    },
  }
}

/** Sign-in is slowed down per address: each test comes from one of its own. */
export const someAddress = () => `10.${[0, 0, 0].map(() => Math.floor(Math.random() * 256)).join('.')}`

/** The first cookie of an answer, as a browser sends it back. */
export const cookieOf = ({ headers }: { readonly headers: Record<string, unknown> }): string =>
  String([headers['set-cookie']].flat()[0] ?? '').split(';', 1)[0] ?? ''

/** Signs a browser in by hand-over. @returns the cookie header. */
export const signIn = async ({ app }: TestPortal, claims: TokenClaims = {}): Promise<string> => {
  const answer = await app.inject({
    url: '/session',
    remoteAddress: someAddress(),
    query: { token: await signToken({ ...claims, name: `n${Math.random()}` }) },
  })
  return cookieOf(answer)
}
