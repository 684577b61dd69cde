/**
 * Leases, claims and the budget as a model: two workers and a sweep in any order of steps, against the real statements.
 * A step that two take at once is forced: the first has written and not committed when the second runs into it.
 *
 * PROPERTY_RUNS for longer runs; TEST_SEED repeats one.
 */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { sql } from 'kysely'
import {
  claimCommand,
  completeCommand,
  holdCommand,
  releaseCommand,
} from '../../../db/cases/case-commands.repo.ts'
import { armSync } from '../../../db/connections/sync-schedule.repo.ts'
import type { Db, Trx } from '../../../db/core/database.ts'
import { claimDueRows } from '../../../db/jobs/due-rows.repo.ts'
import {
  type Acquired,
  acquireSlot,
  type BudgetKey,
  releaseSlot,
} from '../../../db/sync/organization-budgets.repo.ts'
import { encodeRows, stagePageRows } from '../../../db/sync/staged-invoices.repo.ts'
import {
  claimSlice,
  finishRun,
  type LeasedRun,
  releaseLease,
  yieldSlice,
} from '../../../db/sync/sync-runs.repo.ts'
import { aConnection, type BuiltConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { waitingForLocks } from '../../support/forced-order.ts'

const histories = Number(process.env['PROPERTY_RUNS'] ?? 25)
const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31)

type Worker = 'a' | 'b'
const worker = fc.constantFrom<Worker>('a', 'b')
const lockSeconds = 300
const perMinute = 4
const maxInFlight = 2
const limits = {
  perMinute,
  minuteMs: 60_000,
  maxInFlight,
  slotSeconds: 300,
  dayReserve: { requests: 0, share: 0 },
}

/** What should be true. */
interface Model {
  due: boolean
  enqueued: boolean
  /** The run under way: whose lease it carries, and whether that still protects it. */
  run: { owner: Worker | null; alive: boolean; pages: number } | null
  /** Wished for while the run was under way. */
  wished: boolean
  /** Which runs a worker believes to have; the number tells one lease from the next. */
  command: { owner: Worker | null; alive: boolean; done: boolean }
  asked: number
  inFlight: number
}

/** What the workers hold in their hands. */
interface Real {
  readonly connection: BuiltConnection
  readonly commandId: string
  readonly key: BudgetKey
  readonly runs: Partial<Record<Worker, LeasedRun>>
  readonly leases: Partial<Record<Worker, string>>
  readonly slots: string[]
}

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase({ poolSize: 6 })
})
afterAll(() => test.drop())

const runOf = ({ connection }: Real) =>
  test.db
    .selectFrom('sync_runs')
    .selectAll()
    .where('connection_id', '=', connection.id)
    .where('state', '=', 'running')
    .execute()
const command = ({ commandId }: Real) =>
  test.db.selectFrom('case_commands').selectAll().where('id', '=', commandId).executeTakeFirstOrThrow()

/** After every step: the rows say what the model says. */
const compare = async (model: Model, real: Real) => {
  const runs = await runOf(real)
  expect(runs).toHaveLength(model.run === null ? 0 : 1)
  const [run] = runs
  if (model.run !== null && run !== undefined) {
    const pages = await test.db
      .selectFrom('sync_pages')
      .select('page')
      .where('run_id', '=', run.id)
      .orderBy('page')
      .execute()
    expect(pages.map(({ page }) => page)).toEqual(Array.from({ length: model.run.pages }, (_, at) => at + 1))
    expect(run.next_page).toBe(model.run.pages + 1)
    const { owner } = model.run
    expect(run.lease_token).toBe(owner === null ? null : real.runs[owner]?.lease_token)
  }
  const { rows } = await sql<{ due: boolean; enqueued: boolean }>`
    select next_sync_at <= now() as due, sync_enqueued_at is not null as enqueued from connections where id = ${real.connection.id}`.execute(
    test.db,
  )
  expect(rows[0]).toEqual({ due: model.due, enqueued: model.enqueued })
  const row = await command(real)
  expect([row.state === 'completed', row.lease_token]).toEqual([
    model.command.done,
    model.command.owner === null ? null : real.leases[model.command.owner],
  ])
  const budget = await test.db
    .selectFrom('organization_budgets')
    .selectAll()
    .where('zoho_organization_id', '=', real.key.organizationId)
    .executeTakeFirst()
  expect([budget?.request_times.length ?? 0, budget?.in_flight_until.length ?? 0]).toEqual([
    model.asked,
    model.inFlight,
  ])
}

/** `first` has written and not committed when `second` runs into it. */
const forced = async <T, U>(
  first: (trx: Trx) => Promise<T>,
  second: (db: Db) => Promise<U>,
): Promise<readonly [T, U]> => {
  const trx = await test.db.startTransaction().execute()
  const one = await first(trx)
  const coming = second(test.db)
  await waitingForLocks(test, 1).finally(() => trx.commit().execute())
  return [one, await coming]
}

