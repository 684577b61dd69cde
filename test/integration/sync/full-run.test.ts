import { sql } from 'kysely'
import { reassessStagedInvoices } from '../../../src/invoices/reassess.ts'
import { syncConnection } from '../../../src/sync/sync-connection.ts'
import { countryAlpha2 } from '../../../src/values/country.ts'
import { writeTime } from '../../../src/zoho/values.ts'
import { afterAnswer } from '../../support/after-answer.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { waitFor } from '../../support/wait-for.ts'
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
  test = await createTestDatabase()
  simulator = await startSimulator({ invoices: 0 })
  ctx = createTestContext({
    db: test.db,
    simulator: {
      url: simulator.url,
      clientId: SIMULATOR_CLIENT_ID,
      clientSecret: SIMULATOR_CLIENT_SECRET,
    },
    config: { zoho: { requestsPerMinute: 1_000_000 } },
  })
})
afterEach(() => simulator.control.clearRules())
afterAll(async () => {
  await simulator.close()
  await test.drop()
})

/** A context whose pages are this small. */
const withPagesOf = (perPage: number, more: { jobLockSeconds?: number } = {}): TestContext => ({
  ...ctx,
  config: { ...ctx.config, ...more, zoho: { ...ctx.config.zoho, perPage } },
})

const books = async (invoices: number, own: TestContext = ctx) => {
  const organizationId = simulator.control.addOrganization({ invoices })
  const connection = await connectTo(own, simulator, organizationId)
  const match = { path: '/invoices', query: { organization_id: organizationId } }
  return { organizationId, connection, match, id: connection.id }
}

const truthOf = (organizationId: string) =>
  simulator.control
    .unpaidTruth(organizationId)
    .map((invoice) => invoice.invoiceId)
    .sort()

const openIds = async (id: string) => (await openOf(test.db, id)).map((row) => row.zoho_invoice_id)

/** What Zoho serves, read without any of our code. */
const listRaw = async (organizationId: string): Promise<Map<string, Record<string, unknown>>> => {
  const { accessToken } = simulator.control.grant()
  const rows = new Map<string, Record<string, unknown>>()
  for (let page = 1, more = true; more; page += 1) {
    const query = `organization_id=${organizationId}&filter_by=Status.Unpaid&sort_order=A&page=${page}`
    const answer = await fetch(`${simulator.url}/books/v3/invoices?${query}`, {
      headers: { authorization: `Zoho-oauthtoken ${accessToken}` },
    })
    const body = (await answer.json()) as {
      invoices: Record<string, unknown>[]
      page_context: { has_more_page: boolean }
    }
    for (const invoice of body.invoices) rows.set(String(invoice['invoice_id']), invoice)
    more = body.page_context.has_more_page
  }
  return rows
}

it('says of each invoice of a page what an assessment of its row alone says', async () => {
  const { id } = await books(600)
  await syncNow(ctx, id, 'full')
  const judgements = async () =>
    (await openOf(test.db, id)).map((row) => ({
      id: row.zoho_invoice_id,
      blockers: row.blockers,
      warnings: row.warnings,
      days: [row.eligible_from, row.eligible_until],
    }))
  const staged = await judgements()
  await test.db
    .updateTable('staged_invoices')
    .set({ policy_version: 'another' })
    .where('connection_id', '=', id)
    .execute()
  expect(await reassessStagedInvoices(ctx)).toBe(staged.length)
  expect(await judgements()).toEqual(staged)
  expect(new Set(staged.map(({ warnings }) => JSON.stringify(warnings))).size).toBeGreaterThan(10)
})

const orNull = (value: unknown) => (typeof value === 'string' && value.trim() !== '' ? value.trim() : null)

