import { insertAuditEvent, type NewAuditEvent } from '../db/core/audit-events.repo.ts'
import type { Db, Trx } from '../db/core/database.ts'

/**
 * Writes who did what, when and from where. Give it the transaction of the deed, so that neither exists without the
 * other, and as its last statement: it waits for other events of the same client, which must not wait for this one.
 * `details` holds ids and numbers only.
 */
export const audit = (db: Db | Trx, event: NewAuditEvent): Promise<void> => insertAuditEvent(db, event)
