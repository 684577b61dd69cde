/** What a host, or an operator for it, does with the addresses that are told of events. */
import { randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import type { Trx } from '../../db/core/database.ts'
import type { Cursor, Page } from '../../db/core/keyset-page.ts'
import type { ActorRole, DeliveryState, WebhookEndpoint } from '../../db/core/schema.ts'
import {
  type Delivery,
  insertReplay,
  insertReplays,
  insertTestDelivery,
  listDeliveries,
} from '../../db/events/event-deliveries.repo.ts'
import {
  deleteEndpoint,
  disableEndpoint,
  type EndpointSettings,
  type EndpointSettingsChange,
  enableEndpoint,
  findEndpoint,
  insertEndpoint,
  lockEndpoint,
  replaceSecret,
  updateEndpoint,
} from '../../db/events/webhook-endpoints.repo.ts'
import { audit } from '../audit.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import { isCallable } from './guarded-agent.ts'
import { encryptSecret, newSecret } from './webhook-secret.ts'

/** Who does it. */
export interface EndpointKeeper {
  readonly subject: string
  readonly role: Extract<ActorRole, 'host' | 'operator'>
  readonly ip: string
}

/** The secret is shown this once. */
export interface EndpointWithSecret {
  readonly endpoint: WebhookEndpoint
  readonly secret: string
}

/** @throws AppError webhook_url_refused */
const checkUrl = ({ config }: Ctx, text: string): string => {
  const refuse = (message: string) => new AppError('webhook_url_refused', { message })
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol))
    throw refuse('The address must be like https://host.example.com/events.')
  if (config.production && url.protocol !== 'https:') throw refuse('The address must begin with https://.')
  if (url.username + url.password !== '') throw refuse('The address must not hold a user or a password.')
  // A number in any spelling is an address by now. Names are looked at when they are connected to.
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !isCallable(host, config.webhookPrivateNetworks))
    throw refuse('The address is in a network that events are not delivered to.')
  url.hash = ''
  return url.href
}

const note = (
  trx: Trx,
  keeper: EndpointKeeper,
  endpointId: string,
  what: string,
  details: Readonly<Record<string, unknown>> = {},
) =>
  audit(trx, {
    clientId: null,
    actor: keeper.subject,
    actorRole: keeper.role,
    action: `webhook_endpoint.${what}`,
    subjectType: 'webhook_endpoint',
    subjectId: endpointId,
    details,
    ip: keeper.ip,
  })

/** What the audit keeps of an address: not its path, which may be a secret. */
const hostOf = (url: string) => new URL(url).host

export const createEndpoint = async (
  ctx: Ctx,
  keeper: EndpointKeeper,
  settings: EndpointSettings,
): Promise<EndpointWithSecret> => {
  const url = checkUrl(ctx, settings.url)
  const id = randomUUID()
  const secret = newSecret()
  const secretJwe = await encryptSecret(ctx, id, secret)
  const endpoint = await ctx.db.transaction().execute(async (trx) => {
    const made = await insertEndpoint(trx, { ...settings, url, id, secretJwe, createdBy: keeper.subject })
    await note(trx, keeper, id, 'created', { host: hostOf(url) })
    return made
  })
  return { endpoint, secret }
}

/** @throws AppError not_found */
export const getEndpoint = async (ctx: Ctx, id: string): Promise<WebhookEndpoint> => {
  const endpoint = await findEndpoint(ctx.db, id)
  if (!endpoint) throw new AppError('not_found')
  return endpoint
}

const withLocked = <T>(
  ctx: Ctx,
  id: string,
  work: (trx: Trx, endpoint: WebhookEndpoint) => Promise<T>,
): Promise<T> =>
  ctx.db.transaction().execute(async (trx) => {
    const endpoint = await lockEndpoint(trx, id)
    if (!endpoint) throw new AppError('not_found')
    return work(trx, endpoint)
  })

export interface EndpointChange extends EndpointSettingsChange {
  /** True, also of one that is enabled: what waits is due now, with all its attempts before it. */
  readonly enabled?: boolean | undefined
}

