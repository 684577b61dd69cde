import type { Db, Trx } from './database.ts'
import type { ActorRole, AuditSubject } from './schema.ts'

export interface NewAuditEvent {
  readonly clientId: string | null
  readonly actor: string
  readonly actorRole: ActorRole
  readonly action: string
  readonly subjectType: AuditSubject
  readonly subjectId: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly ip?: string | null | undefined
}

export const insertAuditEvent = async (db: Db | Trx, event: NewAuditEvent): Promise<void> => {
  await db
    .insertInto('audit_events')
    .values({
      client_id: event.clientId,
      actor: event.actor,
      actor_role: event.actorRole,
      action: event.action,
      subject_type: event.subjectType,
      subject_id: event.subjectId,
      details: JSON.stringify(event.details ?? {}),
      ip_address: event.ip ?? null,
    })
    .execute()
}
