import { sql } from 'kysely'
import { claimDueRows, oldestDueSeconds } from '../../../db/jobs/due-rows.repo.ts'
import { createNudge } from '../../../jobs/nudge.ts'
import { createQueues } from '../../../jobs/queues.ts'
import { startWorker } from '../../../jobs/worker.ts'
import { submitCommand } from '../../../src/cases/submit-command.ts'
import type { Ctx } from '../../../src/context.ts'
import { verifyInvariants } from '../../../src/operator/verify-invariants.ts'
import { backends, redisUrls } from '../../support/backends.ts'
import { aClient, aConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { waitFor } from '../../support/wait-for.ts'

/** What the table of due rows says. */
const atOnce = 2
const sweepIntervalSeconds = 0.2

let test: TestDatabase
beforeEach(async () => {
  test = await createTestDatabase()
  await test.db.updateTable('schedules').set({ next_run_at: sql<Date>`now() + interval '1 day'` }).execute()
})
afterEach(() => test.drop())

const connected = async (ctx: Ctx, clientId: string) => {
  await aClient(ctx.db, { id: clientId })
  await aConnection(ctx, { clientId })
}

/** Invoices that nobody knows: each is looked for and judged, and Zoho is not asked. */
const order = (ctx: Ctx, clientId: string, items = 50) =>
  submitCommand(ctx, {
    clientId,
    subject: 'someone',
    selection: { zohoInvoiceIds: Array.from({ length: items }, (_, at) => String(at + 1)) },
    confirmUndisputed: true,
  })

/** Commands of a client that were begun while one of another client waited. */
const begunBefore = async (clientId: string, commandId: string): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from case_commands a join case_commands b on b.id = ${commandId}
    where a.client_id = ${clientId} and a.started_at > b.created_at and a.started_at < b.started_at`.execute(
    test.db,
  )
  return rows[0]?.count ?? -1
}

const allCompleted = async () =>
  (await test.db.selectFrom('case_commands').select('id').where('state', '<>', 'completed').execute())
    .length === 0

describe.each(backends)('on %s', (backend) => {
  it.each([
    // What is in the queue already; a sweep that finds both may put as many in front once more.
    ['nudged', true, atOnce],
    ['found by the sweep alone', false, 2 * atOnce],
  ])('a backlog of one client holds up another by a few of its commands: %s', async (_how, nudged, most) => {
    const base = createTestContext({
      db: test.db,
      config: {
        databaseUrl: test.url,
        redisUrls: redisUrls(backend, 7),
        workerConcurrency: 1,
        sweepIntervalSeconds,
      },
    })
    const queues = createQueues(base.config, base.log)
    const ctx: Ctx = { ...base, nudge: nudged ? createNudge(base, queues) : () => {} }
    await connected(ctx, 'busy')
    await connected(ctx, 'other')
    const worker = startWorker(ctx, queues)
    for (let n = 0; n < 25; n += 1) await order(ctx, 'busy')
    const { id } = await order(ctx, 'other', 1)
    await waitFor('all commands', allCompleted, { timeoutMs: 40_000 })
    await worker.close()
    await queues.close()
    expect(await begunBefore('busy', id)).toBeLessThanOrEqual(most)
  })
})

const claimed = (ownerOf?: string) =>
  claimDueRows(test.db, 'create-cases', {
    limit: 100,
    staleSeconds: 60,
    ...(ownerOf !== undefined && { ownerOf }),
  }).then((rows) => rows.map(({ id }) => id))

describe('whose turn it is', () => {
  let ctx: Ctx
  const commands: string[] = []
  beforeEach(async () => {
    commands.length = 0
    ctx = createTestContext({ db: test.db, config: { databaseUrl: test.url } })
    for (const client of ['a', 'b']) await connected(ctx, client)
    for (let n = 0; n < 5; n += 1) commands.push((await order(ctx, 'a', 1)).id)
  })

  it('the first two commands of a client, in the order in which they came, and no third while those are unfinished', async () => {
    expect((await claimed()).sort()).toEqual(commands.slice(0, 2).sort())
    expect(await claimed()).toEqual([])
    await test.db
      .updateTable('case_commands')
      .set({ lease_until: sql<Date>`now() + interval '1 minute'` })
      .where('id', 'in', commands.slice(0, 2))
      .execute()
    expect(await claimed()).toEqual([])
  })

  it('one that is finished, or waits for a later time, makes room for the next', async () => {
    await claimed()
    await test.db
      .updateTable('case_commands')
      .set({ next_attempt_at: sql<Date>`now() + interval '1 minute'`, enqueued_at: null })
      .where('id', '=', commands[0] ?? '')
      .execute()
    expect(await claimed()).toEqual([commands[2]])
    await test.db
      .updateTable('case_commands')
      .set({ state: 'completed', ineligible: 1, next_attempt_at: null })
      .where('id', '=', commands[1] ?? '')
      .execute()
    expect(await claimed()).toEqual([commands[3]])
  })

  it('a nudge of one client takes only of its own', async () => {
    const { id } = await order(ctx, 'b', 1)
    expect(await claimed(id)).toEqual([id])
    expect((await claimed(commands[4])).sort()).toEqual(commands.slice(0, 2).sort())
  })

  it('several that claim at once do not take more than the turns there are', async () => {
    const taken = await Promise.all(Array.from({ length: 5 }, () => claimed()))
    expect(taken.flat().sort()).toEqual(commands.slice(0, 2).sort())
  })

  it('who waits for its turn is not overdue: neither for the alarm nor for npm run verify', async () => {
    await sql`update case_commands set next_attempt_at = now() - interval '1 hour'`.execute(test.db)
    await claimed()
    await sql`update case_commands set lease_until = now() + interval '1 minute' where enqueued_at is not null`.execute(
      test.db,
    )
    expect((await oldestDueSeconds(test.db)).get('create-cases')).toBe(0)
    expect(await verifyInvariants(test.db, { sweepIntervalSeconds: 5 })).toEqual([])
  })
})
