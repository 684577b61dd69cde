/** The request budget, statement by statement. Time passes by moving the row's times back. */
import { randomUUID } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import {
  acquireSlot,
  type Block,
  type BudgetLimits,
  blockBudget,
  forgetBudgetLimits,
  type LearnedFacts,
  releaseSlot,
  renewSlot,
} from '../../../db/sync/organization-budgets.repo.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())

let key: { dataCenter: string; organizationId: string }
beforeEach(() => {
  key = { dataCenter: 'us', organizationId: randomUUID() }
})

const slotSeconds = 40
const wide: BudgetLimits = {
  perMinute: 1_000,
  minuteMs: 60_000,
  maxInFlight: 1_000,
  slotSeconds,
  dayReserve: { requests: 0, share: 0 },
}

const acquire = (limits: Partial<BudgetLimits> = {}) => acquireSlot(test.db, key, { ...wide, ...limits })
const slot = async (limits: Partial<BudgetLimits> = {}): Promise<string> => {
  const acquired = await acquire(limits)
  if (!('slot' in acquired)) throw new Error(`refused: ${acquired.refusal}`)
  return acquired.slot
}
const nothingLearned: LearnedFacts = { dayLimit: null, dayRemaining: null, dayResetSeconds: null }
const release = (given: string, facts: Partial<LearnedFacts> = {}, wellAnswered = true) =>
  releaseSlot(test.db, key, given, { slotSeconds, facts: { ...nothingLearned, ...facts }, wellAnswered })
const block = (change: Partial<Block> = {}) =>
  blockBudget(test.db, key, {
    code: 'zoho_minute_limit',
    seconds: 60,
    maxSeconds: 900,
    retryAfterSeconds: null,
    untilDayReset: false,
    ...change,
  })
const set = (change: RawBuilder<unknown>) =>
  sql`update organization_budgets set ${change} where zoho_organization_id = ${key.organizationId}`.execute(
    test.db,
  )
const row = () =>
  test.db
    .selectFrom('organization_budgets')
    .selectAll()
    .select([
      sql<number>`extract(epoch from blocked_until - clock_timestamp())::float8`.as('blocked_seconds'),
      sql<number>`(select extract(epoch from clock_timestamp() - max(at))::float8 from unnest(request_times) at)`.as(
        'last_request_seconds',
      ),
    ])
    .where('zoho_organization_id', '=', key.organizationId)
    .executeTakeFirstOrThrow()

/** As if everything had happened so many seconds earlier. */
const pass = (seconds: number) =>
  set(sql`request_times = array(select at - make_interval(secs => ${seconds}) from unnest(request_times) at),
    in_flight_until = array(select at - make_interval(secs => ${seconds}) from unnest(in_flight_until) at),
    blocked_until = blocked_until - make_interval(secs => ${seconds}),
    day_resets_at = day_resets_at - make_interval(secs => ${seconds})`)

describe('the minute', () => {
  it('grants exactly the limit, and says when the oldest request will be a minute old', async () => {
    const two = { perMinute: 2 }
    await slot(two)
    await pass(20)
    await slot(two)
    const refused = await acquire(two)
    expect(refused).toMatchObject({ refusal: 'zoho_minute_limit', blockedByZoho: false })
    if (!('waitMs' in refused)) throw new Error('granted')
    expect(refused.waitMs).toBeGreaterThan(35_000)
    expect(refused.waitMs).toBeLessThanOrEqual(40_000)
    await pass(30)
    expect(await acquire(two)).toMatchObject({ refusal: 'zoho_minute_limit' })
    await pass(11)
    expect(await acquire(two)).toHaveProperty('slot')
  })

  it('a refused request is not counted', async () => {
    await slot({ perMinute: 1 })
    await acquire({ perMinute: 1 })
    const { request_times, in_flight_until } = await row()
    expect([request_times.length, in_flight_until.length]).toEqual([1, 1])
  })

  it('counts a request from its answer on, because nobody knows when Zoho saw it', async () => {
    const one = { perMinute: 1 }
    const given = await slot(one)
    const answeredAt = 30
    await sql`update organization_budgets set request_times = array[${given}::timestamptz - interval '30 seconds'],
      in_flight_until = array[${given}::timestamptz + make_interval(secs => ${slotSeconds - answeredAt})]
      where zoho_organization_id = ${key.organizationId}`.execute(test.db)
    const { rows } = await sql<{ at: string }>`select request_times[1]::text as at from organization_budgets
      where zoho_organization_id = ${key.organizationId}`.execute(test.db)
    await release(rows[0]?.at ?? '')
    const after = await row()
    expect(after.request_times).toHaveLength(1)
    expect(after.last_request_seconds).toBeLessThan(20)
    expect(after.in_flight_until).toEqual([])
    await pass(40)
    expect(await acquire(one)).toMatchObject({ refusal: 'zoho_minute_limit' })
  })

  it('keeps no times where the minute has no limit', async () => {
    await slot({ perMinute: null })
    expect((await row()).request_times).toEqual([])
  })
})

