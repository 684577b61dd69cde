import { sql } from 'kysely'
import { armSync } from '../../../db/connections/sync-schedule.repo.ts'
import { cancelRuns } from '../../../db/sync/sync-runs.repo.ts'
import { AppError } from '../../../src/errors.ts'
import { requestSync } from '../../../src/sync/request-sync.ts'
import { syncConnection, syncFailed } from '../../../src/sync/sync-connection.ts'
import { afterAnswer } from '../../support/after-answer.ts'
import { aConnection } from '../../support/builders.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import {
  SIMULATOR_CLIENT_ID,
  SIMULATOR_CLIENT_SECRET,
  type Simulator,
  startSimulator,
} from '../../zoho-simulator/index.ts'
import { attempt, connectTo, makeDue, openOf, reload, runsOf, settle, stagedOf, syncNow } from './support.ts'

let test: TestDatabase
let simulator: Simulator
let ctx: TestContext

beforeAll(async () => {
  test = await createTestDatabase({ poolSize: 10 })
  simulator = await startSimulator({ invoices: 0 })
  ctx = createTestContext({
    db: test.db,
    simulator: {
      url: simulator.url,
      clientId: SIMULATOR_CLIENT_ID,
      clientSecret: SIMULATOR_CLIENT_SECRET,
    },
    config: { zoho: { requestsPerMinute: 1_000_000, perPage: 3 } },
  })
})
afterEach(() => simulator.control.clearRules())
afterAll(async () => {
  await simulator.close()
  await test.drop()
})

const books = async (invoices: number) => {
  const organizationId = simulator.control.addOrganization({ invoices })
  const connection = await connectTo(ctx, simulator, organizationId)
  const match = { path: '/invoices', query: { organization_id: organizationId } }
  return { organizationId, connection, id: connection.id, clientId: connection.client_id, match }
}

const ask = (clientId: string, kind?: 'full' | 'incremental') =>
  requestSync(ctx, { clientId, subject: 'user-1', ip: '127.0.0.1', kind })

const secondsUntil = (time: Date | null) => ((time?.getTime() ?? 0) - Date.now()) / 1000

describe('the schedule', () => {
  it('goes on with incremental runs, and with a full one when its time has come', async () => {
    const { id } = await books(2)
    await settle(ctx, id)
    const first = await reload(test.db, id)
    expect(secondsUntil(first.next_sync_at)).toBeGreaterThan(0.85 * ctx.config.syncIntervalSeconds)
    expect(secondsUntil(first.next_sync_at)).toBeLessThan(1.15 * ctx.config.syncIntervalSeconds)
    expect(secondsUntil(first.next_full_sync_at)).toBeGreaterThan(0.85 * ctx.config.fullSyncIntervalSeconds)

    await makeDue(test.db, id)
    await settle(ctx, id)
    await sql`update connections set next_full_sync_at = now(), next_sync_at = now() where id = ${id}`.execute(
      test.db,
    )
    await settle(ctx, id)
    const kinds = (await runsOf(test.db, id)).map((run) => [run.kind, run.trigger])
    expect(kinds).toEqual([
      ['full', 'connected'],
      ['incremental', 'schedule'],
      ['full', 'schedule'],
    ])
  })

  it('is spread, so that connections made together do not stay together', async () => {
    const times = new Set<number>()
    for (let at = 0; at < 4; at += 1) {
      const { id } = await books(0)
      await settle(ctx, id)
      times.add(Math.round(secondsUntil((await reload(test.db, id)).next_sync_at)))
    }
    expect(times.size).toBeGreaterThan(1)
  })

  it('what is not due is left alone, and so is what is paused, gone, or waits for a reconnect', async () => {
    const { id } = await books(1)
    await settle(ctx, id)
    await syncConnection(ctx, id)
    expect(await runsOf(test.db, id)).toHaveLength(1)
    for (const state of ['paused', 'reconnect_required', 'disconnected'] as const) {
      const connection = await aConnection(ctx, { state, nextSyncAt: new Date(0) })
      await syncConnection(ctx, connection.id)
      expect(await runsOf(test.db, connection.id)).toEqual([])
    }
  })
})

