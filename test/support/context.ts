/** A `Ctx` for tests: real database, sane configuration, a log that nobody sees, recorded nudges. */

import type { Db } from '../../db/core/database.ts'
import type { Config } from '../../src/config.ts'
import type { Clock, Ctx, Intent, Nudge } from '../../src/context.ts'
import { builtInPolicy, type EligibilityPolicy } from '../../src/eligibility/policy.ts'
import type { ObjectStore } from '../../src/object-store/object-store.ts'
import { createLogger, type Logger } from '../../src/observability/logger.ts'
import { createMetrics } from '../../src/observability/metrics.ts'
import type { DataCenter, ZohoClient } from '../../src/zoho/client.ts'
import { createZohoClient, type ZohoTimeouts } from '../../src/zoho/create-client.ts'
import { testKeySecret, watchConfig } from './secrets/known.ts'

export type TestConfig = Partial<Omit<Config, 'zoho'>> & { readonly zoho?: Partial<Config['zoho']> }

/** A configuration that would pass `loadConfig`, with keys of its own. */
export const testConfig = (given: TestConfig = {}): Config => {
  const { zoho, ...rest } = given
  const config: Config = {
    production: false,
    host: '127.0.0.1',
    port: 0,
    workerPort: undefined,
    metricsPort: undefined,
    apiDocs: true,
    publicUrl: 'http://localhost:3000',
    frameAncestors: ["'none'"],
    trustProxy: false,
    dataDir: '.data-test',
    databaseUrl: 'postgres://unused',
    embeddedDatabase: false,
    databasePoolSize: 5,
    redisUrls: undefined,
    tokenEncryptionKeys: [{ id: 'test-key', secret: testKeySecret() }],
    portalJwtSecret: 'a secret for tests that is long enough',
    portalJwtAudience: undefined,
    portalJwtIssuer: undefined,
    portalOrigins: [],
    portalSignInUrl: undefined,
    signInPurposeRequired: false,
    sessionIdleMinutes: 60,
    demoSignIn: false,
    syncIntervalSeconds: 900,
    fullSyncIntervalSeconds: 86_400,
    sweepIntervalSeconds: 5,
    jobLockSeconds: 15,
    proofMaxAgeSeconds: 300,
    workerConcurrency: 20,
    eligibilityPolicyPath: undefined,
    retentionDays: 90,
    documentStore: undefined,
    uploadQuotaBytes: 1024 ** 3,
    webhookPrivateNetworks: ['127.0.0.0/8', '::1/128'],
    webhookConcurrency: 100,
    otlpEndpoint: undefined,
    logLevel: 'trace',
    ...rest,
    zoho: {
      clientId: '1000.TESTCLIENT',
      clientSecret: 'test-client-secret',
      clientSecrets: {},
      accountsUrl: 'https://accounts.zoho.com',
      simulatorUrl: undefined,
      requestsPerMinute: 100,
      maxInFlight: 4,
      ...zoho,
    },
  }
  watchConfig(config)
  return config
}

/** What the context needs of a simulator: where it listens and which client it knows. */
export interface SimulatorForContext {
  readonly url: string
  readonly clientId?: string
  readonly clientSecret?: string
}

export interface TestContextOptions {
  readonly db: Db
  readonly simulator?: SimulatorForContext | undefined
  readonly config?: TestConfig
  readonly clock?: Clock
  readonly nudge?: Nudge
  readonly policy?: EligibilityPolicy
  readonly log?: Logger
  readonly zoho?: ZohoClient
  readonly dataCenters?: readonly DataCenter[]
  readonly timeouts?: Partial<ZohoTimeouts>
  readonly documentStore?: ObjectStore | undefined
}

/** A log whose lines are made all the same, and looked through for secrets. */
export const logSeenByNobody = (level: string): Logger =>
  createLogger({ level, destination: { write: () => {} } })

/** Besides the context: the intents it was nudged with, in order. */
export type TestContext = Ctx & { readonly nudged: readonly Intent[] }

export const createTestContext = (options: TestContextOptions): TestContext => {
  const { simulator } = options
  const config = testConfig({
    ...options.config,
    zoho: {
      ...(simulator && {
        simulatorUrl: simulator.url,
        ...(simulator.clientId && { clientId: simulator.clientId }),
        ...(simulator.clientSecret && { clientSecret: simulator.clientSecret }),
      }),
      ...options.config?.zoho,
    },
  })
  const log = options.log ?? logSeenByNobody(config.logLevel)
  const clock = options.clock ?? { now: () => new Date() }
  const nudged: Intent[] = []
  const nudge: Nudge = (intent) => {
    nudged.push(intent)
    options.nudge?.(intent)
  }
  const zoho =
    options.zoho ??
    createZohoClient({
      zoho: config.zoho,
      log,
      now: clock.now,
      ...(options.dataCenters && { dataCenters: options.dataCenters }),
      ...(options.timeouts && { timeouts: options.timeouts }),
    })
  return {
    config,
    log,
    db: options.db,
    zoho,
    documentStore: options.documentStore,
    clock,
    nudge,
    metrics: createMetrics(),
    policy: options.policy ?? builtInPolicy,
    nudged,
  }
}

/** A clock that stands still until it is moved. */
export const aClock = (start: Date | string = '2026-06-10T12:00:00Z') => {
  let time = new Date(start).getTime()
  return {
    now: () => new Date(time),
    advance: (milliseconds: number) => {
      time += milliseconds
    },
  }
}
