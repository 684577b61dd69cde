import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import {
  type BookEvent,
  type WebhookEvent,
  type WebhookModule,
  webhookEvents,
  webhookModules,
} from './book-events.ts'
import { defaultRawBodies, eventPayload } from './webhook-payloads.ts'
import {
  sendOnce,
  type WebhookOptions,
  type WebhookRequest,
  webhookOptions,
  webhookRequest,
} from './webhook-sender.ts'
import type { World } from './world.ts'

/** A workflow rule with a webhook as its action. */
export const webhookRule = webhookOptions.omit({ payload: true }).extend({
  module: z.enum(webhookModules),
  /** All by default. */
  events: z.array(z.enum(webhookEvents)).min(1).readonly().optional(),
  url: z.url(),
  organizationId: z.string().optional(),
  /** Which invoices the default payload of a payment or credit note names. */
  named: z.enum(['all', 'first', 'none']).optional(),
  /** Sent so late (real time); closing the simulator calls it off. */
  delayMs: z.number().int().min(0).max(600_000).optional(),
})

export type WebhookRuleInput = z.infer<typeof webhookRule>

/** One webhook that was sent, copies included. */
export interface Delivery {
  readonly id: number
  /** Undefined when control sent it, or a subscription. */
  readonly ruleId?: number
  readonly module: WebhookModule
  readonly event: WebhookEvent
  readonly organizationId: string
  /** The invoices it is about, whether or not the body names them. */
  readonly invoiceIds: readonly string[]
  readonly settlementId?: string
  /** Virtual and real time at which it was triggered, in milliseconds. */
  readonly at: number
  readonly triggeredAt: number
  readonly request: WebhookRequest
  /** Real time at which it was over. */
  endedAt?: number
  /** null under way, 0 when nobody answered in time (then `error` says why, `CLOSED` for one called off). */
  status: number | null
  error?: string
}

export interface DeliveryMatch {
  readonly ruleId?: number
  readonly module?: WebhookModule
  readonly event?: WebhookEvent
  readonly invoiceId?: string
}

/** What a webhook is about. */
export type About = Pick<
  Delivery,
  'ruleId' | 'module' | 'event' | 'organizationId' | 'invoiceIds' | 'settlementId'
>

/** The webhook actions of one world and what they sent. */
export interface Webhooks {
  addRule(rule: WebhookRuleInput): number
  removeRule(id: number): boolean
  rules(): (WebhookRuleInput & { id: number })[]
  /** Sends one and its copies, one after the other; answers the statuses. */
  send(
    about: About,
    url: string,
    payload: string,
    options?: WebhookOptions & { delayMs?: number },
  ): Promise<number[]>
  /** Sends a webhook again as it was; answers the status. */
  resend(deliveryId: number): Promise<number>
  /** The last 10,000 that match, oldest first. */
  deliveries(match?: DeliveryMatch): Delivery[]
  clearDeliveries(): void
  /** Resolves when none is under way. */
  settled(): Promise<void>
}

const KEPT = 10_000

/** What an event is about. */
export function aboutEvent(event: BookEvent): About {
  const { module, event: name, organization } = event
  const base = { module, event: name, organizationId: organization.id }
  return event.module === 'invoices'
    ? { ...base, invoiceIds: [event.invoice.id] }
    : {
        ...base,
        invoiceIds: event.settlement.applications.map(({ invoiceId }) => invoiceId),
        settlementId: event.settlement.id,
      }
}

/** Starts to listen to the books. */
export function createWebhooks(world: World, closing: AbortSignal): Webhooks {
  let nextRule = 1
  let nextDelivery = 1
  const rules = new Map<number, WebhookRuleInput>()
  let kept: Delivery[] = []
  const pending = new Set<Promise<unknown>>()

  const deliver = async (
    about: About,
    request: WebhookRequest,
    { timeoutMs, delayMs = 0 }: { timeoutMs?: number | undefined; delayMs?: number | undefined } = {},
  ): Promise<number> => {
    const delivery: Delivery = {
      ...about,
      id: nextDelivery++,
      at: world.clock.now(),
      triggeredAt: Date.now(),
      request,
      status: null,
    }
    kept.push(delivery)
    if (kept.length > 2 * KEPT) kept = kept.slice(-KEPT)
    const outcome = await (async () => {
      if (delayMs === 0) return sendOnce(request, timeoutMs)
      try {
        await wait(delayMs, undefined, { signal: closing })
      } catch {
        return { status: 0, error: 'CLOSED' }
      }
      return sendOnce(request, timeoutMs)
    })()
    Object.assign(delivery, outcome, { endedAt: Date.now() })
    return outcome.status
  }

  const tracked = <T>(work: Promise<T>): Promise<T> => {
    const tracking = work.finally(() => pending.delete(tracking))
    pending.add(tracking)
    return tracking
  }

  const send: Webhooks['send'] = (about, url, payload, options = {}) => {
    const { duplicates = 0, timeoutMs, delayMs } = options
    const request = webhookRequest(url, payload, options, defaultRawBodies[about.module])
    const run = async () => {
      const statuses: number[] = []
      for (let sent = 0; sent <= duplicates && (sent === 0 || !closing.aborted); sent += 1)
        statuses.push(await deliver(about, request, { timeoutMs, delayMs: sent === 0 ? delayMs : 0 }))
      return statuses
    }
    return tracked(run())
  }

  const wants = (rule: WebhookRuleInput, event: BookEvent) =>
    rule.module === event.module &&
    (rule.events?.includes(event.event) ?? true) &&
    (rule.organizationId === undefined || rule.organizationId === event.organization.id) &&
    (event.module !== 'invoices' || event.cause === 'user' || world.switches.invoiceRulesOnPayment)

  world.onEvent.add((event) => {
    for (const [ruleId, rule] of rules) {
      if (!wants(rule, event)) continue
      const payload = eventPayload(world, event, rule.named ?? 'all')
      void send({ ...aboutEvent(event), ruleId }, rule.url, payload, rule as WebhookOptions)
    }
  })

  return {
    addRule: (input) => {
      const rule = webhookRule.parse(input)
      const id = nextRule++
      rules.set(id, rule)
      return id
    },
    removeRule: (id) => rules.delete(id),
    rules: () => [...rules].map(([id, rule]) => ({ id, ...rule })),
    send,
    resend: (deliveryId) => {
      const delivery = kept.find(({ id }) => id === deliveryId)
      if (!delivery) throw new Error(`no delivery ${deliveryId}`)
      const { request, id: _, status: __, error: ___, endedAt: ____, ...about } = delivery
      return tracked(deliver(about, request))
    },
    deliveries: (match = {}) =>
      kept
        .slice(-KEPT)
        .filter(
          (one) =>
            (match.ruleId === undefined || one.ruleId === match.ruleId) &&
            (match.module === undefined || one.module === match.module) &&
            (match.event === undefined || one.event === match.event) &&
            (match.invoiceId === undefined || one.invoiceIds.includes(match.invoiceId)),
        ),
    clearDeliveries: () => {
      kept = []
    },
    settled: async () => {
      while (pending.size > 0) await Promise.allSettled(pending)
    },
  }
}
