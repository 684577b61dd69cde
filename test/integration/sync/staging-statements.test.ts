/** Which answer of Zoho's a staged row keeps, statement by statement. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Trx } from '../../../db/core/database.ts'
import {
  encodeRows,
  findMissing,
  findStaged,
  holdUnreadable,
  proveStaged,
  removeStaged,
  type StagedRow,
  stageOne,
  stagePageRows,
} from '../../../db/sync/staged-invoices.repo.ts'
import { claimSlice, type LeasedRun } from '../../../db/sync/sync-runs.repo.ts'
import { unreadable } from '../../../src/sync/unreadable.ts'
import { aConnection, type BuiltConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { waitingForLocks } from '../../support/forced-order.ts'
import { anInvoice } from '../../support/invoices.ts'

let test: TestDatabase
let connection: BuiltConnection
let run: LeasedRun
let nextPage: number
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())
beforeEach(async () => {
  const ctx = createTestContext({ db: test.db })
  connection = await aConnection(ctx, { nextSyncAt: new Date(0), nextSyncKind: 'full' })
  const claimed = await claimSlice(test.db, connection.id, { lockSeconds: 30 })
  if (claimed === undefined) throw new Error('nothing to claim')
  run = claimed.run
  nextPage = 1
})

const target = () => ({
  connectionId: connection.id,
  clientId: connection.client_id,
  organizationId: connection.zoho_organization_id,
  policyVersion: '1',
  baseCurrency: null,
})

interface Said {
  readonly amount?: string
  readonly state?: StagedRow['state']
  /** Minutes from now, by Zoho. */
  readonly modified?: number
  readonly paymentInProgress?: boolean
  readonly id?: string
}
const id = '1'
const minutes = (from: number) => new Date(Date.now() + from * 60_000)
const base = -1_000

const rowOf = ({
  amount = '100',
  state = 'open',
  modified = base,
  paymentInProgress = false,
  id: zohoInvoiceId = id,
}: Said): StagedRow => ({
  invoice: anInvoice({ zohoInvoiceId, amountToRecover: amount, paymentInProgress }),
  state,
  contentHash: `${amount} ${state} ${paymentInProgress} ${modified}`,
  debtorHash: null,
  baseRate: null,
  baseRateSource: null,
  modifiedAt: new Date(Math.round(minutes(modified).getTime() / 60_000) * 60_000),
  blockers: [],
  warnings: [],
  eligibleFrom: '2026-05-01',
  eligibleUntil: null,
})

/** The database's time, so many milliseconds from now. */
const databaseTime = async (milliseconds = 0): Promise<Date> => {
  const { rows } = await sql<{
    t: Date
  }>`select clock_timestamp() + make_interval(secs => ${milliseconds / 1000}) as t`.execute(test.db)
  return rows[0]?.t ?? new Date(0)
}
const askedEarlier = () => databaseTime(-60_000)
const askedLater = () => databaseTime(1_000)

const byId = async (said: Said, askedAt: Date, db: Db | Trx = test.db) =>
  stageOne(db, target(), rowOf(said), { requestedAt: askedAt, zohoTime: null })
const byList = async (said: Said, askedAt: Date, lease = run.lease_token, db: Db | Trx = test.db) => {
  const page = nextPage
  nextPage += 1
  return stagePageRows(db, target(), {
    runId: run.id,
    leaseToken: lease,
    lockSeconds: 30,
    page,
    hasMore: true,
    rows: encodeRows([rowOf(said)]),
    rowsRead: 1,
    rowsSetAside: 0,
    requestedAt: askedAt,
    observedAt: null,
    total: null,
    disturbed: false,
    notify: false,
  })
}
const staged = (zohoInvoiceId = id) =>
  test.db
    .selectFrom('staged_invoices')
    .selectAll()
    .where('connection_id', '=', connection.id)
    .where('zoho_invoice_id', '=', zohoInvoiceId)
    .executeTakeFirst()
const amount = async () => (await staged())?.amount_to_recover
const doubtful = async () => {
  const pages = await test.db
    .selectFrom('sync_pages')
    .select('doubtful_ids')
    .where('run_id', '=', run.id)
    .orderBy('page')
    .execute()
  return pages.at(-1)?.doubtful_ids
}