it('2,000 staged invoices equal what Zoho serves, field by field', async () => {
  const { organizationId, id } = await books(2_000)
  expect(await settle(ctx, id)).toEqual([])
  const raw = await listRaw(organizationId)
  const open = await openOf(test.db, id)
  const { organization_currency_code: baseCurrency } = await reload(test.db, id)
  expect(open).toHaveLength(2_000)
  expect(raw.size).toBe(2_000)
  const differences = open.flatMap((row) => {
    const invoice = raw.get(row.zoho_invoice_id) ?? {}
    const address = (invoice['billing_address'] ?? {}) as Record<string, unknown>
    const street = [orNull(address['address']), orNull(address['street2'])].filter((part) => part !== null)
    const country = orNull(address['country'])
    const expected = {
      creditor_reference: orNull(invoice['invoice_number']),
      invoice_date: orNull(invoice['date']),
      due_date: orNull(invoice['due_date']),
      amount: Number(invoice['balance']),
      currency_code: orNull(invoice['currency_code']),
      debtor_name: orNull(invoice['customer_name']),
      debtor_email: orNull(invoice['email']),
      debtor_phone: orNull(invoice['phone']) ?? orNull(address['phone']),
      debtor_address: street.length === 0 ? null : street.join(', '),
      debtor_city: orNull(address['city']),
      debtor_zip_code: orNull(address['zipcode']),
      debtor_country: country,
      debtor_country_alpha2: country === null ? null : countryAlpha2(country),
      claim_description: orNull(invoice['reference_number']),
      zoho_customer_id: orNull(invoice['customer_id']),
      zoho_status: invoice['status'],
      rate: invoice['currency_code'] === baseCurrency ? null : String(invoice['exchange_rate']),
      zoho_modified_at: Date.parse(String(invoice['last_modified_time']).replace(/(\d\d)$/, ':$1')),
    }
    const actual = {
      ...Object.fromEntries(Object.keys(expected).map((key) => [key, row[key as keyof typeof row]])),
      rate: row.base_rate === null ? null : String(Number(row.base_rate)),
      amount: Number(row.amount_to_recover),
      zoho_modified_at: row.zoho_modified_at?.getTime(),
    }
    return JSON.stringify(actual) === JSON.stringify({ ...expected, ...{} }) ? [] : [{ actual, expected }]
  })
  expect(differences.slice(0, 3)).toEqual([])
  const states = new Set(
    open.filter((row) => row.debtor_country_alpha2 === 'US').map((row) => row.debtor_state),
  )
  expect(states.size).toBeGreaterThan(2)
  for (const state of states) expect(state ?? 'NY').toMatch(/^[A-Z]{2}$/)

  const [run] = await runsOf(test.db, id)
  expect(run).toMatchObject({
    kind: 'full',
    trigger: 'connected',
    state: 'completed',
    rows_new: 2_000,
    total: 2_000,
  })
  const after = await reload(test.db, id)
  expect(after.proven_at).toEqual(run?.first_request_at)
  expect(after.watermark).toEqual(run?.zoho_started_at)
  expect(after.next_sync_at?.getTime()).toBeGreaterThan(Date.now())
})

it('a second run over unchanged books touches no row', async () => {
  const { id } = await books(450)
  await settle(ctx, id)
  const versions = async () =>
    (
      await sql<{ id: string; version: string }>`
        select zoho_invoice_id as id, xmin::text || ctid::text as version from staged_invoices
        where connection_id = ${id} order by 1`.execute(test.db)
    ).rows
  const before = await versions()
  const provenBefore = (await reload(test.db, id)).proven_at
  await syncNow(ctx, id, 'full')
  expect(await versions()).toEqual(before)
  const [, second] = await runsOf(test.db, id)
  expect(second).toMatchObject({ state: 'completed', rows_new: 0, rows_changed: 0, rows_unchanged: 450 })
  expect((await reload(test.db, id)).proven_at?.getTime()).toBeGreaterThanOrEqual(
    provenBefore?.getTime() ?? 0,
  )
})

it('the same invoice twice in a listing is staged once', async () => {
  const { organizationId, id } = await books(120)
  simulator.control.setSwitches({ duplicateRows: true })
  expect(await settle(ctx, id)).toEqual([])
  simulator.control.setSwitches({ duplicateRows: false })
  expect(await openIds(id)).toEqual(truthOf(organizationId))
})

