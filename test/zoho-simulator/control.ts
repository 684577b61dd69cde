import { z } from 'zod'
import type { BookEvent } from './book-events.ts'
import { lookUp, organizationOf } from './change-invoice.ts'
import { type ContactCommands, createContactCommands } from './contacts.ts'
import type { FailureRuleInput, RequestMatch } from './failure-rules.ts'
import { createInvoiceCommands, type InvoiceCommands } from './invoice-commands.ts'
import { type Limits, type Meter, realLimits } from './limits.ts'
import { oddDate } from './odd-times.ts'
import { createOrganization, type OrganizationInput } from './organization-input.ts'
import type { Counters, RequestEntry } from './request-log.ts'
import { parseScopes } from './scopes.ts'
import { createSettlementCommands, type SettlementCommands } from './settlement-commands.ts'
import { issueCode, redeemCode, removeApp } from './tokens.ts'
import { createViewCommands, type ViewCommands } from './views.ts'
import { invoicePayload } from './webhook-payloads.ts'
import {
  aboutEvent,
  createWebhooks,
  type Delivery,
  type DeliveryMatch,
  type WebhookRuleInput,
} from './webhook-rules.ts'
import type { WebhookOptions } from './webhook-sender.ts'
import type { Switches, User, World } from './world.ts'

/** What a test may say of a new user. */
export const userInput = z
  .object({
    userId: z.string().regex(/^[\w-]+$/),
    name: z.string(),
    email: z.string(),
    dataCenter: z.string(),
    organizationIds: z.array(z.string()),
  })
  .partial()

export type UserInput = z.infer<typeof userInput>

/** Tokens handed out without a consent page, for tests and benchmarks that begin after the connect step. */
export interface GrantedTokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly dataCenter: string
  readonly origin: string
}

export interface OrganizationSummary {
  readonly organizationId: string
  readonly name: string
  readonly timeZone: string
  readonly currencyCode: string
  readonly isActive: boolean
  readonly isDefault: boolean
  readonly invoices: number
}

/** Everything a test can do to the simulated Zoho. Users and organizations left out mean the first ones. */
export interface Control extends InvoiceCommands, SettlementCommands, ViewCommands, ContactCommands {
  organizations(): OrganizationSummary[]
  users(): User[]
  /** Founds an organization; the user (default: the first, null: nobody) becomes a member. */
  addOrganization(input?: OrganizationInput & { userId?: string | null }): string
  updateOrganization(
    organizationId: string,
    change: {
      name?: string
      isActive?: boolean
      isDefault?: boolean
      raw?: Readonly<Record<string, unknown>>
    },
  ): void
  /** Sets which organizations a user belongs to, and the order in which they are listed. */
  setOrganizations(organizationIds: readonly string[], userId?: string): void
  addUser(input?: UserInput): string
  removeUserFromOrganization(organizationId: string, userId?: string): void
  /** The user takes the app off Connected Apps: all its grants die. Returns how many refresh tokens there were. */
  revoke(userId?: string, clientId?: string): number
  /** Kills the access tokens of a user (default: of everybody) before their hour is over. */
  expireAccessTokens(userId?: string): void
  grant(options?: { userId?: string; scopes?: string; clientId?: string }): GrantedTokens
  /** From now on every code and token is kept in memory, for a test that looks for them where they must not be. */
  recordIssued(): void
  /** The codes and tokens handed out since `recordIssued`. */
  issuedSecrets(): string[]
  /** Adds a failure rule; returns its number. */
  fail(rule: FailureRuleInput): number
  /** Does something just before the `nth` matching request is answered. */
  before(match: RequestMatch, nth: number, act: () => void): number
  removeRule(id: number): boolean
  clearRules(): void
  setSwitches(change: Partial<Switches>): void
  setLimits(limits: Limits | 'real'): void
  setLatency(ms: number): void
  /** Sends an odd `Date` header (not on control answers) to all or to matching requests, until null. */
  setDateHeader(date: z.input<typeof oddDate> | null, match?: RequestMatch): void
  now(): number
  advanceClock(ms: number): void
  setClock(ms: number): void
  setClockRate(rate: number): void
  /** The last requests that match, at most 10,000. */
  requests(match?: RequestMatch): RequestEntry[]
  counters(): Counters
  clearLog(): void
  meter(organizationId?: string): Readonly<Meter>
  webhookPayload(invoiceId: string): string
  /** Sends a webhook about an invoice; returns the statuses answered. */
  sendWebhook(url: string, invoiceId: string, options?: WebhookOptions): Promise<number[]>
  /** Sends a webhook on every change from now on (never for time-based overdue); returns the way to stop it. */
  subscribeWebhook(url: string, options?: WebhookOptions): () => void
  /**
   * A workflow rule that sends a webhook, as a user of Zoho Books would make it; returns its number. Rules of the
   * Invoices module do not fire on payments and credits (contract 17.3; switch `invoiceRulesOnPayment`).
   */
  addWebhookRule(rule: WebhookRuleInput): number
  removeWebhookRule(id: number): boolean
  webhookRules(): (WebhookRuleInput & { id: number })[]
  /** Webhooks sent by rules, by subscriptions and by control, at most 10,000, oldest first. */
  webhookDeliveries(match?: DeliveryMatch): Delivery[]
  clearWebhookDeliveries(): void
  /** Sends a webhook again as it was; returns the status answered. */
  resendWebhook(deliveryId: number): Promise<number>
  /** Resolves when all webhooks under way have been answered. */
  webhooksSettled(): Promise<void>
}

const defaultScopes = 'ZohoBooks.invoices.READ,ZohoBooks.settings.READ,ZohoBooks.contacts.READ'

