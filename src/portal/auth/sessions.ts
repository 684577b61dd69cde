/** Browser sessions: a random secret in a cookie, its hash in the database. */
import { randomBytes } from 'node:crypto'
import {
  deleteSession,
  findSession as findSessionRow,
  insertSession,
} from '../../../db/portal/portal-sessions.repo.ts'
import type { Ctx } from '../../context.ts'
import type { Identity } from '../http/identity.ts'
import { hashSecret } from './secret-compare.ts'

/** A working day; afterwards the host portal hands over again. */
export const SESSION_HOURS = 12

/** @returns the secret for the cookie; it is stored nowhere. */
export const createSession = async (ctx: Ctx, identity: Omit<Identity, 'sessionId'>): Promise<string> => {
  const secret = randomBytes(32).toString('base64url')
  await insertSession(ctx.db, {
    idHash: hashSecret(secret),
    clientId: identity.clientId,
    subject: identity.subject,
    name: identity.name,
    role: identity.role,
    hours: SESSION_HOURS,
  })
  return secret
}

/** The caller behind a cookie; undefined when the session is unknown, ended or expired. */
export const findSession = async (ctx: Ctx, secret: string): Promise<Identity | undefined> => {
  const sessionId = hashSecret(secret)
  const row = await findSessionRow(ctx.db, sessionId)
  return row && { clientId: row.client_id, subject: row.subject, role: row.role, name: row.name, sessionId }
}

/** True while the session of a long-lived stream is still good. */
export const sessionLives = async (ctx: Ctx, sessionId: string): Promise<boolean> =>
  (await findSessionRow(ctx.db, sessionId)) !== undefined

export const endSession = (ctx: Ctx, sessionId: string): Promise<void> => deleteSession(ctx.db, sessionId)