it('of an invoice that stands in a page twice, the newest row counts, whichever comes first', async () => {
  const { organizationId, id } = await books(2)
  const [one = '', other = ''] = truthOf(organizationId)
  // Both say that they are the first.
  simulator.control.setRaw(other, {
    list: { invoice_id: one, last_modified_time: '2020-01-01T00:00:00+0000', reference_number: 'older' },
  })
  simulator.control.setRaw(one, { list: { reference_number: 'newer' } })
  await settle(ctx, id)
  expect(await stagedOf(test.db, id)).toMatchObject([{ zoho_invoice_id: one, claim_description: 'newer' }])
  simulator.control.setRaw(other, {
    list: { invoice_id: one, last_modified_time: writeTime(new Date()), reference_number: 'newest' },
  })
  await syncNow(ctx, id, 'full')
  expect(await stagedOf(test.db, id)).toMatchObject([{ zoho_invoice_id: one, claim_description: 'newest' }])
})

it('asks for every page by time of creation: nothing that is changed meanwhile moves a row to another page', async () => {
  const own = withPagesOf(3)
  const { id, match } = await books(7, own)
  await settle(own, id)
  const asked = simulator.control.requests(match)
  expect(asked.length).toBeGreaterThan(2)
  for (const { query } of asked) expect(query).toMatchObject({ sort_column: 'created_time' })
})

it('of two rows that were set aside, the one that is readable again is settled by an incremental run', async () => {
  const { organizationId, id } = await books(4)
  const [mended = '', broken = ''] = truthOf(organizationId)
  for (const one of [mended, broken]) simulator.control.setRaw(one, { list: { balance: 'a lot' } })
  await settle(ctx, id)
  simulator.control.setRaw(mended, { list: null })
  for (const one of [mended, broken]) simulator.control.edit(one, { reference_number: 'PO 1' })
  await syncNow(ctx, id, 'incremental')
  const aside = await test.db
    .selectFrom('set_aside_rows')
    .select(['zoho_invoice_id', 'resolved_at'])
    .where('connection_id', '=', id)
    .execute()
  expect(new Map(aside.map((row) => [row.zoho_invoice_id, row.resolved_at !== null]))).toEqual(
    new Map([
      [mended, true],
      [broken, false],
    ]),
  )
  simulator.control.setRaw(broken, { list: null })
})

it('a row that cannot be read is set aside with its reasons, the others go on, and it is settled once readable', async () => {
  const { organizationId, id } = await books(5)
  const [broken = ''] = truthOf(organizationId)
  simulator.control.setRaw(broken, { list: { balance: 'a lot' } })
  expect(await settle(ctx, id)).toEqual([])
  expect(await openIds(id)).toEqual(truthOf(organizationId).slice(1))
  const aside = () =>
    test.db.selectFrom('set_aside_rows').selectAll().where('connection_id', '=', id).execute()
  expect(await aside()).toMatchObject([{ zoho_invoice_id: broken, resolved_at: null }])
  expect((await aside())[0]?.problems).toMatchObject([{ path: 'balance' }])
  expect((await runsOf(test.db, id))[0]).toMatchObject({ state: 'completed', rows_set_aside: 1 })

  simulator.control.setRaw(broken, { list: null })
  await syncNow(ctx, id, 'full')
  expect(await openIds(id)).toEqual(truthOf(organizationId))
  expect((await aside())[0]?.resolved_at).toBeInstanceOf(Date)
})

it('a staged invoice that becomes unreadable is held by a blocker, and freed when it can be read again', async () => {
  const { organizationId, id } = await books(3)
  await settle(ctx, id)
  const [broken = ''] = truthOf(organizationId)
  simulator.control.setRaw(broken, { list: { balance: {} }, detail: { balance: {} } })
  await syncNow(ctx, id, 'full')
  const row = async () => (await stagedOf(test.db, id)).find((one) => one.zoho_invoice_id === broken)
  expect(await row()).toMatchObject({
    state: 'open',
    unreadable: true,
    eligible_from: null,
    blockers: [{ code: 'status_unknown' }],
  })
  simulator.control.setRaw(broken, { list: null, detail: null })
  await syncNow(ctx, id, 'full')
  expect(await row()).toMatchObject({ unreadable: false, blockers: [] })
})

