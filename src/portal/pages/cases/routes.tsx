import type { FastifyInstance } from 'fastify'
import { listClientCases } from '../../../cases/get-case.ts'
import type { Ctx } from '../../../context.ts'
import { pageQuery, readCursor } from '../../api/paging.ts'
import { zohoCallLimit } from '../../http/rate-limits.ts'
import { getPage } from '../page-route.ts'
import { CasePage } from './case-page.tsx'
import { CasesPage } from './cases-page.tsx'
import { casesHref, parseCasesQuery } from './cases-query.ts'
import { loadCase } from './load-case.ts'

const ROWS = 50

const cursorOf = (cursor: string | undefined) =>
  pageQuery.shape.cursor.safeParse(cursor).success ? readCursor(cursor) : undefined

const letters = { next: 'n', previous: 'p' } as const

/** The list of cases, and a case. */
export const caseRoutes = (app: FastifyInstance, ctx: Ctx): void => {
  getPage(app, ctx, '/cases', async ({ identity, query: given }) => {
    const query = parseCasesQuery(given)
    const { items, next, previous } = await listClientCases(ctx, identity.clientId, {
      limit: ROWS,
      cursor: cursorOf(query.cursor),
      filter: query,
    })
    const href = (cursor: typeof next) =>
      cursor && casesHref(query, `${letters[cursor.direction]}.${cursor.id}`)
    return (
      <CasesPage
        query={query}
        pager={{ next: href(next), previous: href(previous) }}
        rows={items.map((item) => ({
          ...item,
          debtorName: item.debtor.name,
          createdAt: new Date(item.createdAt),
        }))}
      />
    )
  })

  getPage(app, ctx, '/cases/:id', async ({ identity, params }) => {
    const { id } = params as { id: string }
    return <CasePage view={await loadCase(ctx, identity.clientId, id, { askZoho: false })} />
  })

  getPage(
    app,
    ctx,
    '/cases/:id/balance',
    async ({ identity, params }) => {
      const { id } = params as { id: string }
      return <CasePage view={await loadCase(ctx, identity.clientId, id, { askZoho: true })} />
    },
    zohoCallLimit,
  )
}
