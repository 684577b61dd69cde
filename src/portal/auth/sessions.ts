/** Browser sessions: a random secret in a cookie, its hash in the database, their begin and end in the audit. */
import { randomBytes } from 'node:crypto'
import type { Trx } from '../../../db/core/database.ts'
import {
  deleteSession,
  deleteSessionsOf,
  findSession as findSessionRow,
  insertSession,
  listSessions as listSessionRows,
  type PortalSession,
  touchSession,
} from '../../../db/portal/portal-sessions.repo.ts'
import { audit } from '../../audit.ts'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'
import type { Identity } from '../http/identity.ts'
import { hashSecret } from './secret-compare.ts'

/** A working day; afterwards the host portal hands over again. */
export const SESSION_HOURS = 12

/** Where a request came from. */
export interface Origin {
  readonly ip: string | null
  readonly userAgent?: string | null
}

export type EndReason = 'signed_out' | 'signed_out_elsewhere' | 'replaced'

/** One transaction with the audit: no session without its line there. @returns the secret for the cookie; it is stored nowhere. */
export const createSession = async (
  ctx: Ctx,
  identity: Omit<Identity, 'sessionId'>,
  { ip, userAgent = null }: Origin = { ip: null },
): Promise<string> => {
  const secret = randomBytes(32).toString('base64url')
  const { clientId, subject, name, role } = identity
  if (role === 'host') throw new AppError('forbidden', { message: 'A host has no pages to sign in to.' })
  await ctx.db.transaction().execute(async (trx) => {
    const id = await insertSession(trx, {
      idHash: hashSecret(secret),
      clientId,
      subject,
      name,
      role,
      ip,
      userAgent: userAgent?.slice(0, 300) ?? null,
      hours: SESSION_HOURS,
    })
    await audit(trx, {
      clientId,
      actor: subject,
      actorRole: role,
      action: 'session.started',
      subjectType: 'session',
      subjectId: id,
      ip,
    })
  })
  return secret
}

const identityOf = (row: PortalSession): Identity => ({
  clientId: row.client_id,
  subject: row.subject,
  role: row.role,
  name: row.name,
  sessionId: row.id_hash,
})

/**
 * The caller behind a cookie; undefined when the session is unknown, ended, expired or was idle for too long.
 *
 * @param byPerson false for what a page asks by itself: that does not keep a session from going idle.
 */
export const findSession = async (
  ctx: Ctx,
  secret: string,
  byPerson: boolean,
): Promise<Identity | undefined> => {
  const row = await findSessionRow(ctx.db, hashSecret(secret), ctx.config.sessionIdleMinutes)
  if (row?.seen_before && byPerson) await touchSession(ctx.db, row.id_hash)
  return row && identityOf(row)
}

/** True while the session of a long-lived stream is still good; a stream does not keep it so. */
export const sessionLives = async (ctx: Ctx, sessionId: string): Promise<boolean> =>
  (await findSessionRow(ctx.db, sessionId, ctx.config.sessionIdleMinutes)) !== undefined

export interface ListedSession {
  readonly id: string
  readonly isThis: boolean
  readonly startedAt: Date
  readonly lastSeenAt: Date
  readonly ip: string | null
  readonly userAgent: string | null
}

/** Where the person is signed in. */
export const listSessions = async (ctx: Ctx, person: Identity): Promise<readonly ListedSession[]> => {
  const rows = await listSessionRows(ctx.db, person, ctx.config.sessionIdleMinutes)
  return rows.map((row) => ({
    id: row.id,
    isThis: row.id_hash === person.sessionId,
    startedAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    ip: row.ip_address,
    userAgent: row.user_agent,
  }))
}

const auditEnds = async (
  trx: Trx,
  rows: readonly PortalSession[],
  reason: EndReason,
  ip: string | null,
): Promise<void> => {
  for (const row of rows)
    await audit(trx, {
      clientId: row.client_id,
      actor: row.subject,
      actorRole: row.role,
      action: 'session.ended',
      subjectType: 'session',
      subjectId: row.id,
      details: { reason },
      ip,
    })
}

/** Ends the session of a browser, if it still lives. */
export const endSession = (
  ctx: Ctx,
  sessionId: string,
  { reason, ip }: { readonly reason: EndReason; readonly ip: string | null },
): Promise<void> =>
  ctx.db.transaction().execute(async (trx) => {
    const row = await deleteSession(trx, sessionId)
    if (row) await auditEnds(trx, [row], reason, ip)
  })

/**
 * Ends sessions of a person: the named one, or all of them, here and elsewhere.
 *
 * @returns the hashes of those that ended.
 */
export const endSessionsOf = (
  ctx: Ctx,
  person: Identity,
  { id, ip }: { readonly id?: string; readonly ip: string | null },
): Promise<readonly string[]> =>
  ctx.db.transaction().execute(async (trx) => {
    const rows = await deleteSessionsOf(trx, person, id)
    const isThis = (row: PortalSession) => row.id_hash === person.sessionId
    await auditEnds(trx, rows.filter(isThis), 'signed_out', ip)
    await auditEnds(
      trx,
      rows.filter((row) => !isThis(row)),
      'signed_out_elsewhere',
      ip,
    )
    return rows.map(({ id_hash }) => id_hash)
  })
