/**
 * The secret in the address that Zoho calls. It is derived, so that the page can show the address at any time while the
 * database holds a hash and a salt, neither of which opens anything.
 */
import { createHmac, randomUUID } from 'node:crypto'
import {
  findLiveConnection,
  replaceWebhookToken,
  type WebhookKey,
  webhookTokenHash,
} from '../../db/connections/connections.repo.ts'
import { audit } from '../audit.ts'
import type { Config } from '../config.ts'
import type { Ctx } from '../context.ts'
import { AppError } from '../errors.ts'
import type { Person } from './store-grant.ts'

const derive = ({ portalJwtSecret }: Config, salt: string): string =>
  createHmac('sha256', portalJwtSecret).update(`webhook\0${salt}`).digest('base64url')

export const newWebhookKey = (config: Config): WebhookKey => {
  const salt = randomUUID()
  return { salt, tokenHash: webhookTokenHash(derive(config, salt)) }
}

const addressOf = (config: Config, salt: string): string =>
  `${config.publicUrl}/webhooks/zoho-books/${derive(config, salt)}`

/**
 * The address for Zoho; null when it was made under another `PORTAL_JWT_SECRET`: it still works, but only Zoho knows it.
 *
 * @throws AppError not_connected
 */
export const webhookAddress = async (ctx: Ctx, clientId: string): Promise<string | null> => {
  const connection = await findLiveConnection(ctx.db, clientId)
  if (!connection) throw new AppError('not_connected')
  const { webhook_salt: salt, webhook_token_hash: hash } = connection
  return webhookTokenHash(derive(ctx.config, salt)) === hash ? addressOf(ctx.config, salt) : null
}

/**
 * Makes a new address; what comes to the old one is dropped from then on. @returns the new one.
 *
 * @throws AppError not_connected
 */
export const rotateWebhookToken = async (ctx: Ctx, { clientId, subject, ip }: Person): Promise<string> => {
  const key = newWebhookKey(ctx.config)
  await ctx.db.transaction().execute(async (trx) => {
    const connection = await replaceWebhookToken(trx, clientId, key)
    if (!connection) throw new AppError('not_connected')
    await audit(trx, {
      clientId,
      actor: subject,
      actorRole: 'client',
      action: 'connection.webhook_rotated',
      subjectType: 'connection',
      subjectId: connection.id,
      ip,
    })
  })
  return addressOf(ctx.config, key.salt)
}