/** The control of one world. `closing` calls off what waits. */
export function createControl(world: World, closing: AbortSignal): Control {
  const webhooks = createWebhooks(world, closing)

  const userOf = (userId?: string): User => {
    const [first] = world.users.values()
    const user = userId === undefined ? first : world.users.get(userId)
    if (!user) throw new Error(`no user ${userId ?? ''}`)
    return user
  }

  return {
    ...createInvoiceCommands(world),
    ...createSettlementCommands(world),
    ...createViewCommands(world),
    ...createContactCommands(world),
    organizations: () =>
      [...world.organizations.values()].map((one) => ({
        organizationId: one.id,
        name: one.name,
        timeZone: one.zone,
        currencyCode: one.currency.code,
        isActive: one.isActive,
        isDefault: one.isDefault,
        invoices: one.book.size(),
      })),
    users: () => [...world.users.values()],
    addOrganization: ({ userId, ...input } = {}) => {
      const { id } = createOrganization(world, input)
      if (userId !== null) userOf(userId).organizationIds.push(id)
      return id
    },
    updateOrganization: (organizationId, change) => {
      Object.assign(organizationOf(world, organizationId), change)
    },
    setOrganizations: (organizationIds, userId) => {
      userOf(userId).organizationIds = organizationIds.map((id) => organizationOf(world, id).id)
    },
    addUser: (input = {}) => {
      const id = input.userId ?? `user-${world.users.size + 1}`
      const [home] = world.dataCenters.keys()
      const dataCenter = input.dataCenter ?? home ?? ''
      if (!world.dataCenters.has(dataCenter)) throw new Error(`no data centre ${dataCenter}`)
      const { name = `User ${id}`, email = `${id}@creditor.example`, organizationIds = [] } = input
      world.users.set(id, { id, name, email, dataCenter, organizationIds: [...organizationIds] })
      return id
    },
    removeUserFromOrganization: (organizationId, userId) => {
      const user = userOf(userId)
      user.organizationIds = user.organizationIds.filter((id) => id !== organizationId)
    },
    revoke: (userId, clientId) => removeApp(world, userOf(userId).id, clientId),
    expireAccessTokens: (userId) => {
      for (const { accessTokens } of world.dataCenters.values()) {
        for (const [token, grant] of accessTokens) {
          if (userId === undefined || grant.userId === userId) accessTokens.delete(token)
        }
      }
    },
    grant: ({ userId, scopes = defaultScopes, clientId } = {}) => {
      const client = clientId ?? [...world.clients.keys()][0] ?? ''
      const redirectUri = 'http://localhost/granted'
      const parsed = parseScopes(scopes)
      if (!parsed) throw new Error(`no such scopes: ${scopes}`)
      const consent = { clientId: client, scopes: parsed, redirectUri, offline: true, promptConsent: true }
      const issued = issueCode(world, userOf(userId), consent)
      if (!issued) throw new Error('the code throttle is switched on and refused')
      const { code, home } = issued
      const { body } = redeemCode(world, home, { clientId: client, code, redirectUri })
      const answer = z
        .object({ access_token: z.string(), refresh_token: z.string() })
        .parse(JSON.parse(body.toString()))
      return {
        accessToken: answer.access_token,
        refreshToken: answer.refresh_token,
        dataCenter: home.code,
        origin: home.origin,
      }
    },
    recordIssued: () => {
      world.issued ??= new Set()
    },
    issuedSecrets: () => [...(world.issued ?? [])],
    fail: world.rules.add,
    before: world.rules.before,
    removeRule: world.rules.remove,
    clearRules: world.rules.clear,
    setSwitches: (change) => {
      Object.assign(world.switches, change)
    },
    setLimits: (limits) => {
      world.limits = limits === 'real' ? realLimits : limits
    },
    setLatency: (ms) => {
      world.latencyMs = ms
    },
    setDateHeader: (date, match = {}) => {
      world.oddDate = date === null ? undefined : { date: oddDate.parse(date), match }
    },
    now: world.clock.now,
    advanceClock: world.clock.advance,
    setClock: world.clock.set,
    setClockRate: world.clock.setRate,
    requests: world.log.requests,
    counters: () => world.log.counters,
    clearLog: world.log.clear,
    meter: (organizationId) => organizationOf(world, organizationId).meter,
    webhookPayload: (invoiceId) => {
      const { organization, invoice } = lookUp(world, invoiceId)
      return invoicePayload(world, organization, invoice)
    },
    sendWebhook: (url, invoiceId, options = {}) => {
      const { organization, invoice } = lookUp(world, invoiceId)
      const event = { module: 'invoices', event: 'edited', cause: 'user', organization, invoice } as const
      const payload = options.payload ?? invoicePayload(world, organization, invoice)
      return webhooks.send(aboutEvent(event), url, payload, options)
    },
    subscribeWebhook: (url, options = {}) => {
      const listener = (event: BookEvent) => {
        if (event.module !== 'invoices' || event.event === 'deleted') return
        const payload = options.payload ?? invoicePayload(world, event.organization, event.invoice)
        void webhooks.send(aboutEvent(event), url, payload, options)
      }
      world.onEvent.add(listener)
      return () => world.onEvent.delete(listener)
    },
    addWebhookRule: webhooks.addRule,
    removeWebhookRule: webhooks.removeRule,
    webhookRules: webhooks.rules,
    webhookDeliveries: webhooks.deliveries,
    clearWebhookDeliveries: webhooks.clearDeliveries,
    resendWebhook: webhooks.resend,
    webhooksSettled: webhooks.settled,
  }
}