describe('calls in flight', () => {
  it('are as many as allowed, and a slot that nobody gave back is free after its time', async () => {
    const two = { maxInFlight: 2 }
    const given = await slot(two)
    await slot(two)
    expect(await acquire(two)).toMatchObject({ refusal: 'zoho_concurrency_limit', retryAt: null })
    await release(given)
    await slot(two)
    expect(await acquire(two)).toMatchObject({ refusal: 'zoho_concurrency_limit' })
    await pass(slotSeconds + 1)
    expect(await acquire(two)).toHaveProperty('slot')
  })

  it('are held for as long as their requests are under way, and for no longer', async () => {
    const one = { maxInFlight: 1 }
    const given = await slot(one)
    const heldUntil = async () => {
      const { rows } = await sql<{
        at: string
      }>`select in_flight_until[1]::text as at from organization_budgets
        where zoho_organization_id = ${key.organizationId}`.execute(test.db)
      return rows[0]?.at
    }
    for (let renewals = 0; renewals < 3; renewals += 1) {
      await pass(slotSeconds - 10)
      const renewed = await renewSlot(test.db, key, given, { slotSeconds, heldUntil: await heldUntil() })
      expect(renewed).toBe(await heldUntil())
      expect(await acquire(one)).toMatchObject({ refusal: 'zoho_concurrency_limit' })
    }
    const until = await heldUntil()
    await releaseSlot(test.db, key, given, {
      slotSeconds,
      heldUntil: until,
      facts: nothingLearned,
      wellAnswered: true,
    })
    // One that was given back, or ran out, is not taken again by a late renewal.
    expect(await renewSlot(test.db, key, given, { slotSeconds, heldUntil: until })).toBeUndefined()
    expect((await row()).in_flight_until).toEqual([])
    expect(await acquire(one)).toHaveProperty('slot')
  })

  it('are one fewer after Zoho refused so many, at least one, and one more after ten quiet minutes', async () => {
    const slots = [await slot(), await slot(), await slot()]
    await block({ code: 'zoho_concurrency_limit', seconds: 1, maxSeconds: 1 })
    expect((await row()).max_in_flight).toBe(2)
    for (const given of slots.slice(0, 2)) await release(given)
    expect((await row()).max_in_flight).toBe(2)
    await pass(300)
    await slot({ maxInFlight: 5 })
    const second = await slot({ maxInFlight: 5 })
    expect(await acquire({ maxInFlight: 5 })).toMatchObject({ refusal: 'zoho_concurrency_limit' })
    await release(second)
    expect((await row()).max_in_flight).toBe(2)
    await pass(400)
    await release(await slot())
    expect((await row()).max_in_flight).toBe(3)
    await set(sql`in_flight_until = '{}'`)
    await block({ code: 'zoho_concurrency_limit' })
    expect((await row()).max_in_flight).toBe(1)
  })
})

