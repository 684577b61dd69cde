import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Ctx } from '../../../context.ts'
import { isAppError } from '../../../errors.ts'
import { getClientInvoice, listClientInvoices } from '../../../invoices/list-invoices.ts'
import { loadConnection } from '../integrations/load-connection.ts'
import { getPage } from '../page-route.ts'
import { BulkImportPage } from './bulk-import-page.tsx'
import { createDeferredTotals, type Summarise, type TotalsQuery } from './deferred-totals.ts'
import { InvoicePage } from './invoice-page.tsx'
import {
  exceptionsOf,
  filterOf,
  filterOfAll,
  isFiltered,
  type ListQuery,
  listHref,
  parseIds,
  parseListQuery,
  tabOf,
} from './list-query.ts'
import { Summary } from './summary.tsx'

const loadList = (ctx: Ctx, clientId: string, query: ListQuery) =>
  listClientInvoices(ctx, clientId, {
    filter: filterOf(query),
    sort: query.sort,
    order: query.order,
    limit: query.limit,
    cursor: query.cursor,
  })

/** Whoever asks for nothing in particular gets what is ready, and everything while nothing is. */
const loadUsualList = async (ctx: Ctx, clientId: string, query: ListQuery) => {
  const list = await loadList(ctx, clientId, query)
  const isUsual = query.eligibility === undefined && query.cursor === undefined && !isFiltered(query)
  if (list.items.length > 0 || !isUsual) return { query, list }
  const everything: ListQuery = { ...query, eligibility: 'all' }
  return { query: everything, list: await loadList(ctx, clientId, everything) }
}

const totalsOf = (query: ListQuery): TotalsQuery => ({
  filter: filterOfAll(query),
  reasons: tabOf(query) === 'blocked',
})

const listPage = (ctx: Ctx, summarise: Summarise) => async (request: FastifyRequest, reply: FastifyReply) => {
  const { clientId } = request.identity
  const asked = parseListQuery(request.query)
  try {
    const page = Promise.all([loadConnection(ctx, clientId), loadUsualList(ctx, clientId, asked)])
    const [[connection, { query, list }], summary] = await Promise.all([
      page,
      summarise(clientId, totalsOf(asked), page, asked.select === 'all'),
    ])
    const except = exceptionsOf(request.query, query)
    return (
      <BulkImportPage
        view={{
          connection,
          query: { ...query, except: except.join(',') || undefined },
          rows: list.items,
          previous: list.previous,
          next: list.next,
          summary,
          selection: {
            all: query.select === 'all',
            ids: new Set(parseIds((request.query as { ids?: unknown }).ids)),
            except: new Set(except),
          },
        }}
      />
    )
  } catch (error) {
    // An old address whose place in the list no longer exists: begin again.
    if (!isAppError(error, 'invalid_request') || asked.cursor === undefined) throw error
    await reply.redirect(listHref(asked), 302)
    return undefined
  }
}

/** The list of unpaid invoices, its totals, and one invoice. */
export const bulkImportRoutes = (app: FastifyInstance, ctx: Ctx): void => {
  const totals = createDeferredTotals(ctx)
  app.addHook('onClose', async () => totals.close())
  // Whoever has selected all must see how many that are, even if it takes a second.
  const quickUnlessAll: Summarise = (clientId, query, rest, isAll) =>
    isAll ? totals.load(clientId, query) : totals.quick(clientId, query, rest)
  getPage(app, ctx, '/bulk-import', listPage(ctx, quickUnlessAll))
  getPage(app, ctx, '/bulk-import/totals', listPage(ctx, totals.load))

  getPage(app, ctx, '/bulk-import/summary', async ({ identity, query }) => {
    const asked = parseListQuery(query)
    const summary = await totals.load(identity.clientId, totalsOf(asked))
    return <Summary summary={summary} query={asked} shown={0} />
  })

  getPage(app, ctx, '/bulk-import/invoices/:zohoInvoiceId', async ({ identity, params, query }) => {
    const { zohoInvoiceId } = params as { zohoInvoiceId: string }
    const invoice = await getClientInvoice(ctx, identity.clientId, zohoInvoiceId)
    const asked = parseListQuery(query)
    return <InvoicePage invoice={invoice} back={listHref(asked, { cursor: asked.cursor, at: asked.at })} />
  })
}
