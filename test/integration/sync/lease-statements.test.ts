/** Leases of runs, statement by statement: who holds one, who may take one, and what is written without one. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { armSync } from '../../../db/connections/sync-schedule.repo.ts'
import type { RunKind } from '../../../db/core/schema.ts'
import {
  claimSlice,
  enterPhase,
  finishRun,
  type LeasedRun,
  noteChecked,
  recordSyncFailure,
  releaseLease,
  yieldSlice,
} from '../../../db/sync/sync-runs.repo.ts'
import { aConnection, type BuiltConnection, type ConnectionOptions } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())

const due = (options: ConnectionOptions = {}): Promise<BuiltConnection> =>
  aConnection(createTestContext({ db: test.db }), {
    nextSyncAt: new Date(0),
    nextSyncKind: 'full',
    watermark: new Date('2026-01-01'),
    ...options,
  })
const claim = ({ id }: { id: string }) => claimSlice(test.db, id, { lockSeconds: 30 })
const claimed = async (connection: BuiltConnection): Promise<LeasedRun> => {
  const slice = await claim(connection)
  if (slice === undefined) throw new Error('nothing to claim')
  return slice.run
}
const runOf = (id: string) =>
  test.db.selectFrom('sync_runs').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const connectionOf = (id: string) =>
  test.db.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const pagesOf = (id: string) =>
  test.db.selectFrom('sync_pages').selectAll().where('run_id', '=', id).execute()
const expireLease = (id: string) =>
  sql`update sync_runs set lease_until = now() - interval '1 second' where id = ${id}`.execute(test.db)
const secondsFromNow = (at: Date | null) => ((at?.getTime() ?? 0) - Date.now()) / 1000

const intervals = { intervalSeconds: 900, fullIntervalSeconds: 86_400, maxRearms: 3, readsDebtors: false }
const failure = {
  code: 'zoho_unavailable',
  giveUpRun: false,
  baseSeconds: 60,
  maxSeconds: 600,
  maxFailures: 5,
  maxRunSeconds: 86_400,
  waitsFor: null,
}

describe('a slice', () => {
  it('is taken by one worker; by another when the lease has run out, who goes on with the same run', async () => {
    const connection = await due()
    const run = await claimed(connection)
    expect(secondsFromNow(run.lease_until)).toBeGreaterThan(20)
    expect(await claim(connection)).toBeUndefined()
    await expireLease(run.id)
    const second = await claimed(connection)
    expect(second).toMatchObject({ id: run.id, attempts: 2 })
    expect(second.lease_token).not.toBe(run.lease_token)
  })

  it.each<[string, ConnectionOptions]>([
    ['is not due yet', { nextSyncAt: new Date(Date.now() + 60_000) }],
    ['is not scheduled', { nextSyncAt: null }],
    ['is paused', { state: 'paused' }],
    ['waits for a new consent', { state: 'reconnect_required' }],
    ['has ended', { state: 'disconnected' }],
  ])('is not taken of a connection that %s', async (_why, options) => {
    const connection = await due(options)
    expect(await claim(connection)).toBeUndefined()
    expect(
      await test.db.selectFrom('sync_runs').where('connection_id', '=', connection.id).selectAll().execute(),
    ).toEqual([])
  })

  it('is taken of one in trouble: that is how it recovers', async () => {
    expect(await claim(await due({ state: 'error' }))).toBeDefined()
  })

  it.each<[string, ConnectionOptions, RunKind]>([
    ['of the kind that was asked for', { nextSyncKind: 'incremental' }, 'incremental'],
    ['full when nothing was asked for and no full one ever came', { nextSyncKind: null }, 'full'],
    ['full when there is no watermark to begin at', { nextSyncKind: 'incremental', watermark: null }, 'full'],
  ])('begins a run %s', async (_which, options, kind) => {
    expect((await claimed(await due(options))).kind).toBe(kind)
  })

  it('begins an incremental run while the next full one is not due', async () => {
    const connection = await due({ nextSyncKind: null })
    await sql`update connections set next_full_sync_at = now() + interval '1 hour' where id = ${connection.id}`.execute(
      test.db,
    )
    expect((await claimed(connection)).kind).toBe('incremental')
  })
})

describe('a worker whose lease another took', () => {
  const steps: Readonly<Record<string, (run: LeasedRun) => Promise<unknown>>> = {
    'enters no phase': (run) => enterPhase(test.db, run, 'checking_missing', { listedPages: 9 }),
    'notes nothing checked': (run) =>
      noteChecked(test.db, run, {
        page: 9,
        ids: ['1'],
        closed: 1,
        setAside: 1,
        disturbed: true,
        lockSeconds: 3_000,
        notify: false,
      }),
    'does not yield': (run) =>
      yieldSlice(test.db, run, {
        at: new Date(Date.now() + 60_000),
        delayedCode: 'zoho_minute_limit',
        progressed: true,
      }),
    'gives nothing back': (run) => releaseLease(test.db, run),
    'does not finish the run': (run) => finishRun(test.db, run, intervals),
  }

  it.each(Object.entries(steps))('%s', async (_what, step) => {
    const connection = await due({ state: 'error' })
    const old = await claimed(connection)
    await expireLease(old.id)
    await claimed(connection)
    const known = [await runOf(old.id), await connectionOf(connection.id), await pagesOf(old.id)]
    await step(old)
    expect([await runOf(old.id), await connectionOf(connection.id), await pagesOf(old.id)]).toEqual(known)
  })

  it.each(Object.entries(steps))('%s when the run was ended, either', async (_what, step) => {
    const connection = await due()
    const run = await claimed(connection)
    await sql`update sync_runs set state = 'cancelled' where id = ${run.id}`.execute(test.db)
    const known = [await runOf(run.id), await connectionOf(connection.id), await pagesOf(run.id)]
    await step(run)
    expect([await runOf(run.id), await connectionOf(connection.id), await pagesOf(run.id)]).toEqual(known)
  })

  it('and who reports a failure does not touch the run of the one who has it', async () => {
    const connection = await due()
    const run = await claimed(connection)
    await recordSyncFailure(test.db, connection.id, { ...failure, giveUpRun: true })
    expect(await runOf(run.id)).toMatchObject({ state: 'running', error_code: null })
  })
})

describe('a failure', () => {
  const failed = async (change: Partial<typeof failure>, connection: BuiltConnection) => {
    await recordSyncFailure(test.db, connection.id, { ...failure, ...change })
    return connectionOf(connection.id)
  }
  const freeRun = async (connection: BuiltConnection) => {
    const run = await claimed(connection)
    await releaseLease(test.db, run)
    return run
  }

  it('is retried after a pause that doubles up to the longest, spread by a quarter; the run stays', async () => {
    const connection = await due()
    const run = await freeRun(connection)
    for (const pause of [60, 120, 240, 480]) {
      const { next_sync_at: at } = await failed({ maxSeconds: 300, maxFailures: 99 }, connection)
      const expected = Math.min(300, pause)
      expect(secondsFromNow(at)).toBeGreaterThan(expected * 0.75 - 5)
      expect(secondsFromNow(at)).toBeLessThan(expected * 1.25 + 5)
    }
    expect(await runOf(run.id)).toMatchObject({ state: 'running', error_code: 'zoho_unavailable' })
    expect(await connectionOf(connection.id)).toMatchObject({
      state: 'error',
      sync_failures: 4,
      problem_code: 'zoho_unavailable',
    })
  })

  it.each<[string, Partial<typeof failure>, 'running' | 'failed']>([
    ['goes on while it failed four times', { maxFailures: 5 }, 'running'],
    ['is given up at the fifth time', { maxFailures: 4 }, 'failed'],
    ['is given up when it cannot go on', { giveUpRun: true }, 'failed'],
    ['is given up when it is too old', { maxRunSeconds: -1 }, 'failed'],
  ])('the run %s', async (_what, change, state) => {
    const connection = await due()
    await sql`update connections set sync_failures = 3 where id = ${connection.id}`.execute(test.db)
    const run = await freeRun(connection)
    await failed(change, connection)
    const after = await runOf(run.id)
    expect([after.state, after.finished_at !== null]).toEqual([state, state === 'failed'])
  })

  it('of a connection that ended, or was paused, does not wake it', async () => {
    const gone = await due({ state: 'disconnected' })
    expect(await failed({}, gone)).toMatchObject({
      state: 'disconnected',
      sync_failures: 0,
      problem_code: null,
    })
    expect(await failed({}, await due({ state: 'paused' }))).toMatchObject({ state: 'paused' })
  })

  it('does not hide that a new consent is needed, and keeps since when a problem lasts', async () => {
    const waiting = await due({ state: 'reconnect_required' })
    await sql`update connections set problem_code = 'reconnect_required' where id = ${waiting.id}`.execute(
      test.db,
    )
    expect((await failed({}, waiting)).problem_code).toBe('reconnect_required')
    const connection = await due()
    const { problem_at: since } = await failed({}, connection)
    expect((await failed({}, connection)).problem_at).toEqual(since)
  })
})

describe('the end of a run', () => {
  const finish = async (connection: BuiltConnection, columns: Record<string, unknown> = {}) => {
    const run = await claimed(connection)
    await test.db
      .updateTable('sync_runs')
      .set({ first_request_at: new Date('2026-03-01'), zoho_started_at: new Date('2026-03-01'), ...columns })
      .where('id', '=', run.id)
      .execute()
    const done = await finishRun(test.db, run, intervals)
    return { done, after: await connectionOf(connection.id) }
  }

  it('of a full one is the new proof and watermark; the next run is due after its interval', async () => {
    const { done, after } = await finish(await due())
    expect(done?.dueNow).toBe(false)
    expect(after).toMatchObject({
      proven_at: new Date('2026-03-01'),
      watermark: new Date('2026-03-01'),
      next_sync_kind: null,
    })
    expect(secondsFromNow(after.next_sync_at)).toBeGreaterThan(900 * 0.9 - 5)
    expect(secondsFromNow(after.next_sync_at)).toBeLessThan(900 * 1.1 + 5)
    expect(secondsFromNow(after.next_full_sync_at)).toBeGreaterThan(86_400 * 0.9 - 5)
  })

  it('leaves the next run due after its interval, spread by a tenth', async () => {
    const waits: number[] = []
    for (let times = 0; times < 12; times += 1)
      waits.push(secondsFromNow((await finish(await due())).after.next_sync_at))
    for (const seconds of waits) {
      expect(seconds).toBeGreaterThan(900 * 0.9 - 5)
      expect(seconds).toBeLessThan(900 * 1.1 + 5)
    }
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(1)
  })

  it('of an incremental one proves nothing', async () => {
    const { after } = await finish(
      await due({ nextSyncKind: 'incremental', provenAt: new Date('2026-02-01') }),
    )
    expect(after).toMatchObject({
      proven_at: new Date('2026-02-01'),
      watermark: new Date('2026-03-01'),
      next_full_sync_at: null,
    })
  })

  it('never moves watermark or proof back', async () => {
    const late = new Date('2026-04-01')
    const { after } = await finish(await due({ watermark: late, provenAt: late }))
    expect(after).toMatchObject({ proven_at: late, watermark: late })
  })

  it('keeps the watermark when no time of Zoho’s could be believed', async () => {
    const { after } = await finish(await due(), { zoho_started_at: null })
    expect(after.watermark).toEqual(new Date('2026-01-01'))
  })

  it('brings what was wished for meanwhile at once, the stronger wish', async () => {
    const connection = await due({ nextSyncKind: 'incremental' })
    const run = await claimed(connection)
    await sql`update connections set sync_again_kind = 'full', sync_again_trigger = 'manual' where id = ${connection.id}`.execute(
      test.db,
    )
    expect(await finishRun(test.db, run, intervals)).toMatchObject({ dueNow: true })
    const after = await connectionOf(connection.id)
    expect(after).toMatchObject({
      next_sync_kind: 'full',
      next_sync_trigger: 'manual',
      sync_again_kind: null,
    })
    expect(secondsFromNow(after.next_sync_at)).toBeLessThanOrEqual(5)
  })

  it('of a disturbed full run brings another, at most three in a row', async () => {
    const connection = await due()
    for (const times of [1, 2, 3]) {
      const { done, after } = await finish(connection, { disturbed: true })
      expect(done?.dueNow).toBe(true)
      expect(after).toMatchObject({
        sync_rearms: times,
        next_sync_kind: 'full',
        next_sync_trigger: 'rearmed',
      })
    }
    const { done, after } = await finish(connection, { disturbed: true })
    expect([done?.dueNow, after.sync_rearms]).toEqual([false, 0])
  })

  it('of a disturbed incremental run brings none', async () => {
    const { done } = await finish(await due({ nextSyncKind: 'incremental' }), { disturbed: true })
    expect(done?.dueNow).toBe(false)
  })

  it('ends the trouble that the connection had', async () => {
    const connection = await due({ state: 'error' })
    await sql`update connections set problem_code = 'zoho_unavailable', sync_failures = 4 where id = ${connection.id}`.execute(
      test.db,
    )
    const { after } = await finish(connection)
    expect(after).toMatchObject({ state: 'active', problem_code: null, sync_failures: 0 })
  })
})

it('a lease that is given back after an error leaves the row to the queue’s next attempt', async () => {
  const connection = await due()
  const run = await claimed(connection)
  await releaseLease(test.db, run)
  expect(await runOf(run.id)).toMatchObject({ state: 'running', lease_token: null, lease_until: null })
  expect((await connectionOf(connection.id)).sync_enqueued_at).not.toBeNull()
})

it('a slice that waits says until when, and one that was interrupted is due at once', async () => {
  const connection = await due()
  const at = new Date(Date.now() + 60_000)
  await yieldSlice(test.db, await claimed(connection), {
    at,
    delayedCode: 'zoho_minute_limit',
    progressed: false,
  })
  expect(await connectionOf(connection.id)).toMatchObject({
    next_sync_at: at,
    delayed_until: at,
    delayed_code: 'zoho_minute_limit',
  })
  await sql`update connections set next_sync_at = now() where id = ${connection.id}`.execute(test.db)
  await yieldSlice(test.db, await claimed(connection), { at: null, delayedCode: null, progressed: true })
  const after = await connectionOf(connection.id)
  expect(after).toMatchObject({ delayed_until: null, delayed_code: null })
  expect(after.next_sync_at).toBeInstanceOf(Date)
  expect(secondsFromNow(after.next_sync_at)).toBeLessThanOrEqual(1)
})

describe('of two wishes the stronger one counts', () => {
  const wish = (id: string, kind: RunKind, options: { anew?: boolean } = {}) =>
    test.db.transaction().execute((trx) => armSync(trx, id, { kind, trigger: 'manual', ...options }))

  it.each<readonly RunKind[]>([
    ['incremental', 'full'],
    ['full', 'incremental'],
  ])('%s, then %s, before the run', async (first, second) => {
    const { id } = await due({ nextSyncAt: null, nextSyncKind: null })
    await wish(id, first)
    await wish(id, second)
    expect((await connectionOf(id)).next_sync_kind).toBe('full')
  })

  it.each<readonly RunKind[]>([
    ['incremental', 'full'],
    ['full', 'incremental'],
  ])('%s, then %s, while an incremental one is under way', async (first, second) => {
    const connection = await due({ nextSyncKind: 'incremental' })
    await claimed(connection)
    await wish(connection.id, first)
    await wish(connection.id, second)
    expect((await connectionOf(connection.id)).sync_again_kind).toBe('full')
  })

  it('while a full one is under way an incremental one will do, unless it has to begin anew', async () => {
    const connection = await due()
    await claimed(connection)
    await wish(connection.id, 'full')
    expect((await connectionOf(connection.id)).sync_again_kind).toBe('incremental')
    await wish(connection.id, 'full', { anew: true })
    expect((await connectionOf(connection.id)).sync_again_kind).toBe('full')
  })
})

it('an unknown lease is nobody’s', async () => {
  const run = await claimed(await due())
  expect(
    await enterPhase(test.db, { ...run, lease_token: randomUUID() }, 'checking_missing', { listedPages: 1 }),
  ).toBeUndefined()
  expect(await enterPhase(test.db, run, 'checking_missing', { listedPages: 1 })).toMatchObject({
    phase: 'checking_missing',
    listed_pages: 1,
  })
})
