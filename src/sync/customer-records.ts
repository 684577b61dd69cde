import type { Db } from '../../db/core/database.ts'
import type { StagedDebtor } from '../../db/core/schema.ts'
import { findDebtors } from '../../db/sync/staged-debtors.repo.ts'
import type { CustomerRecord } from './fill-in.ts'

export const recordOf = (row: StagedDebtor): CustomerRecord => ({
  type: row.type,
  contactPerson: row.contact_person,
  email: row.email,
  phone: row.phone,
  mobile: row.mobile,
  registrationNumber: row.registration_number,
  contentHash: row.content_hash,
})

export type CustomerRecords = ReadonlyMap<string, CustomerRecord>

/** What a page may be filled in with. */
export interface KnownCustomers {
  readonly records: CustomerRecords
  /** No record can be read: an invoice that names a company is taken for one against a company. */
  readonly assumeTypes: boolean
}

/** The records of these customers, as far as they are known. */
export const loadCustomers = async (
  db: Db,
  connectionId: string,
  customerIds: Iterable<string | null>,
): Promise<CustomerRecords> => {
  const ids = [...new Set(customerIds)].filter((id) => id !== null)
  const rows = await findDebtors(db, connectionId, ids)
  return new Map(rows.map((row) => [row.zoho_customer_id, recordOf(row)]))
}
