import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { invoiceStates } from '../../../../db/core/schema.ts'
import { caseDescription, describeCase } from '../../../cases/describe-case.ts'
import { listClientCases, outstandingValue, totalClientCases } from '../../../cases/get-case.ts'
import { reinstateCase, withdrawCase } from '../../../cases/withdraw-case.ts'
import type { Ctx } from '../../../context.ts'
import { addDocument, maxDocumentBytes } from '../../../documents/add-document.ts'
import { fetchCopyAgain, removeDocument } from '../../../documents/change-documents.ts'
import { AppError, isAppError } from '../../../errors.ts'
import { callerOf } from '../../api/caller.ts'
import { pageQuery, readCursor, writeCursor } from '../../api/paging.ts'
import { zohoCallLimit } from '../../http/rate-limits.ts'
import { acceptUploads, receiveFile, uploadLimit } from '../../http/upload.ts'
import { loadConnection } from '../integrations/load-connection.ts'
import { getPage, postForm, sendPage } from '../page-route.ts'
import { CasePage } from './case-page.tsx'
import { CasesPage, type CaseTotalView } from './cases-page.tsx'
import { casesHref, parseCasesQuery } from './cases-query.ts'
import { loadCase } from './load-case.ts'
import { routes as words } from './words.tsx'

const ROWS = 50

const cursorOf = (cursor: string | undefined) =>
  pageQuery.shape.cursor.safeParse(cursor).success ? readCursor(cursor) : undefined

const idParam = z.object({ id: z.uuid() })

const documentParam = z.object({ documentId: z.uuid() })

const documentIdOf = (params: unknown): string => {
  const parsed = documentParam.safeParse(params)
  if (!parsed.success) throw new AppError('not_found')
  return parsed.data.documentId
}

const caseIdOf = (params: unknown): string => {
  const parsed = idParam.safeParse(params)
  if (!parsed.success) throw new AppError('not_found')
  return parsed.data.id
}
const withdrawForm = z.object({ reason: z.string().trim().min(1).max(500).catch(words.noReasonGiven) })

const describeForm = z.object({ description: caseDescription })

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

/** Does it and goes back to the case; a refusal that a person can do something about is told there. */
const orOnThePage =
  (ctx: Ctx, act: (request: FastifyRequest, caseId: string) => Promise<unknown>) =>
  async (request: FastifyRequest, reply: FastifyReply) => {
    const caseId = caseIdOf(request.params)
    try {
      await act(request, caseId)
      return `/cases/${caseId}`
    } catch (error) {
      if (!isAppError(error) || error.status >= 500 || error.code === 'not_found') throw error
      const view = await loadCase(ctx, request.identity.clientId, caseId, { askZoho: false })
      const page = <CasePage view={{ ...view, problem: error.message }} />
      await sendPage(ctx, request, reply.code(error.status), page)
      return undefined
    }
  }

/** Documents that are added without a script; in a scope of its own, since no other page reads multipart. */
export const caseUploadRoutes = async (app: FastifyInstance, ctx: Ctx): Promise<void> => {
  await acceptUploads(app, maxDocumentBytes)
  postForm(
    app,
    '/cases/:id/documents',
    orOnThePage(ctx, (request, caseId) =>
      receiveFile(request, (file) => addDocument(ctx, { ...callerOf(request), caseId }, file)),
    ),
    uploadLimit,
  )
}

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
    orOnThePage(ctx, (request, caseId) => reinstateCase(ctx, { ...callerOf(request), caseId })),
    zohoCallLimit,
  )

  postForm(
    app,
    '/cases/:id/description',
    orOnThePage(ctx, (request, caseId) => {
      const given = describeForm.safeParse(request.body)
      if (!given.success)
        throw new AppError('invalid_request', { message: given.error.issues[0]?.message ?? '' })
      return describeCase(ctx, { ...callerOf(request), caseId, ...given.data })
    }),
  )

  const documentOf = (request: FastifyRequest, caseId: string) => ({
    ...callerOf(request),
    caseId,
    documentId: documentIdOf(request.params),
  })
  postForm(
    app,
    '/cases/:id/documents/:documentId/delete',
    orOnThePage(ctx, (request, caseId) => removeDocument(ctx, documentOf(request, caseId))),
  )
  postForm(
    app,
    '/cases/:id/documents/:documentId/fetch',
    orOnThePage(ctx, (request, caseId) => fetchCopyAgain(ctx, documentOf(request, caseId))),
  )
}