type Step = fc.AsyncCommand<Model, Real>
const step = (
  name: string,
  run: (model: Model, real: Real) => Promise<void>,
  when: (model: Readonly<Model>) => boolean = () => true,
): Step => ({
  check: when,
  run: async (model, real) => {
    await run(model, real)
    await compare(model, real)
  },
  toString: () => name,
})

const isFree = ({ run }: Readonly<Model>) => run === null || run.owner === null || !run.alive
const isOwner = (model: Readonly<Model>, who: Worker, real: Real) =>
  model.run !== null && model.run.owner === who && real.runs[who] !== undefined

const sweep = step('sweep', async (model, real) => {
  const rows = await claimDueRows(test.db, 'sync-connection', { limit: 10, staleSeconds: 3_600 })
  const claims = model.due && !model.enqueued && isFree(model)
  expect(rows.map(({ id }) => id).includes(real.connection.id)).toBe(claims)
  if (claims) model.enqueued = true
})
const claim = (who: Worker) =>
  step(`${who} claims a slice`, async (model, real) => {
    const slice = await claimSlice(test.db, real.connection.id, { lockSeconds })
    expect(slice !== undefined).toBe(model.due && isFree(model))
    if (slice === undefined) return
    real.runs[who] = slice.run
    model.run = { owner: who, alive: true, pages: model.run?.pages ?? 0 }
    model.enqueued = false
  })
const store = (who: Worker) =>
  step(`${who} stores a page`, async (model, real) => {
    const run = real.runs[who]
    if (run === undefined) return
    const { connection } = real
    const target = {
      connectionId: connection.id,
      clientId: connection.client_id,
      organizationId: connection.zoho_organization_id,
      policyVersion: '1',
      baseCurrency: null,
    }
    const stored = await stagePageRows(test.db, target, {
      runId: run.id,
      leaseToken: run.lease_token,
      lockSeconds,
      page: (model.run?.pages ?? 0) + 1,
      hasMore: true,
      rows: encodeRows([]),
      rowsRead: 0,
      rowsSetAside: 0,
      requestedAt: new Date(),
      observedAt: null,
      total: null,
      disturbed: false,
      notify: false,
    })
    const owns = isOwner(model, who, real)
    expect(stored !== null).toBe(owns)
    if (owns && model.run) model.run = { ...model.run, alive: true, pages: model.run.pages + 1 }
  })
const giveBack = (who: Worker, how: 'yields' | 'fails') =>
  step(`${who} ${how}`, async (model, real) => {
    const run = real.runs[who]
    if (run === undefined) return
    if (how === 'fails') await releaseLease(test.db, run)
    else await yieldSlice(test.db, run, { at: null, delayedCode: null, progressed: false })
    if (!isOwner(model, who, real) || model.run === null) return
    model.run = { ...model.run, owner: null, alive: false }
    model.enqueued = how === 'fails'
    model.due = true
  })
const finish = (who: Worker) =>
  step(`${who} finishes the run`, async (model, real) => {
    const run = real.runs[who]
    if (run === undefined) return
    const done = await finishRun(test.db, run, {
      readsDebtors: false,
      intervalSeconds: 900,
      fullIntervalSeconds: 86_400,
      maxRearms: 3,
    })
    const owns = isOwner(model, who, real)
    expect(done !== undefined).toBe(owns)
    if (!owns) return
    expect(done?.dueNow).toBe(model.wished)
    Object.assign(model, { run: null, due: model.wished, wished: false, enqueued: false })
  })
const wish = step('somebody wishes for a sync', async (model, real) => {
  await test.db
    .transaction()
    .execute((trx) => armSync(trx, real.connection.id, { kind: 'incremental', trigger: 'manual' }))
  if (model.run === null) Object.assign(model, { due: true, enqueued: false })
  else model.wished = true
})
const expireLeases = step('the leases run out', async (model, real) => {
  const past = sql<Date>`now() - interval '1 second'`
  await test.db
    .updateTable('sync_runs')
    .set({ lease_until: past })
    .where('connection_id', '=', real.connection.id)
    .where('lease_until', 'is not', null)
    .execute()
  await test.db
    .updateTable('case_commands')
    .set({ lease_until: past })
    .where('id', '=', real.commandId)
    .where('lease_until', 'is not', null)
    .execute()
  if (model.run) model.run = { ...model.run, alive: false }
  model.command = { ...model.command, alive: false }
})

const mayClaim = ({ command: { done, owner, alive } }: Readonly<Model>) => !done && (owner === null || !alive)
const lease = () => ({ leaseToken: randomUUID(), lockSeconds })
const claimOrder = (who: Worker) =>
  step(`${who} claims the command`, async (model, real) => {
    const own = lease()
    const claimed = await claimCommand(test.db, real.commandId, own)
    expect(claimed !== undefined).toBe(mayClaim(model))
    if (claimed === undefined) return
    real.leases[who] = own.leaseToken
    model.command = { owner: who, alive: true, done: false }
  })
