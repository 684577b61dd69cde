import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Cursor } from '../../../../db/core/keyset-page.ts'
import { listCommands } from '../../../cases/get-command.ts'
import { retryCommand } from '../../../cases/retry-command.ts'
import { submitCommand } from '../../../cases/submit-command.ts'
import type { Ctx } from '../../../context.ts'
import { isAppError } from '../../../errors.ts'
import { type DebtorTypeAnswer, setDebtorTypes } from '../../../sync/set-debtor-types.ts'
import { callerOf } from '../../api/caller.ts'
import { pageQuery, readCursor, writeCursor } from '../../api/paging.ts'
import { getPage, postForm, sendPage } from '../page-route.ts'
import { CommandPage } from './command-page.tsx'
import { CommandsPage } from './commands-page.tsx'
import { answerPrefix } from './debtor-types-card.tsx'
import { parseIds } from './list-query.ts'
import { loadCommand } from './load-command.ts'
import { type Draft, draftOf, loadReview } from './load-review.ts'
import { ReviewPage } from './review-page.tsx'

const submitForm = z.object({
  confirmUndisputed: z.literal('true').optional().catch(undefined),
  idempotencyKey: z.string().min(1).max(255).optional().catch(undefined),
  acceptPaymentInProgress: z.unknown().optional(),
})

const commandsPlace = pageQuery.pick({ cursor: true }).catch({})

/** Which page of the invoices of a review. */
const reviewPlace = z
  .object({ page: z.string().min(1).max(2000).optional().catch(undefined) })
  .transform(({ page }) => ({ cursor: page }))

/** Proxies in front refuse longer ones. */
const longestAddress = 4_000

const debtorType = z.enum(['Company', 'Private'])
const customerId = z.string().min(1).max(100)

/** What a form says of debtors; nothing is said of those that are left open. */
const answersIn = (form: unknown): readonly DebtorTypeAnswer[] =>
  Object.entries((form ?? {}) as Record<string, unknown>).flatMap(([name, value]) => {
    if (!name.startsWith(answerPrefix)) return []
    const id = customerId.safeParse(name.slice(answerPrefix.length))
    const type = debtorType.safeParse(value)
    return id.success && type.success ? [{ zohoCustomerId: id.data, type: type.data }] : []
  })

const reviewPage = async (
  ctx: Ctx,
  { identity }: FastifyRequest,
  draft: Draft,
  options: { problem?: string; key?: string | undefined; cursor?: string | undefined } = {},
) => <ReviewPage view={await loadReview(ctx, identity.clientId, draft, options)} />

/** From a selection to its cases: review, draft, follow, try again. */
export const commandRoutes = (app: FastifyInstance, ctx: Ctx): void => {
  getPage(app, ctx, '/bulk-import/review', (request) =>
    reviewPage(ctx, request, draftOf(request.query), reviewPlace.parse(request.query)),
  )

  // For a selection that is too long for an address.
  app.post('/bulk-import/review', { schema: { hide: true } }, async (request, reply) =>
    sendPage(
      ctx,
      request,
      reply,
      await reviewPage(ctx, request, draftOf(request.body), reviewPlace.parse(request.body ?? {})),
    ),
  )

  postForm(app, '/bulk-import/debtor-types', async (request, reply) => {
    await setDebtorTypes(ctx, callerOf(request), answersIn(request.body))
    const draft = draftOf(request.body)
    const href = `/bulk-import/review?${new URLSearchParams(draft.fields)}`
    if (href.length <= longestAddress) return href
    await sendPage(ctx, request, reply, await reviewPage(ctx, request, draft))
    return undefined
  })

  postForm(app, '/bulk-import/create', async (request, reply) => {
    const draft = draftOf(request.body)
    const form = submitForm.parse(request.body ?? {})
    try {
      const { id } = await submitCommand(ctx, {
        ...callerOf(request),
        idempotencyKey: form.idempotencyKey,
        selection: draft.selection,
        confirmUndisputed: form.confirmUndisputed === 'true',
        acceptPaymentInProgress: parseIds(form.acceptPaymentInProgress),
      })
      return `/bulk-import/commands/${id}`
    } catch (error) {
      if (!isAppError(error) || error.status !== 422) throw error
      // The key was used for another command: this one is new, so it gets a key of its own.
      const key = error.code === 'idempotency_conflict' ? undefined : form.idempotencyKey
      const page = await reviewPage(ctx, request, draft, { problem: error.message, key })
      await sendPage(ctx, request, reply.code(422), page)
      return undefined
    }
  })

  getPage(app, ctx, '/bulk-import/commands', async ({ identity, query }) => {
    const { cursor } = commandsPlace.parse(query)
    const page = await listCommands(ctx, {
      clientId: identity.clientId,
      limit: 50,
      cursor: readCursor(cursor),
    })
    const href = (to: Cursor | null) => to && `/bulk-import/commands?cursor=${writeCursor(to)}`
    return (
      <CommandsPage
        rows={page.items.map(({ requestedBy, requestedByName, waiting, ...row }) => ({
          ...row,
          who: requestedByName ?? requestedBy,
          waiting: waiting?.message,
        }))}
        pager={{ previous: href(page.previous), next: href(page.next) }}
      />
    )
  })

  getPage(app, ctx, '/bulk-import/commands/:id', async ({ identity, params, query }) => {
    const { id } = params as { id: string }
    return <CommandPage view={await loadCommand(ctx, identity.clientId, id, query)} />
  })

  postForm(app, '/bulk-import/commands/:id/retry', async (request) => {
    const { id: commandId } = request.params as { id: string }
    const { id } = await retryCommand(ctx, { ...callerOf(request), commandId })
    return `/bulk-import/commands/${id}`
  })
}
