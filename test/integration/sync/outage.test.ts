/** Zoho is down for a while: all wait, one looks, and its first good answer brings all back within seconds. */
import { sql } from 'kysely'
import { caseFollowFailed } from '../../../src/cases/follow-cases.ts'
import { disconnect } from '../../../src/connections/disconnect.ts'
import { AppError, toAppError } from '../../../src/errors.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { getAccessToken } from '../../../src/tokens/get-access-token.ts'
import { refreshAccessToken, tokenRefreshFailed } from '../../../src/tokens/refresh-access-token.ts'
import { revokeToken, tokenRevocationFailed } from '../../../src/tokens/revoke-token.ts'
import { aCommandRow } from '../../support/command-rows.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { simulatedContext } from '../../support/simulated-zoho.ts'
import { passTime, tokenRow } from '../../support/token-rows.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { attempt, connectTo, makeDue, openOf, reload } from './support.ts'

let database: TestDatabase
let simulator: Simulator
let ctx: TestContext
let logged: string[]

beforeAll(async () => {
  simulator = await startSimulator({ invoices: 0, dataCenters: ['sim'], switches: { throttleTokens: false } })
})
beforeEach(async () => {
  database = await createTestDatabase({ poolSize: 8 })
  logged = []
  const destination = { write: (line: string) => void logged.push(line) }
  ctx = simulatedContext(database.db, simulator, { log: createLogger({ level: 'info', destination }) })
})
afterEach(async () => {
  simulator.control.clearRules()
  await database.drop()
})
afterAll(() => simulator.close())

const down = (path: string) =>
  simulator.control.fail({ match: { path }, times: 0, action: { status: 503, body: 'down' } })
const booksDown = () => down('^/books/')
const accountsDown = () => down('/oauth/v2/token')

const connections = async (count: number, expiresInSeconds = 3600) => {
  const ids: string[] = []
  for (let at = 0; at < count; at += 1) {
    const organizationId = simulator.control.addOrganization({ invoices: 2 })
    ids.push((await connectTo(ctx, simulator, organizationId, { expiresInSeconds })).id)
  }
  return ids
}

/** Lets time pass for outages: their times are Postgres'. */
const outageSince = async (seconds: number) => {
  await sql`update zoho_outages set since = now() - make_interval(secs => ${seconds})`.execute(database.db)
}
const outages = () => database.db.selectFrom('zoho_outages').select(['data_center', 'service']).execute()

const secondsUntil = (time: Date | null) =>
  ((time?.getTime() ?? Number.POSITIVE_INFINITY) - Date.now()) / 1000
const untilSync = async (id: string) => secondsUntil((await reload(database.db, id)).next_sync_at)

const failOften = async (ids: readonly string[], code: string, times: number) => {
  for (let time = 0; time < times; time += 1)
    for (const id of ids) {
      await makeDue(database.db, id)
      expect(await attempt(ctx, id)).toBe(code)
    }
}

const expectSpread = (seconds: readonly number[]) => {
  expect(Math.max(...seconds)).toBeLessThanOrEqual(6)
  // at once would be a crowd
  expect(Math.max(...seconds) - Math.min(...seconds)).toBeGreaterThan(0.5)
}

it('the Books API was down: one good answer makes all due within seconds, spread', async () => {
  const ids = await connections(12)
  booksDown()
  await failOften(ids, 'zoho_unavailable', 4)
  const waiting = ids.slice(1)
  // 30 s, 1 min, 2 min, 4 min ± a quarter
  for (const id of waiting.slice(1)) expect(await untilSync(id)).toBeGreaterThan(120)
  expect(await outages()).toEqual([{ data_center: 'sim', service: 'books' }])
  await outageSince(600)

  simulator.control.clearRules()
  const [probe = ''] = ids
  await makeDue(database.db, probe)
  expect(await attempt(ctx, probe)).toBeNull()
  expectSpread(await Promise.all(waiting.map(untilSync)))
  expect(await outages()).toEqual([])
  for (const id of waiting) {
    expect((await reload(database.db, id)).waits_for).toBeNull()
    await makeDue(database.db, id)
    expect(await attempt(ctx, id)).toBeNull()
    expect(await openOf(database.db, id)).toHaveLength(2)
    expect(await reload(database.db, id)).toMatchObject({ state: 'active', problem_code: null })
  }
})

