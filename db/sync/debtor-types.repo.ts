/** What clients said of customers whose record does not tell a company from a private person. */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import type { DebtorType } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'

export interface DebtorTypeAnswer {
  readonly zohoCustomerId: string
  readonly type: DebtorType
}

/** The answers about these customers of a connection's organization. */
export const findDebtorTypes = async (
  db: Db,
  connectionId: string,
  zohoCustomerIds: readonly string[],
): Promise<readonly DebtorTypeAnswer[]> => {
  if (zohoCustomerIds.length === 0) return []
  const { rows } = await sql<DebtorTypeAnswer>`${named('select debtor_types')}
    select a.zoho_customer_id as "zohoCustomerId", a.type
    from connections c join debtor_types a on a.client_id = c.client_id and a.zoho_organization_id = c.zoho_organization_id
    where c.id = ${connectionId} and a.zoho_customer_id = any(${zohoCustomerIds}::text[])`.execute(db)
  return rows
}

/** Keeps answers; the newest one about a customer counts. */
export const keepDebtorTypes = async (
  trx: Trx,
  {
    clientId,
    organizationId,
    setBy,
  }: { readonly clientId: string; readonly organizationId: string; readonly setBy: string },
  answers: readonly DebtorTypeAnswer[],
): Promise<void> => {
  await trx
    .insertInto('debtor_types')
    .values(
      answers.map(({ zohoCustomerId, type }) => ({
        client_id: clientId,
        zoho_organization_id: organizationId,
        zoho_customer_id: zohoCustomerId,
        type,
        set_by: setBy,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['client_id', 'zoho_organization_id', 'zoho_customer_id']).doUpdateSet(({ ref }) => ({
        type: ref('excluded.type'),
        set_by: ref('excluded.set_by'),
        set_at: sql<Date>`now()`,
      })),
    )
    .execute()
}