const claimTogether = (first: Worker) =>
  step(
    `both claim the command at once, ${first} first`,
    async (model, real) => {
      const own = lease()
      const [one, other] = await forced(
        (trx) => claimCommand(trx, real.commandId, own),
        (db) => claimCommand(db, real.commandId, lease()),
      )
      expect([one !== undefined, other]).toEqual([true, undefined])
      real.leases[first] = own.leaseToken
      model.command = { owner: first, alive: true, done: false }
    },
    mayClaim,
  )
const hold = (who: Worker) =>
  step(`${who} holds the command`, async (model, real) => {
    const leaseToken = real.leases[who]
    if (leaseToken === undefined) return
    const { owner, alive, done } = model.command
    expect(await holdCommand(test.db, real.commandId, { leaseToken, lockSeconds })).toBe(
      owner === who && alive && !done,
    )
  })
const letGo = (who: Worker) =>
  step(`${who} lets the command go`, async (model, real) => {
    const leaseToken = real.leases[who]
    if (leaseToken === undefined) return
    await releaseCommand(test.db, real.commandId, { leaseToken, dueInSeconds: 0 })
    if (model.command.owner === who) model.command = { ...model.command, owner: null, alive: false }
  })
const complete = (who: Worker) =>
  step(`${who} completes the command`, async (model, real) => {
    const leaseToken = real.leases[who]
    if (leaseToken === undefined) return
    const done = await test.db
      .transaction()
      .execute((trx) => completeCommand(trx, real.commandId, leaseToken))
    expect(done !== undefined).toBe(model.command.owner === who)
    if (done !== undefined) model.command = { owner: null, alive: false, done: true }
  })

const isGranted = (acquired: Acquired): acquired is Extract<Acquired, { slot: string }> => 'slot' in acquired
const hasRoom = ({ asked, inFlight }: Readonly<Model>, calls = 1) =>
  asked + calls <= perMinute && inFlight + calls <= maxInFlight
const note = (model: Model, real: Real, acquired: Acquired) => {
  if (!isGranted(acquired)) return
  real.slots.push(acquired.slot)
  model.asked += 1
  model.inFlight += 1
}
const ask = step('somebody asks Zoho', async (model, real) => {
  const acquired = await acquireSlot(test.db, real.key, limits)
  expect(isGranted(acquired)).toBe(hasRoom(model))
  note(model, real, acquired)
})
const askTogether = step(
  'two ask Zoho at once',
  async (model, real) => {
    const both = hasRoom(model, 2)
    const acquired = await forced(
      (trx) => acquireSlot(trx, real.key, limits),
      (db) => acquireSlot(db, real.key, limits),
    )
    expect(acquired.map(isGranted)).toEqual([true, both])
    for (const one of acquired) note(model, real, one)
  },
  (model) => model.asked > 0 && hasRoom(model),
)
const answer = step('Zoho answers', async (model, real) => {
  const slot = real.slots.shift()
  if (slot === undefined) return
  await releaseSlot(test.db, real.key, slot, {
    slotSeconds: limits.slotSeconds,
    facts: null,
    wellAnswered: true,
  })
  model.inFlight -= 1
})

const steps = [
  fc.constant(sweep),
  worker.map(claim),
  worker.map(store),
  worker.map((who) => giveBack(who, 'yields')),
  worker.map((who) => giveBack(who, 'fails')),
  worker.map(finish),
  fc.constant(wish),
  fc.constant(expireLeases),
  worker.map(claimOrder),
  worker.map(claimTogether),
  worker.map(hold),
  worker.map(letGo),
  worker.map(complete),
  fc.constant(ask),
  fc.constant(askTogether),
  fc.constant(answer),
]

it('whatever two workers and a sweep do in whatever order, the rows say what they should', async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 40, size: 'max' }), async (commands) => {
      const connection = await aConnection(createTestContext({ db: test.db }), {
        nextSyncAt: new Date(0),
        nextSyncKind: 'full',
        watermark: new Date('2026-01-01'),
      })
      const { id: commandId } = await test.db
        .insertInto('case_commands')
        .values({
          client_id: connection.client_id,
          connection_id: connection.id,
          request_hash: 'x',
          requested_by: 'u',
          confirm_undisputed: true,
          selection: '{}',
          total: 0,
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      const key = { dataCenter: 'us', organizationId: `${connection.zoho_organization_id}-${commandId}` }
      await fc.asyncModelRun(
        () => ({
          model: {
            due: true,
            enqueued: false,
            run: null,
            wished: false,
            command: { owner: null, alive: false, done: false },
            asked: 0,
            inFlight: 0,
          } as Model,
          real: { connection, commandId, key, runs: {}, leases: {}, slots: [] } as Real,
        }),
        commands,
      )
    }),
    { numRuns: histories, seed, endOnFailure: process.env['TEST_SEED'] === undefined },
  )
})
