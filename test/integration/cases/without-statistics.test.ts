/**
 * A client's first command follows its first sync within seconds, before PostgreSQL has any statistics of the rows:
 * what is read must not grow with the product of items and invoices.
 */
import { sql } from 'kysely'
import { proofCosts } from '../../../db/cases/case-command-items.repo.ts'
import { insertCases } from '../../../db/cases/cases.repo.ts'
import { createDatabase, type Db } from '../../../db/core/database.ts'
import { submitCommand } from '../../../src/cases/submit-command.ts'
import { builtInPolicy } from '../../../src/eligibility/policy.ts'
import type { BuiltConnection } from '../../support/builders.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { simulatedContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { connectTo, syncNow } from '../sync/support.ts'
import { commandOf, itemsOf } from './support.ts'

const invoices = 2_000

let test: TestDatabase
let simulator: Simulator
let ctx: TestContext
/** One connection, so that it alone counts what it read. */
let single: Db
let connection: BuiltConnection
let connectionId: string
let organizationId: string
let commandId: string

beforeAll(async () => {
  test = await createTestDatabase()
  single = createDatabase({ url: test.url, poolSize: 1 })
  for (const table of ['staged_invoices', 'case_command_items'])
    await sql`alter table ${sql.table(table)} set (autovacuum_enabled = false)`.execute(test.db)
  simulator = await startSimulator({ invoices: 0, switches: { throttleTokens: false } })
  ctx = simulatedContext(test.db, simulator, {
    policy: builtInPolicy,
    config: { zoho: { requestsPerMinute: 1_000_000 } },
  })
  organizationId = simulator.control.addOrganization({ invoices })
  connection = await connectTo(ctx, simulator, organizationId)
  connectionId = connection.id
  await syncNow(ctx, connectionId, 'full')
  const submitted = await submitCommand(ctx, {
    clientId: connection.client_id,
    subject: 'user-1',
    selection: { filter: { eligibility: 'eligible' } },
    confirmUndisputed: true,
  })
  commandId = submitted.id
})
afterAll(async () => {
  await single.destroy()
  await simulator.close()
  await test.drop()
})

/** Pages of the staging table and its indexes that `work` touched. */
const pagesTouched = async (work: () => Promise<unknown>): Promise<number> => {
  const count = async () => {
    await sql`select pg_stat_force_next_flush()`.execute(single)
    const { rows } = await sql<{ pages: number }>`
      select (heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit)::float8 as pages
      from pg_statio_user_tables where relname = 'staged_invoices'`.execute(single)
    return rows[0]?.pages ?? Number.NaN
  }
  const before = await count()
  await work()
  return (await count()) - before
}

it('what a proof would cost is counted with a few pages an item', async () => {
  const { total } = await commandOf(test.db, commandId)
  const today = new Date().toISOString().slice(0, 10)
  const pages = await pagesTouched(async () => {
    const { stale } = await proofCosts(single, commandId, { connectionId, proofMaxAgeSeconds: 300, today })
    expect(stale).toBeGreaterThan(invoices / 2)
  })
  expect(pages).toBeLessThan(10 * total)
})

it('cases are inserted with a few pages an item', async () => {
  await sql`update staged_invoices set looked_at = clock_timestamp()`.execute(test.db)
  const rows = await test.db
    .selectFrom('staged_invoices')
    .select(['zoho_invoice_id', 'content_hash'])
    .execute()
  const hashes = new Map(rows.map((row) => [row.zoho_invoice_id, row.content_hash]))
  const chunk = (await itemsOf(test.db, commandId)).slice(0, 200)
  const pages = await pagesTouched(async () => {
    const made = await single.transaction().execute((trx) =>
      insertCases(
        trx,
        {
          clientId: connection.client_id,
          connectionId,
          commandId,
          dataCenter: 'us',
          organizationId,
          createdBy: 'user-1',
          proofMaxAgeSeconds: 300,
        },
        chunk.map(({ zoho_invoice_id, ordinal }) => ({
          zohoInvoiceId: zoho_invoice_id,
          reference: `R-${ordinal}`,
          contentHash: hashes.get(zoho_invoice_id) as string,
          warnings: [],
          evidence: { required: [], described: false },
        })),
      ),
    )
    expect(made).toHaveLength(chunk.length)
  })
  expect(pages).toBeLessThan(20 * chunk.length)
})
