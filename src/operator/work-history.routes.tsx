/** What an operator looks into when somebody calls: one command, one invoice, or whatever fits what was said. */
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { VNode } from 'preact'
import { z } from 'zod'
import { newestAuditEvents } from '../../db/operator/operator.repo.ts'
import {
  type Found,
  findInvoiceHistory,
  findOperatorCommand,
  findWhatever,
  listAttempts,
  listCommandItems,
  listOperatorCommands,
} from '../../db/operator/work-history.repo.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import { plainContextOf } from '../portal/pages/page-context-of.ts'
import { renderPage } from '../portal/pages/render.tsx'
import { CommandPage } from './command-page.tsx'
import { CommandsPage } from './commands-page.tsx'
import { FindPage } from './find-page.tsx'
import { InvoicePage } from './invoice-page.tsx'
import { invoicePath } from './items-table.tsx'

const perPage = 100
const commandsQuery = z.object({
  show: z.enum(['open', 'failed']).optional().catch(undefined),
  client: z.string().trim().min(1).max(200).optional().catch(undefined),
  after: z.uuid().optional().catch(undefined),
})
const itemsQuery = z.object({
  outcome: z.enum(['failed', 'ineligible', 'duplicate', 'created', 'undecided']).optional().catch(undefined),
  after: z.coerce.number().int().min(0).max(1e9).catch(0).default(0),
})
const commandParams = z.object({ commandId: z.uuid() })
const invoiceParams = z.object({ organizationId: z.string().max(100), zohoInvoiceId: z.string().max(100) })
const findQuery = z.object({ q: z.string().trim().max(200).catch('').default('') })

const address = (path: string, parameters: Readonly<Record<string, string | undefined>>) => {
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return `${path}?${new URLSearchParams(given)}`
}

/** The page of the one thing that was found; undefined: none, or several. */
const onlyOne = ({ clients, commands, invoices }: Found): string | undefined => {
  if (clients.length + commands.length + invoices.length !== 1) return undefined
  const [command, invoice, client] = [commands[0], invoices[0], clients[0]]
  if (command) return `/operator/commands/${command.id}`
  if (invoice) return invoicePath(invoice)
  return client && address('/operator/commands', { client: client.id })
}

export const workHistoryRoutes: FastifyPluginAsyncZod<{ ctx: Ctx }> = async (app, { ctx }) => {
  const html = (request: FastifyRequest, page: VNode) => renderPage(plainContextOf(ctx, request), page)
  app.addHook('onRequest', async (_request, reply) => {
    reply.type('text/html; charset=utf-8')
  })

  app.get('/commands', { schema: { hide: true, querystring: commandsQuery } }, async (request) => {
    const { show, client: clientId, after } = request.query
    const found = await listOperatorCommands(ctx.db, { show, clientId, after, limit: perPage + 1 })
    const shown = found.slice(0, perPage)
    const last = found.length > perPage ? shown.at(-1) : undefined
    return html(
      request,
      <CommandsPage
        commands={shown}
        show={show}
        clientId={clientId}
        next={last ? address('/operator/commands', { show, client: clientId, after: last.id }) : null}
      />,
    )
  })

  app.get(
    '/commands/:commandId',
    { schema: { hide: true, params: commandParams, querystring: itemsQuery } },
    async (request) => {
      const { commandId } = request.params
      const { outcome, after } = request.query
      const [command, attempts, found, events] = await Promise.all([
        findOperatorCommand(ctx.db, commandId),
        listAttempts(ctx.db, commandId),
        listCommandItems(ctx.db, commandId, { outcome, after, limit: perPage + 1 }),
        newestAuditEvents(ctx.db, { type: 'case_command', id: commandId }),
      ])
      if (!command) throw new AppError('not_found')
      const items = found.slice(0, perPage)
      const last = found.length > perPage ? items.at(-1) : undefined
      const path = `/operator/commands/${commandId}`
      return html(
        request,
        <CommandPage
          command={command}
          attempts={attempts}
          items={items}
          outcome={outcome}
          next={last ? `${address(path, { outcome, after: String(last.ordinal) })}#items` : null}
          events={events}
        />,
      )
    },
  )

  app.get(
    '/invoices/:organizationId/:zohoInvoiceId',
    { schema: { hide: true, params: invoiceParams } },
    async (request) => {
      const { organizationId, zohoInvoiceId } = request.params
      const history = await findInvoiceHistory(ctx.db, organizationId, zohoInvoiceId)
      const { staged, setAside, items } = history
      if (staged.length + setAside.length + items.length === 0 && history.case === undefined)
        throw new AppError('not_found')
      return html(
        request,
        <InvoicePage organizationId={organizationId} zohoInvoiceId={zohoInvoiceId} history={history} />,
      )
    },
  )

  app.get('/find', { schema: { hide: true, querystring: findQuery } }, async (request, reply) => {
    const { q } = request.query
    const found = q === '' ? undefined : await findWhatever(ctx.db, q)
    const only = found && onlyOne(found)
    if (only !== undefined) return reply.redirect(only, 303)
    return html(request, <FindPage asked={q} found={found} />)
  })
}