describe('“Sync now”', () => {
  it('starts a run at once and names it', async () => {
    const { id, clientId } = await books(2)
    await settle(ctx, id)
    const { runId } = await ask(clientId, 'full')
    expect(ctx.nudged.at(-1)).toEqual({ job: 'sync-connection', id })
    await settle(ctx, id)
    const run = (await runsOf(test.db, id)).at(-1)
    expect(run).toMatchObject({ id: runId, kind: 'full', trigger: 'manual', state: 'completed' })
  })

  it('is an incremental run when nothing else is said and no full one is due', async () => {
    const { id, clientId } = await books(1)
    await settle(ctx, id)
    await ask(clientId)
    await settle(ctx, id)
    expect((await runsOf(test.db, id)).at(-1)).toMatchObject({ kind: 'incremental', trigger: 'manual' })
  })

  it('names the run under way, and what was paid behind its back is seen by the run that follows', async () => {
    const { organizationId, id, clientId, match } = await books(9)
    await settle(ctx, id)
    const [invoice = ''] = simulator.control.unpaidTruth(organizationId).map((one) => one.invoiceId)
    let answer: Promise<{ runId: string }> | undefined
    simulator.control.before(match, 3, () => {
      simulator.control.pay(invoice)
      answer = ask(clientId)
    })
    await makeDue(test.db, id, { kind: 'full' })
    await settle(ctx, id)
    const runs = await runsOf(test.db, id)
    expect((await answer)?.runId).toBe(runs[1]?.id)
    expect(runs.length).toBeGreaterThan(2)
    expect(runs.every((run) => run.state === 'completed')).toBe(true)
    expect((await stagedOf(test.db, id)).find((row) => row.zoho_invoice_id === invoice)?.state).toBe('paid')
    expect((await reload(test.db, id)).sync_again_kind).toBeNull()
  })

  it('asked ten times at once, it is one run', async () => {
    const { id, clientId } = await books(1)
    await settle(ctx, id)
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(clientId)))
    expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1)
    expect((await runsOf(test.db, id)).map((run) => run.id).slice(1)).toEqual([answers[0]?.runId])
  })

  it('says why it cannot', async () => {
    await expect(ask('nobody')).rejects.toMatchObject({ code: 'not_connected' })
    const paused = await aConnection(ctx, { state: 'paused' })
    await expect(ask(paused.client_id)).rejects.toMatchObject({ code: 'connection_paused' })
    const dead = await aConnection(ctx, { state: 'reconnect_required' })
    await expect(ask(dead.client_id)).rejects.toMatchObject({ code: 'reconnect_required' })
  })
})

it('an event that arrives during a run is carried out after it', async () => {
  const { id, match } = await books(4)
  await settle(ctx, id)
  let armed: Promise<void> = Promise.resolve()
  simulator.control.before(match, 1, () => {
    armed = test.db.transaction().execute((trx) => armSync(trx, id, { kind: 'full', trigger: 'webhook' }))
  })
  await makeDue(test.db, id, { kind: 'incremental' })
  await settle(ctx, id)
  await armed
  await settle(ctx, id)
  expect((await runsOf(test.db, id)).at(-1)).toMatchObject({
    kind: 'full',
    trigger: 'webhook',
    state: 'completed',
  })
})

