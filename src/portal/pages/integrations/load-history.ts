import { asPortalReader } from '../../../../db/core/database.ts'
import { findPortalConnection } from '../../../../db/portal/portal-connection.repo.ts'
import { listPortalSetAsideRows, listPortalSyncRuns } from '../../../../db/portal/portal-sync-runs.repo.ts'
import type { Ctx } from '../../../context.ts'
import { invoiceLinks } from '../../../invoices/links.ts'
import { pageQuery, presentPage, readCursor } from '../../api/paging.ts'
import { presentRun, presentSetAsideRow } from '../../api/sync-runs.routes.ts'
import type { PagerLinks } from '../../components/pager.tsx'
import type { RunView } from './runs-table.tsx'
import type { SetAsideView } from './set-aside-page.tsx'

const pageOf = (query: unknown, limit: number) => {
  const parsed = pageQuery.safeParse(query)
  return { limit, cursor: parsed.success ? readCursor(parsed.data.cursor) : undefined }
}

const linksOf = (path: string, page: { next: string | null; previous: string | null }): PagerLinks => ({
  next: page.next && `${path}?cursor=${page.next}`,
  previous: page.previous && `${path}?cursor=${page.previous}`,
})

const runView = (run: ReturnType<typeof presentRun>): RunView => ({
  id: run.id,
  kind: run.kind,
  trigger: run.trigger,
  state: run.state,
  startedAt: new Date(run.startedAt),
  finishedAt: run.finishedAt === null ? null : new Date(run.finishedAt),
  rowsRead: run.rows.read,
  rowsNew: run.rows.new,
  rowsChanged: run.rows.changed,
  rowsClosed: run.rows.closed,
  rowsSetAside: run.rows.setAside,
  error: run.problem?.message ?? null,
})

/** A page of runs, newest first. */
export const loadRuns = async (ctx: Ctx, clientId: string, query: unknown, limit: number) => {
  const request = pageOf(query, limit)
  const rows = await asPortalReader(ctx.db, clientId, (trx) => listPortalSyncRuns(trx, request))
  const page = presentPage(rows, presentRun)
  return { runs: page.items.map(runView), pager: linksOf('/integrations/zoho-books/runs', page) }
}

/** A page of rows that could not be read. */
export const loadSetAside = (ctx: Ctx, clientId: string, query: unknown, limit: number) =>
  asPortalReader(ctx.db, clientId, async (trx) => {
    const connection = await findPortalConnection(trx)
    const links = connection && invoiceLinks(ctx.zoho, connection)
    const page = presentPage(await listPortalSetAsideRows(trx, pageOf(query, limit)), presentSetAsideRow)
    const rows = page.items.map(
      (row): SetAsideView => ({
        ...row,
        zohoUrl: row.zohoInvoiceId !== null && links ? links.invoice(row.zohoInvoiceId) : null,
        firstSeenAt: new Date(row.firstSeenAt),
        lastSeenAt: new Date(row.lastSeenAt),
      }),
    )
    return { rows, pager: linksOf('/integrations/zoho-books/set-aside', page) }
  })