it('orders that waited for the Books API are due with the rest', async () => {
  const [probe = '', other = ''] = await connections(2)
  booksDown()
  await failOften([probe, other], 'zoho_unavailable', 1)
  const at = new Date(Date.now() + 300_000)
  const waiting = await aCommandRow(database.db, other, { errorCode: 'zoho_unavailable', nextAttemptAt: at })
  const limited = await aCommandRow(database.db, other, { errorCode: 'zoho_day_limit', nextAttemptAt: at })
  await outageSince(60)
  simulator.control.clearRules()
  await makeDue(database.db, probe)
  await attempt(ctx, probe)
  const rows = await database.db.selectFrom('case_commands').select(['id', 'next_attempt_at']).execute()
  const until = new Map(rows.map((row) => [row.id, secondsUntil(row.next_attempt_at)]))
  expect(until.get(waiting)).toBeLessThanOrEqual(6)
  expect(until.get(limited)).toBeGreaterThan(200)
})

it('cases that waited to be looked after are due with the rest', async () => {
  const [probe = '', other = '', elsewhere = ''] = await connections(3)
  booksDown()
  await failOften([probe, other], 'zoho_unavailable', 1)
  const error = new AppError('zoho_unavailable')
  for (const id of [other, elsewhere]) await caseFollowFailed(ctx, id, error, { last: true })
  await database.db
    .updateTable('connections')
    .set({ data_center: 'eu' })
    .where('id', '=', elsewhere)
    .execute()
  const untilFollow = async (id: string) => secondsUntil((await reload(database.db, id)).next_case_follow_at)
  expect(await untilFollow(other)).toBeGreaterThan(500)
  await outageSince(600)
  simulator.control.clearRules()
  await makeDue(database.db, probe)
  await attempt(ctx, probe)
  expect(await untilFollow(other)).toBeLessThanOrEqual(6)
  expect(await untilFollow(elsewhere)).toBeGreaterThan(500)
})

it('the token endpoint was down: one new token makes all refreshes and syncs due within seconds, spread', async () => {
  const ids = await connections(10, -60)
  accountsDown()
  for (let time = 0; time < 6; time += 1)
    for (const id of ids) {
      await passTime(database.db, 3_600, id)
      await makeDue(database.db, id)
      expect(await attempt(ctx, id)).toBe('zoho_token_unclear')
    }
  const [probe = '', ...waiting] = ids
  for (const id of waiting) expect(await untilSync(id)).toBeGreaterThan(85)
  await outageSince(600)

  simulator.control.clearRules()
  await passTime(database.db, 3_600, probe)
  await getAccessToken(ctx, probe)
  expect(await outages()).toEqual([])
  const refreshes = await Promise.all(
    waiting.map(async (id) => secondsUntil((await tokenRow(database.db, id)).next_refresh_at)),
  )
  const syncs = await Promise.all(waiting.map(untilSync))
  expectSpread(refreshes)
  // its own refresh first, then perhaps a little later the sync
  expectSpread(syncs)
  for (const id of waiting) {
    const { next_refresh_at: refreshAt } = await tokenRow(database.db, id)
    expect((await reload(database.db, id)).next_sync_at?.getTime()).toBeGreaterThanOrEqual(
      refreshAt?.getTime() ?? Number.NaN,
    )
  }
  const connection = await reload(database.db, probe)
  expect(secondsUntil(connection.next_sync_at)).toBeLessThanOrEqual(6)
})

it('grants that wait to be revoked are due with the rest: they could wait for six hours', async () => {
  const [probe = '', left = ''] = await connections(2)
  const { client_id: clientId } = await reload(database.db, left)
  await disconnect(ctx, { clientId, subject: 'user-1', ip: null })
  const { id } = await database.db.selectFrom('token_revocations').select('id').executeTakeFirstOrThrow()
  down('/oauth/v2/')
  for (let time = 0; time < 9; time += 1) {
    const error = toAppError(await revokeToken(ctx, id).catch((thrown: unknown) => thrown))
    expect(error.code).toBe('zoho_unavailable')
    await tokenRevocationFailed(ctx, id, error, { last: true })
  }
  const until = async () => {
    const row = await database.db
      .selectFrom('token_revocations')
      .select('next_attempt_at')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return secondsUntil(row.next_attempt_at)
  }
  expect(await until()).toBeGreaterThan(10_000)
  await outageSince(600)
  simulator.control.clearRules()
  await passTime(database.db, 7_200, probe)
  await getAccessToken(ctx, probe)
  expect(await until()).toBeLessThanOrEqual(6)
})