describe('a sync that keeps failing', () => {
  it('backs off further each time, says why, and recovers by itself', async () => {
    const { organizationId, id, match } = await books(5)
    await settle(ctx, id)
    const rule = simulator.control.fail({ match, times: 0, action: 'html502' })
    const pauses: number[] = []
    await makeDue(test.db, id, { kind: 'full' })
    for (let times = 0; times < 4; times += 1) {
      await makeDue(test.db, id)
      expect(await attempt(ctx, id)).toBe('zoho_unavailable')
      pauses.push(secondsUntil((await reload(test.db, id)).next_sync_at))
    }
    expect(pauses[0]).toBeGreaterThan(20)
    expect(pauses[0]).toBeLessThan(40)
    expect(pauses[3]).toBeGreaterThan(4 * 30)
    for (const [at, pause] of pauses.entries()) expect(pause).toBeGreaterThan(pauses[at - 1] ?? 0)
    expect(await reload(test.db, id)).toMatchObject({
      state: 'error',
      problem_code: 'zoho_unavailable',
      sync_failures: 4,
    })

    simulator.control.removeRule(rule)
    await makeDue(test.db, id)
    await settle(ctx, id)
    expect(await reload(test.db, id)).toMatchObject({ state: 'active', problem_code: null, sync_failures: 0 })
    expect(await openOf(test.db, id)).toHaveLength(simulator.control.unpaidTruth(organizationId).length)
  })

  it('while the queue still retries, nothing is shown and the run keeps its page', async () => {
    const { id, match } = await books(9)
    simulator.control.fail({ match, after: 2, times: 1, action: 'reset' })
    expect(await attempt(ctx, id, { last: false })).toBe('zoho_unavailable')
    expect(await reload(test.db, id)).toMatchObject({ state: 'active', problem_code: null, sync_failures: 0 })
    const [run] = await runsOf(test.db, id)
    expect(run).toMatchObject({
      state: 'running',
      next_page: 3,
      lease_token: null,
      error_code: 'zoho_unavailable',
    })
    await settle(ctx, id)
    expect(await runsOf(test.db, id)).toMatchObject([{ state: 'completed', error_code: null, rows_new: 9 }])
  })

  it('what only a person can fix gives the run up, and is still looked at later', async () => {
    const { id, match } = await books(1)
    simulator.control.fail({
      match,
      times: 0,
      action: { status: 400, body: { code: 6041, message: 'not associated' } },
    })
    expect(await attempt(ctx, id)).toBe('zoho_organization_gone')
    expect((await runsOf(test.db, id))[0]).toMatchObject({
      state: 'failed',
      error_code: 'zoho_organization_gone',
    })
    const after = await reload(test.db, id)
    expect(after).toMatchObject({ state: 'error', problem_code: 'zoho_organization_gone' })
    expect(secondsUntil(after.next_sync_at)).toBeGreaterThan(1_800)
    simulator.control.clearRules()
    await syncNow(ctx, id, 'full')
    expect(await reload(test.db, id)).toMatchObject({ state: 'active', problem_code: null })
  })

  it('a run that fails five times in a row is given up, and the next one starts anew', async () => {
    const { id, match } = await books(7)
    simulator.control.fail({ match, after: 1, times: 5, action: 'truncate' })
    for (let times = 0; times < 5; times += 1) {
      await makeDue(test.db, id)
      await attempt(ctx, id)
    }
    await makeDue(test.db, id)
    await settle(ctx, id)
    const runs = await runsOf(test.db, id)
    expect(runs.map((run) => run.state)).toEqual(['failed', 'completed'])
    expect(await openOf(test.db, id)).toHaveLength(7)
  })

  it('an error that says when to come back is a delay, not a failure', async () => {
    const { id } = await books(1)
    const retryAt = new Date(Date.now() + 600_000)
    await syncFailed(ctx, id, new AppError('zoho_token_throttled', { retryAt }), { last: true })
    expect(await reload(test.db, id)).toMatchObject({
      state: 'active',
      sync_failures: 0,
      delayed_code: 'zoho_token_throttled',
      delayed_until: retryAt,
      next_sync_at: retryAt,
    })
  })
})

it('a run that is cancelled under its worker stages nothing more', async () => {
  const { id } = await books(12)
  const cancelling = afterAnswer(ctx, 'listInvoices', 3, () =>
    test.db.transaction().execute(async (trx) => {
      await cancelRuns(trx, id)
      await sql`delete from staged_invoices where connection_id = ${id}`.execute(trx)
    }),
  )
  expect(await attempt(cancelling, id)).toBeNull()
  expect(await stagedOf(test.db, id)).toEqual([])
  expect(await runsOf(test.db, id)).toMatchObject([{ state: 'cancelled' }])
})

it('many workers at once: one run, one lease, every invoice once', async () => {
  const { organizationId, id } = await books(40)
  for (let round = 0; round < 4; round += 1)
    await Promise.all(Array.from({ length: 8 }, () => attempt(ctx, id)))
  await settle(ctx, id)
  expect(await runsOf(test.db, id)).toMatchObject([{ state: 'completed', rows_read: 40 }])
  expect(await openOf(test.db, id)).toHaveLength(simulator.control.unpaidTruth(organizationId).length)
})
