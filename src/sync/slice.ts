/** What one worker does at a stretch for one connection, and the bounds that keep it from holding the worker. */

import type { Connection } from '../../db/core/schema.ts'
import type { StagingTarget } from '../../db/sync/staged-invoices.repo.ts'
import type { LeasedRun } from '../../db/sync/sync-runs.repo.ts'
import type { Ctx } from '../context.ts'
import type { TokenHolder } from './call-books.ts'
import { createPace, type Pace } from './pace.ts'

const mostPerPage = 200
/** A slice ends after ten seconds, or after 20 pages unless these came so fast that changing hands would cost more. */
const sliceMs = 10_000
const slicePages = 20
const briefMs = 2_000
const notifyEveryMs = 500

export interface Slice {
  readonly ctx: Ctx
  readonly connection: Connection
  readonly target: StagingTarget
  readonly run: LeasedRun
  readonly signal: AbortSignal | undefined
  readonly perPage: number
  readonly tokenHolder: TokenHolder
  /** Whether another request may still be started in this slice. */
  readonly mayGoOn: () => boolean
  /** Counts a request that was started. */
  readonly started: () => void
  /** Whether it is time to tell live pages about the progress. */
  readonly notifyNow: () => boolean
  readonly pace: Pace
  /** Whether any customer of the organization has been staged. */
  readonly customersKnown: boolean
  /** What this slice has done so far. */
  readonly done: { pages: number; setAsideOpen: boolean }
}

export const createSlice = (
  ctx: Ctx,
  { connection, run }: { connection: Connection; run: LeasedRun },
  {
    setAsideOpen,
    customersKnown,
    signal,
  }: { setAsideOpen: boolean; customersKnown: boolean; signal: AbortSignal | undefined },
): Slice => {
  const start = performance.now()
  let requests = 0
  let notifiedAt = Number.NEGATIVE_INFINITY
  return {
    ctx,
    connection,
    target: {
      connectionId: connection.id,
      clientId: connection.client_id,
      organizationId: connection.zoho_organization_id,
      policyVersion: ctx.policy.version,
      baseCurrency: connection.organization_currency_code,
    },
    run,
    signal,
    tokenHolder: {},
    perPage: ctx.config.zoho.perPage ?? mostPerPage,
    mayGoOn: () => {
      const elapsed = performance.now() - start
      return !signal?.aborted && elapsed < (requests < slicePages ? sliceMs : briefMs)
    },
    started: () => {
      requests += 1
    },
    notifyNow: () => {
      const now = performance.now()
      if (now - notifiedAt < notifyEveryMs) return false
      notifiedAt = now
      return true
    },
    pace: createPace(ctx.config.zoho),
    customersKnown,
    done: { pages: 0, setAsideOpen },
  }
}
