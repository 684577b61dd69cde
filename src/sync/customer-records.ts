import type { Db } from '../../db/core/database.ts'
import type { DebtorType, StagedDebtor } from '../../db/core/schema.ts'
import { findDebtorTypes } from '../../db/sync/debtor-types.repo.ts'
import { findDebtors } from '../../db/sync/staged-debtors.repo.ts'
import type { CustomerRecord } from './fill-in.ts'

const recordOf = (row: StagedDebtor, typeByClient: DebtorType | null): CustomerRecord => ({
  type: row.type,
  typeByClient,
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

/** Of a customer without a record. */
const onlyByClient = (typeByClient: DebtorType): CustomerRecord => ({
  type: null,
  typeByClient,
  contactPerson: null,
  email: null,
  phone: null,
  mobile: null,
  registrationNumber: null,
  contentHash: null,
})

/** The records of these customers and what the client said of them, as far as they are known. */
export const loadCustomers = async (
  db: Db,
  connectionId: string,
  customerIds: Iterable<string | null>,
): Promise<CustomerRecords> => {
  const ids = [...new Set(customerIds)].filter((id) => id !== null)
  const [rows, answers] = await Promise.all([
    findDebtors(db, connectionId, ids),
    findDebtorTypes(db, connectionId, ids),
  ])
  const said = new Map(answers.map(({ zohoCustomerId, type }) => [zohoCustomerId, type]))
  return new Map([
    ...answers.map(({ zohoCustomerId, type }) => [zohoCustomerId, onlyByClient(type)] as const),
    ...rows.map(
      (row) => [row.zoho_customer_id, recordOf(row, said.get(row.zoho_customer_id) ?? null)] as const,
    ),
  ])
}
