/** What the sync did: its runs, and the rows it could not read. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { asPortalReader } from '../../../db/core/database.ts'
import type { PortalSyncRun } from '../../../db/portal/portal-connection.repo.ts'
import {
  listPortalSetAsideRows,
  listPortalSyncRuns,
  type PortalSetAsideRow,
} from '../../../db/portal/portal-sync-runs.repo.ts'
import type { Ctx } from '../../context.ts'
import { fieldProblem, problemResponses } from '../http/problem.ts'
import { problemOf, problemView } from './connection-problem.ts'
import { pageOf, pageQuery, presentPage, readCursor } from './paging.ts'
import { isoTime, optionalTime, time } from './values.ts'

const runView = z
  .object({
    id: z.uuid(),
    kind: z.enum(['full', 'incremental']),
    trigger: z.string().describe('Why it ran: connected, schedule, manual, webhook, rearmed, command'),
    state: z.enum(['running', 'completed', 'failed', 'cancelled']),
    pages: z.number().int(),
    total: z.number().int().nullable().describe('Only when Zoho gave a count'),
    rows: z
      .object({
        read: z.number().int(),
        new: z.number().int(),
        changed: z.number().int(),
        unchanged: z.number().int(),
        setAside: z.number().int(),
        closed: z.number().int().describe('Paid, void or removed since'),
      })
      .meta({ id: 'SyncRunRows' }),
    problem: problemView.optional(),
    startedAt: isoTime,
    finishedAt: isoTime.nullable(),
  })
  .meta({ id: 'SyncRun' })

export type RunView = z.infer<typeof runView>

const setAsideView = z
  .object({
    id: z.uuid(),
    zohoInvoiceId: z.string().nullable(),
    creditorReference: z.string().nullable(),
    problems: z.array(fieldProblem),
    firstSeenAt: isoTime,
    lastSeenAt: isoTime,
  })
  .meta({ id: 'SetAsideRow' })

const runPage = pageOf(runView, 'SyncRunPage')
const setAsidePage = pageOf(setAsideView, 'SetAsideRowPage')

export const presentRun = (run: PortalSyncRun): RunView => ({
  id: run.id,
  kind: run.kind,
  trigger: run.trigger,
  state: run.state,
  pages: run.next_page - 1,
  total: run.total,
  rows: {
    read: run.rows_read,
    new: run.rows_new,
    changed: run.rows_changed,
    unchanged: run.rows_unchanged,
    setAside: run.rows_set_aside,
    closed: run.rows_closed,
  },
  ...(run.error_code === null ? {} : { problem: problemOf(run.error_code) }),
  startedAt: time(run.started_at),
  finishedAt: optionalTime(run.finished_at),
})

export const presentSetAsideRow = (row: PortalSetAsideRow) => ({
  id: row.id,
  zohoInvoiceId: row.zoho_invoice_id,
  creditorReference: row.creditor_reference,
  problems: row.problems,
  firstSeenAt: time(row.first_seen_at),
  lastSeenAt: time(row.last_seen_at),
})

export const syncRunRoutes: FastifyPluginAsyncZod<{ ctx: Ctx }> = async (app, { ctx }) => {
  app.route({
    method: 'GET',
    url: '/api/sync-runs',
    schema: {
      tags: ['Sync'],
      summary: 'Runs of the sync, newest first',
      querystring: pageQuery,
      response: { 200: runPage, ...problemResponses },
    },
    handler: async ({ identity, query }) => {
      const request = { limit: query.limit, cursor: readCursor(query.cursor) }
      const page = await asPortalReader(ctx.db, identity.clientId, (trx) => listPortalSyncRuns(trx, request))
      return presentPage(page, presentRun)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/set-aside-rows',
    schema: {
      tags: ['Sync'],
      summary: 'Invoices that Zoho gave and that could not be read, with the reasons',
      querystring: pageQuery,
      response: { 200: setAsidePage, ...problemResponses },
    },
    handler: async ({ identity, query }) => {
      const request = { limit: query.limit, cursor: readCursor(query.cursor) }
      const page = await asPortalReader(ctx.db, identity.clientId, (trx) =>
        listPortalSetAsideRows(trx, request),
      )
      return presentPage(page, presentSetAsideRow)
    },
  })
}