describe('the day', () => {
  const learned = { dayLimit: 1_000, dayRemaining: 51, dayResetSeconds: 3_600 }

  it('keeps the reserve: a number, or a share where that is more', async () => {
    await release(await slot(), learned)
    await slot({ dayReserve: { requests: 20, share: 0.05 } })
    expect((await row()).day_remaining).toBe(50)
    expect(await acquire({ dayReserve: { requests: 20, share: 0.05 } })).toMatchObject({
      refusal: 'zoho_day_limit',
      retryAt: (await row()).day_resets_at,
    })
    await slot({ dayReserve: { requests: 49, share: 0 } })
    expect(await acquire({ dayReserve: { requests: 49, share: 0 } })).toMatchObject({
      refusal: 'zoho_day_limit',
    })
    expect(await acquire({ dayReserve: { requests: 0, share: 0 } })).toHaveProperty('slot')
  })

  it('is over when it is over, whatever was left of it', async () => {
    await release(await slot(), { ...learned, dayRemaining: 0 })
    expect(await acquire()).toMatchObject({ refusal: 'zoho_day_limit' })
    await pass(3_601)
    expect(await acquire()).toHaveProperty('slot')
  })

  it('does not count twice what Zoho has not seen yet: other calls in flight come off its number', async () => {
    const given = await slot()
    await slot()
    await slot()
    await release(given, learned)
    expect((await row()).day_remaining).toBe(49)
  })

  it('of a limit that Zoho called used up nothing is left until its reset', async () => {
    await release(await slot(), learned)
    const until = await block({ code: 'zoho_day_limit', untilDayReset: true })
    const after = await row()
    expect(after.day_remaining).toBe(0)
    expect(until).toEqual(after.day_resets_at)
  })
})

describe('a block', () => {
  it('keeps everybody away until its end, and says that it is Zoho’s', async () => {
    await slot()
    const until = await block()
    expect(await acquire()).toMatchObject({
      refusal: 'zoho_minute_limit',
      blockedByZoho: true,
      retryAt: until,
    })
    await pass(50)
    expect(await acquire()).toMatchObject({ refusal: 'zoho_minute_limit' })
    await pass(26)
    expect(await acquire()).toHaveProperty('slot')
  })

  it('is never shortened by a later answer', async () => {
    await slot()
    const until = await block({ seconds: 600 })
    expect(await block({ seconds: 1, maxSeconds: 1 })).toEqual(until)
    expect(await block({ retryAfterSeconds: 1 })).toEqual(until)
  })

  it('lasts as long as Zoho said', async () => {
    await slot()
    await block({ retryAfterSeconds: 333 })
    const { blocked_seconds: seconds } = await row()
    expect(seconds).toBeGreaterThan(320)
    expect(seconds).toBeLessThanOrEqual(333)
  })

  it('doubles with each in a row up to a longest, and begins anew after a good answer', async () => {
    const given = await slot()
    const seconds: number[] = []
    for (let times = 0; times < 6; times += 1) {
      await block()
      seconds.push((await row()).blocked_seconds)
      await set(sql`blocked_until = clock_timestamp()`)
    }
    for (const [at, atLeast] of [60, 120, 240, 480, 900, 900].entries()) {
      expect(seconds[at]).toBeGreaterThan(atLeast - 5)
      expect(seconds[at]).toBeLessThanOrEqual(atLeast * 1.25)
    }
    await release(given, {}, false)
    expect((await row()).blocked_times).toBe(6)
    await release(await slot())
    expect((await row()).blocked_times).toBe(0)
  })

  it('of requests that were refused together is one', async () => {
    await slot()
    await block()
    await block()
    const { blocked_times: times, blocked_seconds: seconds } = await row()
    expect(times).toBe(1)
    expect(seconds).toBeLessThanOrEqual(75)
  })

  it('is gone with all that Zoho said when a person has it forgotten, but not our own count', async () => {
    await release(await slot(), { dayLimit: 10, dayRemaining: 0, dayResetSeconds: 3_600 })
    await block({ code: 'zoho_concurrency_limit' })
    await test.db.transaction().execute((trx) => forgetBudgetLimits(trx, key))
    expect(await row()).toMatchObject({
      blocked_until: null,
      blocked_code: null,
      blocked_times: 0,
      max_in_flight: null,
      day_limit: null,
      day_remaining: null,
      day_resets_at: null,
    })
    expect(await acquire({ perMinute: 1 })).toMatchObject({ refusal: 'zoho_minute_limit' })
    expect(await acquire()).toHaveProperty('slot')
  })
})