describe('invoices that a full run does not see', () => {
  it('and that are unpaid all the same slid over the end of a page: another run looks once more', async () => {
    const own = withPagesOf(4)
    const { organizationId, id, match } = await books(12, own)
    await settle(own, id)
    const [seen = '', skipped = ''] = truthOf(organizationId)
    simulator.control.setRaw(skipped, { list: { invoice_id: seen } })
    const later = simulator.control.requests(match).length
    await makeDue(test.db, id, { kind: 'full' })
    await attempt(own, id)
    simulator.control.setRaw(skipped, { list: null })
    await settle(own, id, { impatient: true })
    expect(simulator.control.requests(match).length).toBeGreaterThan(later)
    const [, disturbed, again] = await runsOf(test.db, id)
    expect(disturbed).toMatchObject({ kind: 'full', disturbed: true })
    expect(again).toMatchObject({ kind: 'full', trigger: 'rearmed' })
    expect(await openIds(id)).toEqual(truthOf(organizationId))
  })

  it('are told apart: paid, void, draft, and deleted, which only its own answer tells', async () => {
    const { organizationId, id } = await books(8)
    await settle(ctx, id)
    const gone = truthOf(organizationId).slice(0, 4)
    const [paid = '', voided = '', drafted = '', deleted = ''] = gone
    simulator.control.pay(paid)
    simulator.control.void(voided)
    simulator.control.toDraft(drafted)
    simulator.control.delete(deleted)
    await syncNow(ctx, id, 'full')
    const states = new Map((await stagedOf(test.db, id)).map((row) => [row.zoho_invoice_id, row.state]))
    expect(gone.map((one) => states.get(one))).toEqual(['paid', 'void', 'removed', 'removed'])
    expect(simulator.control.requests({ path: `/invoices/${deleted}$` })).toHaveLength(1)
    expect(await openIds(id)).toEqual(truthOf(organizationId))
  })

  it('many at once are settled by the list of changes, not by a call for each', async () => {
    const own = withPagesOf(50)
    const { organizationId, id, match } = await books(120, own)
    await settle(own, id)
    for (const invoice of truthOf(organizationId).slice(0, 40)) simulator.control.pay(invoice)
    simulator.control.clearLog()
    await syncNow(own, id, 'full')
    expect(await openIds(id)).toEqual(truthOf(organizationId))
    expect(simulator.control.requests(match).length).toBeLessThan(12)
  })

  it.each([
    ['a 404 that is a page of HTML', 'html404' as const],
    ['an error of the gateway', 'html502' as const],
    ['an empty body', 'empty' as const],
    ['a cut-off body', 'truncate' as const],
    ['a 200 with another code', { code: 1002, message: 'gone' }],
    ['a 404 with another code', { status: 404, body: { code: 5, message: 'Invalid URL Passed' } }],
  ])('%s closes none of them', async (_, action) => {
    const { organizationId, id } = await books(3)
    await settle(ctx, id)
    const [hidden = ''] = truthOf(organizationId)
    // The list loses an invoice that is still unpaid; its detail answers badly.
    simulator.control.fail({
      match: { path: '/invoices$', query: { organization_id: organizationId } },
      times: 0,
      action: { patch: { invoices: [], page_context: { has_more_page: false } } },
    })
    simulator.control.fail({ match: { path: `/invoices/${hidden}` }, times: 0, action })
    await makeDue(test.db, id, { kind: 'full' })
    expect(await attempt(ctx, id)).not.toBeNull()
    expect(await openIds(id)).toEqual(truthOf(organizationId))

    simulator.control.clearRules()
    await settle(ctx, id, { impatient: true })
    expect(await openIds(id)).toEqual(truthOf(organizationId))
  })
})