/** @throws AppError not_found | webhook_url_refused */
export const changeEndpoint = async (
  ctx: Ctx,
  keeper: EndpointKeeper,
  id: string,
  { enabled, ...settings }: EndpointChange,
): Promise<WebhookEndpoint> => {
  const changes = settings.url === undefined ? settings : { ...settings, url: checkUrl(ctx, settings.url) }
  return withLocked(ctx, id, async (trx) => {
    await updateEndpoint(trx, id, changes)
    if (enabled === true) await enableEndpoint(trx, id)
    if (enabled === false) await disableEndpoint(trx, id, 'by_hand')
    await note(trx, keeper, id, 'changed', {
      fields: Object.keys(settings),
      ...(enabled !== undefined && { enabled }),
    })
    return (await findEndpoint(trx, id)) as WebhookEndpoint
  })
}

/** @throws AppError not_found */
export const removeEndpoint = (ctx: Ctx, keeper: EndpointKeeper, id: string): Promise<void> =>
  withLocked(ctx, id, async (trx) => {
    await deleteEndpoint(trx, id)
    await note(trx, keeper, id, 'deleted')
  })

/**
 * Another secret; for so many hours the one before signs too, so that a receiver may change over in between.
 *
 * @throws AppError not_found
 */
export const rotateSecret = async (
  ctx: Ctx,
  keeper: EndpointKeeper,
  id: string,
  { overlapHours }: { readonly overlapHours: number },
): Promise<EndpointWithSecret> => {
  const secret = newSecret()
  const secretJwe = await encryptSecret(ctx, id, secret)
  const endpoint = await withLocked(ctx, id, async (trx) => {
    const rotated = await replaceSecret(trx, id, { secretJwe, overlapSeconds: overlapHours * 3600 })
    await note(trx, keeper, id, 'secret_rotated', { overlapHours })
    return rotated
  })
  return { endpoint, secret }
}

const withEnabled = <T>(ctx: Ctx, id: string, work: (trx: Trx) => Promise<T>): Promise<T> =>
  withLocked(ctx, id, (trx, { enabled }) => {
    if (!enabled) throw new AppError('webhook_disabled')
    return work(trx)
  })

/** Sends one request of type `webhook.test`, once. @returns the delivery's id. @throws AppError not_found | webhook_disabled */
export const testEndpoint = async (ctx: Ctx, keeper: EndpointKeeper, id: string): Promise<string> => {
  const deliveryId = await withEnabled(ctx, id, async (trx) => {
    const made = await insertTestDelivery(trx, id)
    await note(trx, keeper, id, 'tested')
    return made
  })
  ctx.nudge({ job: 'deliver-event', id: deliveryId })
  return deliveryId
}

/** Delivers one event again. @returns the new delivery's id. @throws AppError not_found | webhook_disabled */
export const replayDelivery = async (
  ctx: Ctx,
  keeper: EndpointKeeper,
  { endpointId, deliveryId }: { readonly endpointId: string; readonly deliveryId: string },
): Promise<string> => {
  const replayId = await withEnabled(ctx, endpointId, async (trx) => {
    const made = await insertReplay(trx, { endpointId, deliveryId })
    if (made === undefined) throw new AppError('not_found')
    await note(trx, keeper, endpointId, 'replayed', { deliveryId })
    return made
  })
  ctx.nudge({ job: 'deliver-event', id: replayId })
  return replayId
}

/**
 * Delivers every event of a period that the endpoint's filter takes, whether it was delivered before or not; also those from
 * before the endpoint was made, or while it was disabled. The sweep brings them on their way.
 *
 * @returns how many. @throws AppError not_found | webhook_disabled
 */
export const replayPeriod = (
  ctx: Ctx,
  keeper: EndpointKeeper,
  endpointId: string,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<number> =>
  withEnabled(ctx, endpointId, async (trx) => {
    const deliveries = await insertReplays(trx, { endpointId, from, to })
    await note(trx, keeper, endpointId, 'replayed', {
      from: from.toISOString(),
      to: to.toISOString(),
      deliveries,
    })
    return deliveries
  })

/** The delivery log of an endpoint, newest first. @throws AppError not_found; UnknownCursorError */
export const listEndpointDeliveries = async (
  ctx: Ctx,
  query: {
    readonly endpointId: string
    readonly state?: DeliveryState | undefined
    readonly limit: number
    readonly cursor?: Cursor | undefined
  },
): Promise<Page<Delivery>> => {
  await getEndpoint(ctx, query.endpointId)
  return listDeliveries(ctx.db, query)
}
