/**
 * Overlapping orders of three clients, two of whom share an organization, with payments, deletions, lost leases,
 * killed database connections and workers that stop at any point. Whatever the order of events: never two cases for
 * one invoice, never a case whose invoice was paid before its proof, exactly one outcome an item, counts add up.
 */
import { sql } from 'kysely'
import { createCases, createCasesFailed } from '../../../src/cases/create-cases.ts'
import { builtInPolicy } from '../../../src/cases/policy.ts'
import { submitCommand } from '../../../src/cases/submit-command.ts'
import { toAppError } from '../../../src/errors.ts'
import { restageInvoice } from '../../../src/sync/restage-invoice.ts'
import type { BuiltConnection } from '../../support/builders.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { simulatedContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { connectTo } from '../sync/support.ts'
import { commandOf, itemsOf, settle } from './support.ts'

const rounds = Number(process.env['FUZZ_ROUNDS'] ?? 200)
const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31)
const workers = 8

/** mulberry32: small, seeded, good enough to choose with. */
const generator = (start: number) => {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
const random = generator(seed)
const chance = (probability: number) => random() < probability
const some = <T>(all: readonly T[], probability: number) => all.filter(() => chance(probability))
const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T
const turns = async (count: number) => {
  for (let i = 0; i < count; i += 1) await new Promise((next) => setImmediate(next))
}

let test: TestDatabase
let simulator: Simulator
let ctx: TestContext
let connections: BuiltConnection[]
let organizations: readonly [string, string]

beforeAll(async () => {
  test = await createTestDatabase({ poolSize: 20 })
  simulator = await startSimulator({ invoices: 0, switches: { throttleTokens: false } })
  ctx = simulatedContext(test.db, simulator, {
    policy: builtInPolicy,
    timeouts: { apiMs: 2_000 },
    config: { zoho: { requestsPerMinute: 10_000_000, maxInFlight: 8 } },
  })
  organizations = [
    simulator.control.addOrganization({ invoices: 0 }),
    simulator.control.addOrganization({ invoices: 0 }),
  ]
  connections = [
    await connectTo(ctx, simulator, organizations[0]),
    await connectTo(ctx, simulator, organizations[0]),
    await connectTo(ctx, simulator, organizations[1]),
  ]
})
afterAll(async () => {
  await simulator.close()
  await test.drop()
})

/** An attempt that may be shot at any moment: even writing down its failure may fail. */
const mortalAttempt = async (commandId: string, signal: AbortSignal) => {
  try {
    await createCases(ctx, commandId, { signal })
  } catch (thrown) {
    await createCasesFailed(ctx, commandId, toAppError(thrown), { last: chance(0.3) }).catch(() => undefined)
  }
}

/** When the books stopped owing it. */
const goneAt = new Map<string, number>()

const meddle = (id: string): void => {
  const owed = simulator.control.invoice(id)
  if (owed === undefined || goneAt.has(id)) return
  const small = Number(owed.balance) <= 50
  const kind = oneOf([
    'pay',
    'pay',
    'delete',
    'void',
    ...(small ? [] : (['part', 'start'] as const)),
  ] as const)
  if (kind === 'part') simulator.control.pay(id, '10.00')
  else if (kind === 'start') simulator.control.startPayment(id, '50.00')
  else {
    simulator.control[kind](id)
    goneAt.set(id, simulator.control.now())
  }
}

const killABackend = () =>
  sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() order by random() limit 1`
    .execute(test.db)
    .catch(() => undefined)

const loseALease = (commandId: string) =>
  sql`update case_commands set lease_until = now() - interval '1 second' where id = ${commandId} and lease_token is not null`
    .execute(test.db)
    .catch(() => undefined)

const stageAll = async (invoices: readonly { id: string; organization: string }[]) => {
  for (const connection of connections)
    await Promise.all(
      invoices
        .filter(({ organization }) => organization === connection.zoho_organization_id)
        .map(({ id }) => restageInvoice(ctx, connection, id, { priority: 'background' })),
    )
}

const round = async (number: number) => {
  const invoices = Array.from({ length: 4 + Math.floor(random() * 5) }, () => {
    const organization = oneOf([organizations[0], organizations[0], organizations[1]])
    const id = simulator.control.addInvoice({
      organization_id: organization,
      ...(chance(0.1) ? { total: '5.00' } : {}),
    })
    return { id, organization }
  })
  const all = invoices.map(({ id }) => id)
  await stageAll(invoices)
  await test.db
    .updateTable('staged_invoices')
    .set({ proven_at: new Date(0) })
    .where('zoho_invoice_id', 'in', ['-', ...some(all, 0.6)])
    .execute()
  if (chance(0.5)) for (const id of some(all, 0.3)) meddle(id)

  const orders = Array.from({ length: 2 + Math.floor(random() * 4) }, (_, at) => {
    const { client_id: clientId } = oneOf(connections)
    const chosen = [oneOf(all), ...some(all, 0.7), ...(chance(0.2) ? ['404404'] : [])]
    const request = {
      clientId,
      subject: 'somebody',
      selection: { zohoInvoiceIds: chosen },
      confirmUndisputed: true,
      idempotencyKey: `round-${number}-${at}`,
      acceptPaymentInProgress: some(chosen, 0.3),
    }
    return Promise.all(Array.from({ length: chance(0.3) ? 2 : 1 }, () => submitCommand(ctx, request)))
  })
  const submitted = await Promise.all(orders)
  const commands = submitted.map(([first]) => first?.id as string)
  for (const same of submitted) expect(new Set(same.map(({ id }) => id)).size).toBe(1)

  const stops: AbortController[] = []
  const work = Array.from({ length: workers }, async () => {
    const stop = new AbortController()
    stops.push(stop)
    await turns(Math.floor(random() * 30))
    await mortalAttempt(oneOf(commands), stop.signal)
  })
  const chaos = Array.from({ length: 6 }, async () => {
    await turns(Math.floor(random() * 120))
    const deed = random()
    if (deed < 0.45) meddle(oneOf(all))
    else if (deed < 0.65) await loseALease(oneOf(commands))
    else if (deed < 0.8) oneOf(stops)?.abort()
    else if (deed < 0.9) await killABackend()
  })
  await Promise.all([...work, ...chaos])
  for (const id of commands) await settle(ctx, id)
  for (const id of commands) await checkCommand(id)
  await checkCases(all)
}

const checkCommand = async (id: string) => {
  const command = await commandOf(test.db, id)
  const items = await itemsOf(test.db, id)
  const count = (outcome: string) => items.filter((item) => item.outcome === outcome).length
  expect(command).toMatchObject({
    state: 'completed',
    total: items.length,
    created: count('created'),
    duplicate: count('duplicate'),
    ineligible: count('ineligible'),
    failed: count('failed'),
    lease_token: null,
  })
  expect(command.created + command.duplicate + command.ineligible + command.failed).toBe(command.total)
}

const checkCases = async (ids: readonly string[]) => {
  const cases = await test.db.selectFrom('cases').selectAll().where('zoho_invoice_id', 'in', ids).execute()
  expect(new Set(cases.map((row) => row.zoho_invoice_id)).size).toBe(cases.length)
  for (const row of cases) {
    const items = await test.db
      .selectFrom('case_command_items')
      .select('command_id')
      .where('case_id', '=', row.id)
      .where('outcome', '=', 'created')
      .execute()
    expect(items).toEqual([{ command_id: row.command_id }])
    const gone = goneAt.get(row.zoho_invoice_id)
    if (gone !== undefined) expect(row.proven_at.getTime()).toBeLessThanOrEqual(gone)
    expect(row.created_at.getTime() - row.proven_at.getTime()).toBeLessThan(300_000)
    expect(Number(row.proof.amount)).toBe(Number(row.amount_to_recover))
  }
}

it(`holds in ${rounds} rounds of chaos (seed ${seed})`, async () => {
  console.log(`cases fuzz: seed ${seed}, ${rounds} rounds`)
  for (let number = 0; number < rounds; number += 1) await round(number)
  const { count, goneCases } = await test.db
    .selectFrom('cases')
    .select([sql<number>`count(*)`.as('count')])
    .select(
      sql<number>`count(*) filter (where zoho_invoice_id = any(${[...goneAt.keys()]}::text[]))`.as(
        'goneCases',
      ),
    )
    .executeTakeFirstOrThrow()
  console.log(`cases fuzz: ${count} cases, ${goneCases} of invoices that were settled after their proof`)
  expect(count).toBeGreaterThan(rounds)
}, 120_000)