it.each([
  ['more pages after an empty one', 'hasMoreOnEmptyPage' as const, 1],
  ['the same page twice', 'samePageTwice' as const, 1],
  ['a list without end', 'endlessPages' as const, 0],
  ['a page that was not asked for', { patch: { page_context: { page: 7 } } }, 1],
  ['HTML', 'html502' as const, 1],
  ['an empty body', 'empty' as const, 1],
  ['a 200 with a code', { code: 9, message: 'no' }, 1],
])('%s: the run stops, closes nothing, and ends right once Zoho behaves', async (_, action, after) => {
  const own = withPagesOf(3)
  const { organizationId, id, match } = await books(10, own)
  await settle(own, id)
  const rule = simulator.control.fail({ match, after, times: 0, action })
  await makeDue(test.db, id, { kind: 'full' })
  expect(await attempt(own, id)).toMatch(/^zoho_(answer_invalid|unavailable)$/)
  expect(await openIds(id)).toEqual(truthOf(organizationId))
  expect(await reload(test.db, id)).toMatchObject({ state: 'error', sync_failures: 1 })

  simulator.control.removeRule(rule)
  await settle(own, id, { impatient: true })
  expect(await openIds(id)).toEqual(truthOf(organizationId))
  expect(await reload(test.db, id)).toMatchObject({ state: 'active', sync_failures: 0, problem_code: null })
})

describe('a list that shrinks while it is walked', () => {
  const expectRunAgain = async (id: string, organizationId: string) => {
    const runs = await runsOf(test.db, id)
    expect(runs.map((run) => [run.trigger, run.disturbed])).toEqual([
      ['connected', true],
      ['rearmed', false],
    ])
    expect(await openIds(id)).toEqual(truthOf(organizationId))
  }

  it('the first load arms another full run at once, and the skipped invoice is found', async () => {
    const own = withPagesOf(4)
    const { organizationId, id, match } = await books(12, own)
    const [first = ''] = truthOf(organizationId)
    // Paid after its page was read: everything behind slides up by one, and one invoice is on no page.
    simulator.control.before(match, 2, () => {
      simulator.control.pay(first)
      simulator.control.advanceClock(10_000)
    })
    await settle(own, id)
    await expectRunAgain(id, organizationId)
  })

  it.each([
    ['its last page is still there', 12],
    ['its last page is gone', 9],
  ])('so does a first load from whose list an invoice was deleted, and %s', async (_, invoices) => {
    const own = withPagesOf(4)
    const { organizationId, id, match } = await books(invoices, own)
    const [first = ''] = truthOf(organizationId)
    simulator.control.before(match, 2, () => simulator.control.delete(first))
    await settle(own, id)
    await expectRunAgain(id, organizationId)
  })

  it('it is not repeated for ever when the books never rest', async () => {
    const own = withPagesOf(3)
    const { organizationId, id, match } = await books(30, own)
    const payOne = (): void => {
      const [next] = truthOf(organizationId)
      if (next !== undefined) simulator.control.pay(next)
      simulator.control.before(match, 3, payOne)
    }
    simulator.control.before(match, 2, payOne)
    await settle(own, id)
    const runs = await runsOf(test.db, id)
    expect(runs.length).toBeGreaterThan(1)
    expect(runs.length).toBeLessThanOrEqual(4)
    expect(runs.every((run) => run.state === 'completed')).toBe(true)
  })
})

