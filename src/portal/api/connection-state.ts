/** What a client is told about its connection. Used by the API, the live events and the pages. */
import { z } from 'zod'
import { asPortalReader } from '../../../db/core/database.ts'
import type { PortalConnection } from '../../../db/core/schema.ts'
import {
  findPortalConnection,
  findRunningRun,
  type PortalSyncRun,
} from '../../../db/portal/portal-connection.repo.ts'
import { missingFeature, missingFeatures } from '../../connections/missing-features.ts'
import type { Ctx } from '../../context.ts'
import { problemOf, problemView } from './connection-problem.ts'
import { isoTime, optionalTime, time } from './values.ts'

export const progressView = z
  .object({
    runId: z.uuid(),
    kind: z.enum(['full', 'incremental']),
    phase: z.string().describe('What the run is doing'),
    page: z.number().int().describe('Pages read so far'),
    rowsRead: z.number().int(),
    total: z.number().int().optional().describe('Only when Zoho gave a count'),
  })
  .meta({ id: 'Progress' })

export const connectionView = z
  .object({
    state: z.enum(['not_connected', 'syncing', 'active', 'delayed', 'reconnect_required', 'error', 'paused']),
    organization: z
      .object({ id: z.string(), name: z.string() })
      .meta({ id: 'ConnectedOrganization' })
      .nullable(),
    dataCenter: z.string().nullable(),
    connectedAt: isoTime.nullable(),
    lastSyncedAt: isoTime.nullable().describe('End of the last completed run'),
    provenAt: isoTime.nullable().describe('As of then every listed invoice was unpaid'),
    nextSyncAt: isoTime.nullable(),
    progress: progressView.nullable(),
    delayedUntil: isoTime.optional(),
    problem: problemView.optional(),
    missing: z.array(missingFeature).optional().describe('What the grant does not allow; all else works'),
  })
  .meta({
    id: 'Connection',
    example: {
      state: 'syncing',
      organization: { id: '10234695', name: 'Acme Ltd' },
      dataCenter: 'eu',
      connectedAt: '2026-06-10T12:00:00.000Z',
      lastSyncedAt: null,
      provenAt: null,
      nextSyncAt: null,
      progress: {
        runId: '0f8fad5b-d9cb-469f-a165-70867728950e',
        kind: 'full',
        phase: 'listing',
        page: 7,
        rowsRead: 1400,
        total: 2310,
      },
    },
  })

export type ConnectionView = z.infer<typeof connectionView>

const notConnected: ConnectionView = {
  state: 'not_connected',
  organization: null,
  dataCenter: null,
  connectedAt: null,
  lastSyncedAt: null,
  provenAt: null,
  nextSyncAt: null,
  progress: null,
}

const presentProgress = (run: PortalSyncRun) => ({
  runId: run.id,
  kind: run.kind,
  phase: run.phase,
  page: run.next_page - 1,
  rowsRead: run.rows_read,
  ...(run.total === null ? {} : { total: run.total }),
})

const present = (row: PortalConnection, run: PortalSyncRun | undefined): ConnectionView => {
  const missing = missingFeatures(row)
  const code = row.problem_code ?? (row.state === 'delayed' ? row.delayed_code : null)
  return {
    state: row.state,
    organization: { id: row.zoho_organization_id, name: row.organization_name },
    dataCenter: row.data_center,
    connectedAt: time(row.connected_at),
    lastSyncedAt: optionalTime(row.last_synced_at),
    provenAt: optionalTime(row.proven_at),
    nextSyncAt: optionalTime(row.next_sync_at),
    progress: run ? presentProgress(run) : null,
    ...(row.state === 'delayed' && row.delayed_until ? { delayedUntil: time(row.delayed_until) } : {}),
    ...(code === null ? {} : { problem: problemOf(code) }),
    ...(missing.length > 0 ? { missing } : {}),
  }
}

/** The connection of a client with the progress of its running sync; `not_connected` when there is none. */
export const connectionState = (ctx: Ctx, clientId: string): Promise<ConnectionView> =>
  asPortalReader(ctx.db, clientId, async (trx) => {
    const row = await findPortalConnection(trx)
    return row ? present(row, await findRunningRun(trx, row.id)) : notConnected
  })
