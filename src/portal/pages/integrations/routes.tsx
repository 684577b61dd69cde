import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { disconnect } from '../../../connections/disconnect.ts'
import { listOrganizations, switchOrganization } from '../../../connections/organizations.ts'
import { rotateWebhookToken, webhookAddress } from '../../../connections/webhook-token.ts'
import type { Ctx } from '../../../context.ts'
import { errorCodes, isAppError, messageOf } from '../../../errors.ts'
import { requestSync } from '../../../sync/request-sync.ts'
import { callerOf, consentSession } from '../../api/caller.ts'
import { signConsentTicket } from '../../auth/consent-ticket.ts'
import { zohoCallLimit } from '../../http/rate-limits.ts'
import { getPage, postForm, sendPage } from '../page-route.ts'
import { ConnectionLine } from './connection-line.tsx'
import { ConsentDonePage, LeaveFramePage } from './consent-pages.tsx'
import { DisconnectPage } from './disconnect-page.tsx'
import { IntegrationsPage } from './integrations-page.tsx'
import { loadConnection } from './load-connection.ts'
import { loadRuns, loadSetAside } from './load-history.ts'
import { OrganizationPage } from './organization-page.tsx'
import { outcomeOf } from './outcome.ts'
import { RunsPage } from './runs-page.tsx'
import { SetAsidePage } from './set-aside-page.tsx'
import { WebhookPage } from './webhook-page.tsx'
import { routes as words } from './words.tsx'

const root = '/integrations/zoho-books'
const consentOutcome = z.object({
  outcome: z.union([z.literal('connected'), z.enum(errorCodes)]).catch('connect_failed'),
})
const chosen = z.object({ organizationId: z.string().min(1).max(100) })

/** Runs an action of a form; what a client can understand and fix is said on the card's page. */
const orExplain = async (act: () => Promise<unknown>, next: string): Promise<string> => {
  try {
    await act()
    return next
  } catch (error) {
    if (isAppError(error) && error.status < 500) return `/integrations?error=${error.code}`
    throw error
  }
}

const organizationPage = async (ctx: Ctx, { identity }: FastifyRequest, problem?: string) => {
  try {
    const organizations = await listOrganizations(ctx, { clientId: identity.clientId })
    return (
      <OrganizationPage
        problem={problem}
        organizations={organizations.map(({ id, name, isActive, isConnected }) => ({
          id,
          name,
          active: isActive,
          current: isConnected,
        }))}
      />
    )
  } catch (error) {
    if (!isAppError(error)) throw error
    return <OrganizationPage problem={error.message} organizations={[]} />
  }
}

/** The page does not wait longer for what is only good to know. */
const PATIENCE_MS = 2_000

/** The organizations to choose from, for a person who has just connected; none when Zoho does not say so at once. */
const activeOrganizations = async (ctx: Ctx, clientId: string) => {
  const listed = listOrganizations(ctx, { clientId }).catch(() => [])
  const late = new Promise<never[]>((done) => {
    setTimeout(() => done([]), PATIENCE_MS).unref()
  })
  const organizations = await Promise.race([listed, late])
  return organizations
    .filter(({ isActive }) => isActive)
    .map(({ id, name, currencyCode, isConnected }) => ({ id, name, currencyCode, current: isConnected }))
}

/** Integrations and what hangs on the card of Zoho Books. */
export const integrationRoutes = (app: FastifyInstance, ctx: Ctx): void => {
  // For a page whose line counts what a sync has read.
  getPage(app, ctx, `${root}/line`, async ({ identity }) => (
    <ConnectionLine connection={await loadConnection(ctx, identity.clientId)} />
  ))

  getPage(app, ctx, '/integrations', async ({ identity: { clientId }, query }) => {
    const isNew = (query as { connected?: unknown }).connected === '1'
    const [organizations, connection, { runs }, { rows, pager }] = await Promise.all([
      isNew ? activeOrganizations(ctx, clientId) : [],
      loadConnection(ctx, clientId),
      loadRuns(ctx, clientId, {}, 5),
      loadSetAside(ctx, clientId, {}, 100),
    ])
    const setAside = { count: rows.length, more: pager.next !== null }
    return (
      <IntegrationsPage
        connection={connection}
        runs={runs}
        setAside={setAside}
        outcome={outcomeOf(query)}
        organizations={organizations}
      />
    )
  })

  getPage(app, ctx, `${root}/runs`, async ({ identity, query }) => (
    <RunsPage {...(await loadRuns(ctx, identity.clientId, query, 25))} />
  ))

  getPage(app, ctx, `${root}/set-aside`, async ({ identity, query }) => (
    <SetAsidePage {...(await loadSetAside(ctx, identity.clientId, query, 25))} />
  ))

  getPage(app, ctx, `${root}/webhook`, async ({ identity, query }) => {
    const rotated = (query as { done?: unknown }).done === 'rotated'
    return <WebhookPage url={await webhookAddress(ctx, identity.clientId)} rotated={rotated} />
  })

  postForm(app, `${root}/webhook/rotate`, (request) =>
    orExplain(() => rotateWebhookToken(ctx, callerOf(request)), `${root}/webhook?done=rotated`),
  )

  getPage(app, ctx, `${root}/consent`, async (request) => {
    const { clientId, subject } = callerOf(request)
    const ticket = await signConsentTicket(ctx, 'start', {
      clientId,
      subject,
      sessionId: consentSession(request),
    })
    return <LeaveFramePage href={`${root}/consent/start?${new URLSearchParams({ ticket })}`} />
  })

  getPage(
    app,
    ctx,
    `${root}/consent/done`,
    async ({ query }) => {
      const { outcome } = consentOutcome.parse(query)
      return <ConsentDonePage problem={outcome === 'connected' ? undefined : messageOf(outcome)} />
    },
    { access: 'public' },
  )

  getPage(app, ctx, `${root}/disconnect`, async ({ identity }, reply) => {
    const { state, organization } = await loadConnection(ctx, identity.clientId)
    if (state !== 'not_connected') return <DisconnectPage organization={organization?.name} />
    await reply.redirect('/integrations', 302)
    return undefined
  })

  postForm(app, `${root}/disconnect`, (request) =>
    orExplain(() => disconnect(ctx, callerOf(request)), '/integrations?done=disconnected'),
  )

  postForm(
    app,
    `${root}/sync`,
    (request) => orExplain(() => requestSync(ctx, callerOf(request)), '/integrations?done=sync'),
    zohoCallLimit,
  )

  getPage(app, ctx, `${root}/organization`, (request) => organizationPage(ctx, request))

  postForm(
    app,
    `${root}/organization`,
    async (request, reply) => {
      const body = chosen.safeParse(request.body)
      if (!body.success) {
        await sendPage(
          ctx,
          request,
          reply.code(422),
          await organizationPage(ctx, request, words.pleaseChooseAnOrganization),
        )
        return undefined
      }
      const order = { ...callerOf(request), organizationId: body.data.organizationId }
      return orExplain(() => switchOrganization(ctx, order), '/integrations?done=organization')
    },
    zohoCallLimit,
  )
}