describe('a list', () => {
  beforeEach(async () => byId({ amount: '100' }, await askedEarlier()))

  it('that is newer by Zoho’s modified time replaces the row, whenever it was asked for', async () => {
    await byList({ amount: '200', modified: base + 1 }, await databaseTime(-90_000))
    expect(await amount()).toBe('200')
  })

  it('that is older does not, although it was asked for later: a list may lag behind; the run looks at it by id', async () => {
    expect(await byList({ amount: '200', modified: base - 1 }, await askedLater())).toMatchObject({
      created: 0,
      changed: 0,
    })
    expect(await amount()).toBe('100')
    expect(await doubtful()).toEqual([id])
  })

  it('of the same modified time replaces the row when it was asked for later, and not when before', async () => {
    await byList({ amount: '200' }, await databaseTime(-90_000))
    expect(await amount()).toBe('100')
    await byList({ amount: '300' }, await databaseTime(-30_000))
    expect(await amount()).toBe('300')
  })

  it('with a modified time that cannot be replaces what was written before it was asked for, and nothing else', async () => {
    await byList({ amount: '200', modified: 10 }, await askedEarlier())
    expect(await amount()).toBe('100')
    await byList({ amount: '200', modified: 10 }, await askedLater())
    expect(await staged()).toMatchObject({ amount_to_recover: '200', zoho_modified_at: null })
    await byList({ amount: '300', modified: base + 5 }, await askedEarlier())
    expect(await amount()).toBe('200')
  })

  it('is believed to be up to five minutes ahead', async () => {
    await byList({ amount: '200', modified: 4 }, await askedEarlier())
    expect(await staged()).toMatchObject({ amount_to_recover: '200', zoho_modified_at: expect.any(Date) })
  })

  it('that says nothing new writes nothing', async () => {
    const known = await staged()
    expect(await byList({ amount: '100' }, await askedLater())).toMatchObject({
      created: 0,
      changed: 0,
      closed: 0,
    })
    expect(await staged()).toEqual(known)
  })

  it('closes a row, once', async () => {
    expect(await byList({ state: 'paid', modified: base + 1 }, await askedLater())).toMatchObject({
      closed: 1,
    })
    expect(
      await byList({ state: 'paid', amount: '1', modified: base + 2 }, await askedLater()),
    ).toMatchObject({
      closed: 0,
    })
    expect(await staged()).toMatchObject({ state: 'paid' })
  })

  it('makes a row readable again that it gives in a form that can be read', async () => {
    await holdUnreadable(test.db, connection.id, [id], unreadable)
    expect(await staged()).toMatchObject({ unreadable: true, eligible_from: null })
    await byList({ amount: '100' }, await askedLater())
    expect(await staged()).toMatchObject({ unreadable: false, blockers: [] })
  })

  it('stages no invoice that is not unpaid and was never staged', async () => {
    expect(await byList({ id: '2', state: 'paid' }, await askedLater())).toMatchObject({
      created: 0,
      closed: 0,
    })
    expect(await staged('2')).toBeUndefined()
  })
})

describe('an answer by id', () => {
  it('that was asked for after the row was written is taken as it is, however old its modified time', async () => {
    await byList({ amount: '100' }, await askedEarlier())
    await byId({ amount: '200', modified: base - 9 }, await askedLater())
    expect(await amount()).toBe('200')
  })

  it('that was asked for before is put in order by Zoho’s modified time', async () => {
    await byList({ amount: '100' }, await databaseTime(-30_000))
    await byId({ amount: '200', modified: base - 1 }, await askedEarlier())
    expect(await amount()).toBe('100')
    await byId({ amount: '300', modified: base + 1 }, await askedEarlier())
    expect(await amount()).toBe('300')
  })

  it('is a look at the row; a list that changes the row later is none', async () => {
    const askedAt = await askedEarlier()
    await byId({}, askedAt)
    expect((await staged())?.looked_at).toEqual(askedAt)
    await byList({ amount: '200', modified: base + 1 }, await askedLater())
    expect((await staged())?.looked_at).toBeNull()
  })

  it.each([
    ['has ended', { state: 'disconnected' as const }],
    ['turned to another organization', { zoho_organization_id: 'another' }],
  ])('writes nothing when the connection %s', async (_what, change) => {
    const of = target()
    await test.db.updateTable('connections').set(change).where('id', '=', connection.id).execute()
    await stageOne(test.db, of, rowOf({}), { requestedAt: await askedLater(), zohoTime: null })
    expect(await staged()).toBeUndefined()
  })

  it('of an invoice that is gone removes the row, once', async () => {
    await byList({}, await askedEarlier())
    const askedAt = await askedLater()
    expect(await removeStaged(test.db, connection.id, id, askedAt)).toBe(true)
    expect(await removeStaged(test.db, connection.id, id, askedAt)).toBe(false)
    expect(await staged()).toMatchObject({ state: 'removed', proven_at: askedAt })
  })
})

