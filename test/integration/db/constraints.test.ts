import { sql } from 'kysely'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
  await sql`
    insert into clients (id, name) values ('a', 'A');
    insert into connections (client_id, data_center, zoho_organization_id, organization_name, connected_by, webhook_token_hash)
    values ('a', 'us', '1', 'A Ltd', 'x', 'a');
    insert into case_commands (client_id, request_hash, requested_by, confirm_undisputed, selection, total)
    values ('a', 'x', 'x', true, '{}', 1);
    insert into cases (reference, client_id, command_id, data_center, zoho_organization_id, zoho_invoice_id, invoice_date,
      due_date, amount_to_recover, currency_code, debtor_name, zoho_status, zoho_modified_at, proven_at, proof, created_by,
      outstanding, invoice_as_of)
    select 'K7M2X9QP', 'a', id, 'us', '1', '1', '2026-01-01', '2026-01-31', 1, 'EUR', 'D', 'overdue', now(), now(), '{}', 'x', 1, now()
    from case_commands`.execute(test.db)
})
afterAll(() => test.drop())

const violated = (constraint: string) => expect.objectContaining({ code: '23514', constraint })

it.each(['next_sync_trigger', 'sync_again_trigger'])(
  'connections.%s is one that a run can have',
  async (column) => {
    const set = (value: string) => sql`update connections set ${sql.ref(column)} = ${value}`.execute(test.db)
    for (const trigger of ['connected', 'schedule', 'manual', 'webhook', 'rearmed', 'command'])
      await set(trigger)
    await expect(set('whim')).rejects.toEqual(violated(`connections_${column}_check`))
  },
)

it('a case waits for verification or is withdrawn, nothing else', async () => {
  const set = (status: string) =>
    sql`update cases set status = ${status}, withdrawn_reason = case when ${status} = 'withdrawn' then 'x' end`.execute(
      test.db,
    )
  for (const status of ['pending_verification', 'withdrawn']) await set(status)
  await expect(set('paid')).rejects.toEqual(violated('cases_status_check'))
})
