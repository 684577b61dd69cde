import {
  type Attempt,
  endDelivered,
  endFailed,
  insertAttempt,
  type TakenDelivery,
  takeDelivery,
  tookNothingSince,
} from '../../db/events/event-deliveries.repo.ts'
import { disableEndpoint, noteFailing, noteWorking } from '../../db/events/webhook-endpoints.repo.ts'
import type { Config } from '../config.ts'
import type { Ctx } from '../context.ts'
import { createGuardedAgents, type GuardedAgents } from './guarded-agent.ts'
import { presentEvent } from './present-event.ts'
import { pauseAfter } from './retry-schedule.ts'
import { type AttemptResult, sendWebhook } from './send-webhook.ts'
import { secretsOf } from './webhook-secret.ts'

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

const record = (ctx: Ctx, delivery: TakenDelivery, result: Attempt): Promise<Verdict> =>
  ctx.db.transaction().execute(async (trx): Promise<Verdict> => {
    const { endpoint, cause } = delivery
    await insertAttempt(trx, delivery.id, result)
    if (result.error === null) {
      await endDelivered(trx, delivery.id)
      await noteWorking(trx, endpoint.id)
      return 'delivered'
    }
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
 * One attempt of one delivery: at least once, since a worker may die between the answer and the row. When the next one is due
 * stands in the row afterwards.
 */
export const deliverEvent = async (ctx: Ctx, deliveryId: string): Promise<void> => {
  const delivery = await takeDelivery(ctx.db, deliveryId)
  if (!delivery) return
  const result = await attempt(ctx, delivery)
  const outcome = await record(ctx, delivery, result)
  ctx.metrics.eventDeliveries.inc({ outcome })
  if (outcome === 'delivered' && delivery.event && delivery.attempts === 0 && delivery.cause === 'event')
    ctx.metrics.eventDeliverySeconds.observe(
      Math.max(0, (ctx.clock.now().getTime() - delivery.event.occurredAt.getTime()) / 1000),
    )
  const { status, error, ms } = result
  ctx.log.debug({
    event: 'webhook.attempted',
    endpointId: delivery.endpoint.id,
    deliveryId,
    outcome,
    status,
    error,
    ms,
  })
  // The end of one brings the next of this endpoint.
  ctx.nudge({ job: 'deliver-event', id: deliveryId })
}
