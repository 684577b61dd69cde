import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { invoiceStates } from '../../../../db/core/schema.ts'
import { listClientCases, outstandingValue, totalClientCases } from '../../../cases/get-case.ts'
import { reinstateCase, withdrawCase } from '../../../cases/withdraw-case.ts'
import type { Ctx } from '../../../context.ts'
import { AppError, isAppError } from '../../../errors.ts'
import { callerOf } from '../../api/caller.ts'
import { pageQuery, readCursor, writeCursor } from '../../api/paging.ts'
import { zohoCallLimit } from '../../http/rate-limits.ts'
import { loadConnection } from '../integrations/load-connection.ts'
import { getPage, postForm, sendPage } from '../page-route.ts'
import { CasePage } from './case-page.tsx'
import { CasesPage, type CaseTotalView } from './cases-page.tsx'
import { casesHref, parseCasesQuery } from './cases-query.ts'
import { loadCase } from './load-case.ts'

const ROWS = 50

const cursorOf = (cursor: string | undefined) =>
  pageQuery.shape.cursor.safeParse(cursor).success ? readCursor(cursor) : undefined

const idParam = z.object({ id: z.uuid() })

const caseIdOf = (params: unknown): string => {
  const parsed = idParam.safeParse(params)
  if (!parsed.success) throw new AppError('not_found')
  return parsed.data.id
}
const withdrawForm = z.object({ reason: z.string().trim().min(1).max(500).catch('No reason given') })

type Totals = Awaited<ReturnType<typeof totalClientCases>>

/** One line per state, in the order of the life of an invoice. */
const totalsView = (totals: Totals): readonly CaseTotalView[] =>
  invoiceStates.flatMap((invoiceState) => {
    const own = totals.filter((total) => total.invoiceState === invoiceState)
    return own.length === 0
      ? []
      : [
          {
            invoiceState,
            count: own.reduce((sum, { count }) => sum + count, 0),
            outstanding: own.map(({ outstanding, currencyCode }) => ({ amount: outstanding, currencyCode })),
          },
        ]
  })

/** The list of cases, and a case. */
export const caseRoutes = (app: FastifyInstance, ctx: Ctx): void => {
  getPage(app, ctx, '/cases', async ({ identity, query: given }) => {
    const query = parseCasesQuery(given)
    const { cursor, sort, order, ...filter } = query
    const [connection, { items, next, previous }, totals, value] = await Promise.all([
      loadConnection(ctx, identity.clientId),
      listClientCases(ctx, identity.clientId, {
        limit: ROWS,
        cursor: cursorOf(cursor),
        filter,
        sort,
        ascending: order === 'asc',
      }),
      totalClientCases(ctx, identity.clientId, filter),
      outstandingValue(ctx, identity.clientId, filter),
    ])
    const href = (to: typeof next) => to && casesHref(query, { cursor: writeCursor(to) ?? undefined })
    return (
      <CasesPage
        connection={connection}
        query={query}
        totals={totalsView(totals)}
        value={value}
        pager={{ next: href(next), previous: href(previous) }}
        rows={items.map((item) => ({
          ...item,
          debtorName: item.debtor.name,
          createdAt: new Date(item.createdAt),
          invoiceStateSince: new Date(item.invoiceStateSince),
          followedUntil: item.followedUntil === null ? null : new Date(item.followedUntil),
        }))}
      />
    )
  })

  getPage(app, ctx, '/cases/:id', async ({ identity, params }) => {
    return <CasePage view={await loadCase(ctx, identity.clientId, caseIdOf(params), { askZoho: false })} />
  })

  getPage(
    app,
    ctx,
    '/cases/:id/balance',
    async ({ identity, params }) => {
      return <CasePage view={await loadCase(ctx, identity.clientId, caseIdOf(params), { askZoho: true })} />
    },
    zohoCallLimit,
  )

  postForm(app, '/cases/:id/withdraw', async (request) => {
    const caseId = caseIdOf(request.params)
    const { reason } = withdrawForm.parse(request.body ?? {})
    await withdrawCase(ctx, { ...callerOf(request), caseId, reason })
    return `/cases/${caseId}`
  })

  postForm(
    app,
    '/cases/:id/reinstate',
    async (request, reply) => {
      const caseId = caseIdOf(request.params)
      try {
        await reinstateCase(ctx, { ...callerOf(request), caseId })
        return `/cases/${caseId}`
      } catch (error) {
        if (!isAppError(error) || error.status >= 500) throw error
        const view = await loadCase(ctx, request.identity.clientId, caseId, { askZoho: false })
        await sendPage(
          ctx,
          request,
          reply.code(error.status),
          <CasePage view={{ ...view, problem: error.message }} />,
        )
        return undefined
      }
    },
    zohoCallLimit,
  )
}
