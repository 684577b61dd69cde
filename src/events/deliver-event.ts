import {
  type Attempt,
  endDelivered,
  endFailed,
  insertAttempt,
  type TakenDelivery,
  takeDelivery,
  takeNextDelivery,
  tookNothingSince,
} from '../../db/events/event-deliveries.repo.ts'
import {
  disableEndpoint,
  lockEndpoint,
  noteFailing,
  noteWorking,
} from '../../db/events/webhook-endpoints.repo.ts'
import type { Config } from '../config.ts'
import type { Ctx } from '../context.ts'
import { createGuardedAgents, type GuardedAgents } from './guarded-agent.ts'
import { presentEvent } from './present-event.ts'
import { pauseAfter } from './retry-schedule.ts'
import { type AttemptResult, sendWebhook } from './send-webhook.ts'
import { secretsOf } from './webhook-secret.ts'

/** Then the worker's place is somebody else's; the sweep brings the rest. */
const longestMs = 10_000

const agents = new WeakMap<Config, GuardedAgents>()

const agentsOf = (config: Config): GuardedAgents => {
  const known = agents.get(config) ?? createGuardedAgents({ allowed: config.webhookPrivateNetworks })
  agents.set(config, known)
  return known
}

/** What the endpoint gets: the event as the feed has it, with the field that the Standard Webhooks specification names. */
const payloadOf = ({ id, event, createdAt }: TakenDelivery) => {
  if (event === null)
    return { id, type: 'webhook.test', timestamp: createdAt.toISOString(), data: { deliveryId: id } }
  const presented = presentEvent(event)
  return { ...presented, timestamp: presented.occurredAt }
}

const refused: AttemptResult = { ms: 0, status: null, error: 'address_refused', answer: '' }

const attempt = async (ctx: Ctx, delivery: TakenDelivery): Promise<AttemptResult> => {
  const { endpoint, event, id } = delivery
  if (ctx.config.production && !endpoint.url.startsWith('https:')) return refused
  return sendWebhook(agentsOf(ctx.config), {
    url: endpoint.url,
    id: event?.id ?? id,
    body: JSON.stringify(payloadOf(delivery)),
    secrets: await secretsOf(ctx, endpoint),
    now: ctx.clock.now(),
  })
}

/** The endpoint says that it does not want to be told any more. */
const gone = 410

type Verdict = 'delivered' | 'retried' | 'failed'
type FailedAttempt = Attempt & { readonly error: string }

const recordTaken = async (
  { db }: Ctx,
  { id, endpoint }: TakenDelivery,
  result: Attempt,
): Promise<Verdict> => {
  await endDelivered(db, id, result)
  if (endpoint.failing_since !== null) await noteWorking(db, endpoint.id)
  return 'delivered'
}

const recordFailed = (ctx: Ctx, delivery: TakenDelivery, result: FailedAttempt): Promise<Verdict> =>
  ctx.db.transaction().execute(async (trx): Promise<Verdict> => {
    const { endpoint, cause } = delivery
    await lockEndpoint(trx, endpoint.id)
    await insertAttempt(trx, delivery.id, result)
    // Somebody waits for the result of a test; and it says nothing about what was not delivered.
    const pauseSeconds = cause === 'test' ? null : pauseAfter(delivery.attempts + 1)
    const ours = await endFailed(trx, delivery, { error: result.error, pauseSeconds })
    if (!ours || cause === 'test') return 'failed'
    await noteFailing(trx, endpoint.id)
    const reason = await whyDisable(pauseSeconds, result, () => tookNothingSince(trx, delivery.id))
    if (reason !== null && (await disableEndpoint(trx, endpoint.id, reason)))
      ctx.log.error({ event: 'webhook.endpoint_disabled', endpointId: endpoint.id, reason })
    return pauseSeconds === null ? 'failed' : 'retried'
  })

/** After three days in which it took nothing, or when it says so. One event that it cannot take is no reason. */
const whyDisable = async (
  pauseSeconds: number | null,
  { status }: Attempt,
  tookNothing: () => Promise<boolean>,
): Promise<'gone' | 'failing' | null> => {
  if (status === gone) return 'gone'
  return pauseSeconds === null && (await tookNothing()) ? 'failing' : null
}

/**
 * One attempt of one delivery, and then of those of the same endpoint that have become due meanwhile: a backlog costs no jobs.
 * At least once, since a worker may die between the answer and the row. When the next attempt is due stands in the row afterwards.
 *
 * @returns how many attempts were made.
 */
export const deliverEvent = async (
  ctx: Ctx,
  deliveryId: string,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<number> => {
  const until = performance.now() + longestMs
  let attempts = 0
  let delivery = await takeDelivery(ctx.db, deliveryId)
  while (delivery) {
    await attemptOnce(ctx, delivery)
    attempts += 1
    if (signal?.aborted || performance.now() > until) break
    delivery = await takeNextDelivery(ctx.db, delivery.endpoint.id)
  }
  return attempts
}

const attemptOnce = async (ctx: Ctx, delivery: TakenDelivery): Promise<void> => {
  const result = await attempt(ctx, delivery)
  const { status, error, ms } = result
  const outcome =
    error === null
      ? await recordTaken(ctx, delivery, result)
      : await recordFailed(ctx, delivery, { ...result, error })
  ctx.metrics.eventDeliveries.inc({ outcome })
  if (outcome === 'delivered' && delivery.event && delivery.attempts === 0 && delivery.cause === 'event')
    ctx.metrics.eventDeliverySeconds.observe(
      Math.max(0, (ctx.clock.now().getTime() - delivery.event.occurredAt.getTime()) / 1000),
    )
  ctx.log.debug({
    event: 'webhook.attempted',
    endpointId: delivery.endpoint.id,
    deliveryId: delivery.id,
    outcome,
    status,
    error,
    ms,
  })
}
