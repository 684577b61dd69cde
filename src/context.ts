/** What every function of the product is given first: the few things that reach outside it. */

import type { Db } from '../db/core/database.ts'
import type { DueKind } from '../db/jobs/due-rows.repo.ts'
import type { Config } from './config.ts'
import type { EligibilityPolicy } from './eligibility/policy.ts'
import type { ObjectStore } from './object-store/object-store.ts'
import type { Logger } from './observability/logger.ts'
import type { Metrics } from './observability/metrics.ts'
import type { ZohoClient } from './zoho/client.ts'

/** Wall clock of this process. Rows take their times from Postgres or from Zoho, never mixed within one rule. */
export interface Clock {
  readonly now: () => Date
}

/**
 * Tells the queues that a row just became due. Only for speed: it may fail or be lost, the due-sweep finds the
 * row anyway. Implemented by `jobs/`; never throws.
 */
export type Nudge = (intent: Intent) => void

/** Which row is due. */
export interface Intent {
  readonly job: DueKind
  readonly id: string
  /** Of a connection event: its kind, which names the job. */
  readonly jobName?: string
}

export interface Ctx {
  readonly config: Config
  readonly log: Logger
  readonly db: Db
  readonly zoho: ZohoClient
  /** Where the bytes of new documents go; undefined: into the database. */
  readonly documentStore: ObjectStore | undefined
  readonly clock: Clock
  readonly nudge: Nudge
  readonly metrics: Metrics
  readonly policy: EligibilityPolicy
}