describe('a worker that stops in the middle', () => {
  it('another goes on from the last page as soon as the lease has run out', async () => {
    const own = withPagesOf(2)
    const { organizationId, id, match } = await books(10, own)
    // The worker "dies": its request never comes back, and its promise is left alone.
    simulator.control.fail({
      match: { ...match, query: { ...match.query, page: '4' } },
      times: 1,
      action: 'hang',
    })
    const dying = new AbortController()
    const dead = syncConnection(own, id, { signal: dying.signal })
    await settleUntilPage(id, 4)
    const asked = simulator.control.requests(match).length
    expect(await attempt(own, id)).toBeNull()
    expect((await runsOf(test.db, id))[0]?.next_page).toBe(4)

    await sql`update sync_runs set lease_until = now() - interval '1 second' where connection_id = ${id}`.execute(
      test.db,
    )
    expect(await settle(own, id)).toEqual([])
    const [run] = await runsOf(test.db, id)
    expect(run).toMatchObject({ state: 'completed', rows_new: 10, attempts: 2 })
    expect(await openIds(id)).toEqual(truthOf(organizationId))
    const pages = simulator.control
      .requests(match)
      .slice(asked)
      .filter((request) => request.query['filter_by'] === 'Status.Unpaid')
      .map((request) => request.query['page'])
    expect(pages).not.toContain('1')
    dying.abort()
    await dead
  })

  it('a worker keeps its lease however long Zoho takes to answer', async () => {
    const own = withPagesOf(2, { jobLockSeconds: 2 })
    const { organizationId, id, match } = await books(6, own)
    simulator.control.fail({
      match: { ...match, query: { ...match.query, page: '2' } },
      times: 1,
      action: { delayMs: 3_000 },
    })
    let over = false
    const working = attempt(own, id).finally(() => {
      over = true
    })
    await settleUntilPage(id, 2)
    // Others look for work all the while.
    while (!over) expect(await attempt(own, id)).toBeNull()
    expect(await working).toBeNull()
    const [run] = await runsOf(test.db, id)
    expect(run).toMatchObject({ state: 'completed', attempts: 1 })
    expect(await openIds(id)).toEqual(truthOf(organizationId))
  })

  it('a worker whose event loop is blocked for half of its lease is not taken for dead', async () => {
    const own = withPagesOf(2, { jobLockSeconds: 3 })
    const { id, match } = await books(8, own)
    const block = (): void => {
      const until = performance.now() + 1_500
      while (performance.now() < until);
    }
    for (const page of [2, 4]) simulator.control.before(match, page, block)
    let over = false
    const working = attempt(own, id).finally(() => {
      over = true
    })
    while (!over) expect(await attempt(own, id)).toBeNull()
    expect(await working).toBeNull()
    const [run] = await runsOf(test.db, id)
    expect(run).toMatchObject({ state: 'completed', attempts: 1 })
  })

  it('a worker that lost its lease writes nothing more and says so quietly', async () => {
    const own = withPagesOf(2)
    const { id } = await books(8, own)
    const before: unknown[] = []
    const losing = afterAnswer(own, 'listInvoices', 3, async () => {
      await sql`update sync_runs set lease_token = gen_random_uuid() where connection_id = ${id}`.execute(
        test.db,
      )
      before.push(await runsOf(test.db, id), await stagedOf(test.db, id))
    })
    expect(await attempt(losing, id)).toBeNull()
    expect([await runsOf(test.db, id), await stagedOf(test.db, id)]).toEqual(before)
    const [run] = await runsOf(test.db, id)
    expect(run?.state).toBe('running')
    expect((await stagedOf(test.db, id)).length).toBeLessThan(8)
  })

  it('a shutdown ends the slice after the page in hand and leaves the run due', async () => {
    const own = withPagesOf(2)
    const { organizationId, id, match } = await books(10, own)
    const shutdown = new AbortController()
    simulator.control.before(match, 3, () => shutdown.abort())
    await syncConnection(own, id, { signal: shutdown.signal })
    const [run] = await runsOf(test.db, id)
    expect(run).toMatchObject({ state: 'running', lease_token: null })
    // The second page was being stored while the third was asked for.
    expect([3, 4]).toContain(run?.next_page)
    expect(await stagedOf(test.db, id)).toHaveLength(((run?.next_page ?? 0) - 1) * 2)
    expect((await reload(test.db, id)).next_sync_at?.getTime()).toBeLessThanOrEqual(Date.now())
    await settle(own, id)
    expect(await openIds(id)).toEqual(truthOf(organizationId))
  })
})

const settleUntilPage = (id: string, page: number) =>
  waitFor(`page ${page}`, async () => ((await runsOf(test.db, id))[0]?.next_page ?? 0) >= page, {
    everyMs: 10,
  })

it('works in slices: after 20 pages it yields and is nudged on', async () => {
  const own = withPagesOf(2)
  const { organizationId, id } = await books(100, own)
  simulator.control.setLatency(400)
  const before = ctx.nudged.length
  expect(await attempt(own, id)).toBeNull()
  simulator.control.setLatency(0)
  const [run] = await runsOf(test.db, id)
  expect(run).toMatchObject({ state: 'running', lease_token: null })
  expect(run?.next_page).toBeGreaterThanOrEqual(20)
  expect(run?.next_page).toBeLessThan(30)
  expect(ctx.nudged.slice(before)).toEqual([{ job: 'sync-connection', id }])
  await settle(own, id)
  expect(await openIds(id)).toEqual(truthOf(organizationId))
})