it('what waits for a limit, for another data centre or for the other service goes on waiting', async () => {
  const [probe = '', limited = '', elsewhere = '', forTokens = ''] = await connections(4)
  const later = new Date(Date.now() + 3_600_000)
  const wait = (id: string, columns: Record<string, unknown>) =>
    database.db
      .updateTable('connections')
      .set({ next_sync_at: later, ...columns })
      .where('id', '=', id)
      .execute()
  await wait(limited, {
    delayed_until: later,
    delayed_code: 'zoho_day_limit',
    problem_code: 'zoho_unavailable',
  })
  await wait(elsewhere, { data_center: 'eu', waits_for: 'books' })
  await wait(forTokens, { waits_for: 'accounts' })
  booksDown()
  await failOften([probe], 'zoho_unavailable', 1)
  await outageSince(600)
  simulator.control.clearRules()
  await makeDue(database.db, probe)
  expect(await attempt(ctx, probe)).toBeNull()
  expect(await outages()).toEqual([])
  for (const id of [limited, elsewhere, forTokens]) expect(await untilSync(id)).toBeGreaterThan(3_500)
})

it('the trouble of one organization among others that are answered wakes nobody, and keeps its pauses', async () => {
  const [well = '', ill = ''] = await connections(2)
  const { zoho_organization_id } = await reload(database.db, ill)
  simulator.control.fail({
    match: { query: { organization_id: zoho_organization_id } },
    times: 0,
    action: { status: 503, body: 'down' },
  })
  for (let time = 0; time < 5; time += 1) {
    await failOften([ill], 'zoho_unavailable', 1)
    await makeDue(database.db, well)
    expect(await attempt(ctx, well)).toBeNull()
  }
  // 30 s, 1, 2, 4, 8 min ± a quarter
  expect(await untilSync(ill)).toBeGreaterThan(350)
})

it('however long it lasts, one of them looks every minute', async () => {
  const ids = await connections(5)
  booksDown()
  await failOften(ids, 'zoho_unavailable', 2)
  await outageSince(600)
  await failOften(ids, 'zoho_unavailable', 5)
  const until = (await Promise.all(ids.map(untilSync))).sort((a, b) => a - b)
  expect(until[0]).toBeLessThanOrEqual(60)
  // the others stay away
  expect(until[1]).toBeGreaterThan(300)
})

it('however long the token endpoint is down, one of them looks every minute and a half', async () => {
  const ids = await connections(5, -60)
  accountsDown()
  const fail = async (id: string) => {
    await passTime(database.db, 3_600, id)
    const error = toAppError(await refreshAccessToken(ctx, id).catch((thrown: unknown) => thrown))
    expect(error.code).toBe('zoho_token_unclear')
    await tokenRefreshFailed(ctx, id, error, { last: true })
  }
  for (const id of ids) await fail(id)
  await outageSince(600)
  for (let time = 0; time < 8; time += 1) for (const id of ids) await fail(id)
  const until = await Promise.all(
    ids.map(async (id) => secondsUntil((await tokenRow(database.db, id)).next_refresh_at)),
  )
  until.sort((a, b) => a - b)
  expect(until[0]).toBeLessThanOrEqual(90)
  expect(until[1]).toBeGreaterThan(500)
})

it('of many good answers at once, one ends the outage', async () => {
  const ids = await connections(6)
  booksDown()
  await failOften(ids, 'zoho_unavailable', 3)
  await outageSince(600)
  simulator.control.clearRules()
  for (const id of ids) await makeDue(database.db, id)
  expect(await Promise.all(ids.map((id) => attempt(ctx, id)))).toEqual(ids.map(() => null))
  expect(logged.filter((line) => line.includes('zoho.outage_over'))).toHaveLength(1)
})