describe('a look that finds all as it was', () => {
  const prove = async (known: Said, askedAt: Date) => {
    const row = await findStaged(test.db, connection.id, id)
    if (row === undefined) throw new Error('not staged')
    const { state, contentHash } = rowOf(known)
    await proveStaged(
      test.db,
      connection.id,
      { ...row, state, contentHash },
      { requestedAt: askedAt, zohoTime: null },
    )
  }
  beforeEach(async () => byList({}, await askedEarlier()))

  it('makes the proof younger, and never older', async () => {
    const later = await askedLater()
    await prove({}, later)
    expect(await staged()).toMatchObject({ looked_at: later, proven_at: later })
    await prove({}, await askedEarlier())
    expect(await staged()).toMatchObject({ looked_at: later, proven_at: later })
  })

  it.each<[string, Said]>([
    ['its content', { amount: '200' }],
    ['its state', { state: 'paid' }],
  ])('proves nothing of a row that changed %s meanwhile', async (_what, known) => {
    await prove(known, await askedLater())
    expect((await staged())?.looked_at).toBeNull()
  })

  it('proves nothing of a row whose content is the same and whose state is not', async () => {
    await sql`update staged_invoices set state = 'paid' where connection_id = ${connection.id}`.execute(
      test.db,
    )
    await prove({}, await askedLater())
    expect((await staged())?.looked_at).toBeNull()
  })

  it('proves nothing of a row that cannot be read by now', async () => {
    await holdUnreadable(test.db, connection.id, [id], unreadable)
    await prove({}, await askedLater())
    expect((await staged())?.looked_at).toBeNull()
  })
})

it('a closed row is not held as unreadable: nothing would free it again', async () => {
  await byList({}, await askedEarlier())
  await byList({ state: 'paid', modified: base + 1 }, await askedLater())
  await holdUnreadable(test.db, connection.id, [id], unreadable)
  expect(await staged()).toMatchObject({ unreadable: false })
})

describe('of two workers that write one new invoice', () => {
  const inOrder = async (first: (trx: Trx) => Promise<unknown>, second: () => Promise<unknown>) => {
    const trx = await test.db.startTransaction().execute()
    await first(trx)
    const coming = second()
    await waitingForLocks(test, 1).finally(() => trx.commit().execute())
    await coming
  }

  it('the one with the newer invoice wins, also when it is the first', async () => {
    const asked = await askedEarlier()
    await inOrder(
      (trx) => byId({ amount: '200', modified: base + 1 }, asked, trx),
      () => byList({ amount: '100' }, asked),
    )
    expect(await amount()).toBe('200')
  })

  it('the one with the newer invoice wins when it is the second', async () => {
    const asked = await askedEarlier()
    await inOrder(
      (trx) => byId({ amount: '200' }, asked, trx),
      () => byList({ amount: '300', modified: base + 1 }, asked),
    )
    expect(await amount()).toBe('300')
  })
})

describe('a full run reads by id', () => {
  const missing = async (since: Date) =>
    findMissing(test.db, { connectionId: connection.id, runId: run.id, since, limit: 10 })

  it('the open invoices that no page had, and those that a page contradicted without replacing them', async () => {
    for (const one of ['a', 'b', 'c', 'd']) await byId({ id: one }, await askedEarlier())
    await sql`update staged_invoices set state = 'paid' where zoho_invoice_id = 'd'`.execute(test.db)
    const since = await databaseTime()
    await byList({ id: 'a' }, await askedLater())
    await byList({ id: 'c', amount: '5', modified: base - 1 }, await askedLater())
    expect(await missing(since)).toEqual(['b', 'c'])
    // a closed one that a page still lists as unpaid
    await byList({ id: 'd', modified: base - 1 }, await askedLater())
    expect(await missing(since)).toEqual(['b', 'c', 'd'])
    await byId({ id: 'b', amount: '7' }, await askedLater())
    expect(await missing(since)).toEqual(['c', 'd'])
  })
})

describe('a worker whose lease was taken', () => {
  it('stores no page, and no checkpoint', async () => {
    expect(await byList({}, await askedLater(), randomUUID())).toBeNull()
    expect(await staged()).toBeUndefined()
    const { next_page: page, rows_read: read } = await test.db
      .selectFrom('sync_runs')
      .selectAll()
      .where('id', '=', run.id)
      .executeTakeFirstOrThrow()
    expect([page, read]).toEqual([1, 0])
    expect(await test.db.selectFrom('sync_pages').selectAll().where('run_id', '=', run.id).execute()).toEqual(
      [],
    )
  })

  it('or whose run was ended stores none either', async () => {
    await sql`update sync_runs set state = 'cancelled' where id = ${run.id}`.execute(test.db)
    expect(await byList({}, await askedLater())).toBeNull()
    expect(await staged()).toBeUndefined()
  })
})

it('a page moves the checkpoint, prolongs the lease, and keeps the times of the first page', async () => {
  const first = await askedEarlier()
  await byList({}, first)
  await byList({ id: '2' }, await askedLater())
  const { rows } = await sql<{
    next_page: number
    rows_read: number
    rows_new: number
    first: Date
    left: number
  }>`
    select next_page, rows_read, rows_new, first_request_at as first, extract(epoch from lease_until - now())::float8 as left
    from sync_runs where id = ${run.id}`.execute(test.db)
  expect(rows[0]).toMatchObject({ next_page: 3, rows_read: 2, rows_new: 2, first })
  expect(rows[0]?.left).toBeGreaterThan(20)
})
