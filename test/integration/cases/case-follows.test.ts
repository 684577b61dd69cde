/** A case knows what became of its invoice, for as long as it lives. */

import { deleteExpired } from '../../../db/clients/retention.repo.ts'
import { followCases } from '../../../src/cases/follow-cases.ts'
import {
  getBalanceNow,
  getCase,
  listClientCases,
  outstandingValue,
  totalClientCases,
} from '../../../src/cases/get-case.ts'
import { submitCommand } from '../../../src/cases/submit-command.ts'
import { reinstateCase, withdrawCase } from '../../../src/cases/withdraw-case.ts'
import { disconnect } from '../../../src/connections/disconnect.ts'
import { restageInvoice } from '../../../src/sync/restage-invoice.ts'
import type { BuiltConnection } from '../../support/builders.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { waitingForLocks } from '../../support/forced-order.ts'
import { simulatedContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { connectTo, reload, stagedOf, syncNow } from '../sync/support.ts'
import { settle } from './support.ts'

let test: TestDatabase
let simulator: Simulator
let ctx: TestContext
let organizationId: string
let connection: BuiltConnection

beforeAll(async () => {
  test = await createTestDatabase({ poolSize: 10 })
  simulator = await startSimulator({ invoices: 0, switches: { throttleTokens: false } })
})
afterAll(async () => {
  await simulator.close()
  await test.drop()
})
beforeEach(async () => {
  ctx = simulatedContext(test.db, simulator, { config: { zoho: { requestsPerMinute: 1_000_000 } } })
  organizationId = simulator.control.addOrganization({ invoices: 0 })
  connection = await connectTo(ctx, simulator, organizationId)
})

const person = () => ({ clientId: connection.client_id, subject: 'user-1', ip: null })

/** Invoices of the simulator, each with its case. @returns ids of invoice and case, in the same order. */
const casesFor = async (count: number) => {
  const invoiceIds = Array.from({ length: count }, () =>
    simulator.control.addInvoice({ organization_id: organizationId }),
  )
  await syncNow(ctx, connection.id, 'full')
  const { id } = await submitCommand(ctx, {
    ...person(),
    selection: { zohoInvoiceIds: invoiceIds },
    confirmUndisputed: true,
  })
  await settle(ctx, id)
  const { items } = await listClientCases(ctx, connection.client_id, { limit: 100 })
  return invoiceIds.map((invoiceId) => {
    const made = items.find(({ zohoInvoiceId }) => zohoInvoiceId === invoiceId)
    if (made === undefined) throw new Error('no case was made')
    return { invoiceId, caseId: made.id }
  })
}
const aCase = async () => {
  const [made] = await casesFor(1)
  if (made === undefined) throw new Error('no case was made')
  return made
}

const caseNow = (caseId: string) => getCase(ctx, { clientId: connection.client_id, caseId })
const stateOf = async (caseId: string) => {
  const { invoiceState, outstanding, events } = await caseNow(caseId)
  return {
    invoiceState,
    outstanding,
    events: events.map((event) => `${event.type} ${event.invoiceState} ${event.outstanding}`),
  }
}

const hears: readonly [string, (invoiceId: string) => Promise<unknown>][] = [
  ['an incremental run', () => syncNow(ctx, connection.id, 'incremental')],
  ['a full run', () => syncNow(ctx, connection.id, 'full')],
  ['a re-read by id', (id) => restageInvoice(ctx, connection, id, { priority: 'background' })],
]

describe.each(hears)('by %s', (_how, hear) => {
  it('a new case is unpaid, and what a part payment left is outstanding', async () => {
    const { invoiceId, caseId } = await aCase()
    expect(await stateOf(caseId)).toEqual({
      invoiceState: 'unpaid',
      outstanding: '690.00',
      events: ['created unpaid 690.00'],
    })
    simulator.control.pay(invoiceId, '190.00')
    await hear(invoiceId)
    expect(await stateOf(caseId)).toEqual({
      invoiceState: 'partly_paid',
      outstanding: '500.00',
      events: ['created unpaid 690.00', 'invoice_changed partly_paid 500.00'],
    })
    expect((await caseNow(caseId)).amountToRecover).toBe('690.00')
  })

  it.each([
    ['paid', (id: string) => simulator.control.pay(id)],
    ['void', (id: string) => simulator.control.void(id)],
  ] as const)('a case whose invoice is %s says so, with nothing outstanding', async (state, change) => {
    const { invoiceId, caseId } = await aCase()
    change(invoiceId)
    await hear(invoiceId)
    expect(await stateOf(caseId)).toEqual({
      invoiceState: state,
      outstanding: '0.00',
      events: ['created unpaid 690.00', `invoice_changed ${state} 0.00`],
    })
  })
})

it.each([
  ['a full run', () => syncNow(ctx, connection.id, 'full')],
  ['a re-read by id', (id: string) => restageInvoice(ctx, connection, id, { priority: 'background' })],
])('a deleted invoice is removed, by %s', async (_how, hear) => {
  const { invoiceId, caseId } = await aCase()
  simulator.control.delete(invoiceId)
  await hear(invoiceId)
  expect(await stateOf(caseId)).toMatchObject({ invoiceState: 'removed', outstanding: '0.00' })
})

it('hearing the same twice writes no second line', async () => {
  const { invoiceId, caseId } = await aCase()
  simulator.control.pay(invoiceId)
  await syncNow(ctx, connection.id, 'incremental')
  await restageInvoice(ctx, connection, invoiceId, { priority: 'background' })
  await syncNow(ctx, connection.id, 'full')
  expect((await stateOf(caseId)).events).toHaveLength(2)
})

it('retention of staged rows takes nothing from the case, and a payment that is undone is heard', async () => {
  const { invoiceId, caseId } = await aCase()
  simulator.control.pay(invoiceId)
  await syncNow(ctx, connection.id, 'incremental')
  await test.db
    .updateTable('staged_invoices')
    .set({ changed_at: new Date(0) })
    .execute()
  const before = await caseNow(caseId)
  await deleteExpired(test.db, 90)
  expect(await stagedOf(test.db, connection.id)).toEqual([])
  expect(await caseNow(caseId)).toEqual(before)
  expect(before).toMatchObject({ invoiceState: 'paid' })
  simulator.control.unpay(invoiceId)
  await syncNow(ctx, connection.id, 'incremental')
  expect(await stateOf(caseId)).toMatchObject({ invoiceState: 'unpaid', outstanding: '690.00' })
})

describe('while nobody follows', () => {
  it('a case says until when it was followed, and is looked after once the organization is connected again', async () => {
    const made = await casesFor(4)
    const [paid, voided, deleted, same] = made.map(({ caseId }) => caseId)
    await disconnect(ctx, person())
    for (const { caseId } of made) expect((await caseNow(caseId)).followedUntil).not.toBeNull()
    simulator.control.pay(made[0]?.invoiceId ?? '')
    simulator.control.void(made[1]?.invoiceId ?? '')
    simulator.control.delete(made[2]?.invoiceId ?? '')

    const again = await connectTo(ctx, simulator, organizationId, { clientId: connection.client_id })
    await syncNow(ctx, again.id, 'full')
    expect((await reload(test.db, again.id)).next_case_follow_at).not.toBeNull()
    await followCases(ctx, again.id)
    expect(await stateOf(paid ?? '')).toMatchObject({ invoiceState: 'paid', outstanding: '0.00' })
    expect(await stateOf(voided ?? '')).toMatchObject({ invoiceState: 'void' })
    expect(await stateOf(deleted ?? '')).toMatchObject({ invoiceState: 'removed' })
    expect(await stateOf(same ?? '')).toMatchObject({ invoiceState: 'unpaid', outstanding: '690.00' })
    for (const { caseId } of made) expect((await caseNow(caseId)).followedUntil).toBeNull()
    expect((await reload(test.db, again.id)).next_case_follow_at).toBeNull()
  })

  it('a case that was settled before is looked after as well, and one that cannot be read stops none', async () => {
    const made = await casesFor(3)
    const [broken, settled, other] = made
    simulator.control.pay(settled?.invoiceId ?? '')
    await syncNow(ctx, connection.id, 'full')
    await disconnect(ctx, person())
    simulator.control.pay(other?.invoiceId ?? '')
    simulator.control.setRaw(broken?.invoiceId ?? '', { list: { balance: {} }, detail: { balance: {} } })
    const again = await connectTo(ctx, simulator, organizationId, { clientId: connection.client_id })
    await syncNow(ctx, again.id, 'full')
    await followCases(ctx, again.id)
    expect(await stateOf(other?.caseId ?? '')).toMatchObject({ invoiceState: 'paid' })
    for (const one of [settled, other]) expect((await caseNow(one?.caseId ?? '')).followedUntil).toBeNull()
    expect((await reload(test.db, again.id)).next_case_follow_at).toBeNull()
    simulator.control.setRaw(broken?.invoiceId ?? '', { list: null, detail: null })
  })

  it('a grant that Zoho revoked ends it too, until the client reconnects', async () => {
    const [open, settled] = await casesFor(2)
    simulator.control.pay(settled?.invoiceId ?? '')
    await syncNow(ctx, connection.id, 'full')
    const until = async () =>
      Promise.all([open, settled].map(async (one) => (await caseNow(one?.caseId ?? '')).followedUntil))
    await test.db
      .updateTable('connections')
      .set({ state: 'reconnect_required' })
      .where('id', '=', connection.id)
      .execute()
    expect(await until()).toEqual([expect.anything(), expect.anything()])
    await test.db
      .updateTable('connections')
      .set({ state: 'active' })
      .where('id', '=', connection.id)
      .execute()
    await syncNow(ctx, connection.id, 'full')
    await followCases(ctx, connection.id)
    expect(await until()).toEqual([null, null])
  })

  it('another client’s connection to the same organization goes on following', async () => {
    const { caseId, invoiceId } = await aCase()
    const other = await connectTo(ctx, simulator, organizationId)
    await syncNow(ctx, other.id, 'full')
    await disconnect(ctx, person())
    expect((await caseNow(caseId)).followedUntil).toBeNull()
    simulator.control.pay(invoiceId)
    await syncNow(ctx, other.id, 'incremental')
    expect(await stateOf(caseId)).toMatchObject({ invoiceState: 'paid' })
  })

  it('two connections that end at the same moment leave the case unfollowed, not forgotten', async () => {
    const { caseId } = await aCase()
    const other = await connectTo(ctx, simulator, organizationId)
    let endOther = () => {}
    const held = new Promise<void>((go) => {
      endOther = go
    })
    const end = (trx: typeof test.db, id: string) =>
      trx.updateTable('connections').set({ state: 'disconnected' }).where('id', '=', id).execute()
    let ended = () => {}
    const first = new Promise<void>((go) => {
      ended = go
    })
    const a = test.db.transaction().execute(async (trx) => {
      await end(trx, other.id)
      ended()
      await held
    })
    await first
    const b = end(test.db, connection.id)
    await waitingForLocks(test, 1).finally(endOther)
    await Promise.all([a, b])
    expect((await caseNow(caseId)).followedUntil).not.toBeNull()
  })
})

it('asking Zoho now tells the case what it says', async () => {
  const { invoiceId, caseId } = await aCase()
  simulator.control.pay(invoiceId)
  await getBalanceNow(ctx, { clientId: connection.client_id, caseId })
  expect(await stateOf(caseId)).toMatchObject({ invoiceState: 'paid' })
})

describe('the list', () => {
  it('filters and sorts by the state of the invoice, and adds up per state', async () => {
    const made = await casesFor(3)
    simulator.control.pay(made[0]?.invoiceId ?? '')
    simulator.control.pay(made[1]?.invoiceId ?? '', '90.00')
    await syncNow(ctx, connection.id, 'incremental')
    const list = async (query: Omit<Parameters<typeof listClientCases>[2], 'limit'>) =>
      (await listClientCases(ctx, connection.client_id, { limit: 10, ...query })).items.map(({ id }) => id)
    expect(await list({ filter: { invoiceState: 'paid' } })).toEqual([made[0]?.caseId])
    expect(await list({ sort: 'outstanding', ascending: true })).toEqual(made.map(({ caseId }) => caseId))
    expect(await list({ sort: 'outstanding' })).toEqual(made.map(({ caseId }) => caseId).reverse())
    expect(await list({ filter: { maxAmount: '689.99' } })).toEqual([])
    expect(await totalClientCases(ctx, connection.client_id)).toEqual([
      { invoiceState: 'paid', currencyCode: 'EUR', count: 1, amountToRecover: '690.00', outstanding: '0.00' },
      {
        invoiceState: 'partly_paid',
        currencyCode: 'EUR',
        count: 1,
        amountToRecover: '690.00',
        outstanding: '600.00',
      },
      {
        invoiceState: 'unpaid',
        currencyCode: 'EUR',
        count: 1,
        amountToRecover: '690.00',
        outstanding: '690.00',
      },
    ])
  })

  it('orders and filters amounts of several currencies by value in the organization’s own', async () => {
    const [low, high] = await casesFor(2)
    const { db } = test
    await db
      .updateTable('cases')
      .set({ currency_code: 'GBP', base_rate: '1.2' })
      .where('id', '=', high?.caseId ?? '')
      .execute()
    await db
      .updateTable('cases')
      .set({ currency_code: 'JPY', base_rate: '0.006' })
      .where('id', '=', low?.caseId ?? '')
      .execute()
    const list = async (query: Omit<Parameters<typeof listClientCases>[2], 'limit'>) =>
      (await listClientCases(ctx, connection.client_id, { limit: 10, ...query })).items.map(({ id }) => id)
    expect(await list({ sort: 'amount' })).toEqual([high?.caseId, low?.caseId])
    expect(await list({ filter: { minAmount: '800' } })).toEqual([high?.caseId])
    expect(await list({ filter: { minAmount: '600', currency: 'JPY' } })).toEqual([low?.caseId])
    // 690 × 1.2 + 690 × 0.006
    expect(await outstandingValue(ctx, connection.client_id, {})).toEqual({
      amount: '832.14',
      currencyCode: 'EUR',
    })
  })

  it('pages through a sorted list without gap or repetition, forwards and back', async () => {
    const made = await casesFor(5)
    const seen: string[] = []
    let cursor: Parameters<typeof listClientCases>[2]['cursor']
    for (;;) {
      const page = await listClientCases(ctx, connection.client_id, {
        limit: 2,
        cursor,
        sort: 'amount',
        ascending: true,
      })
      seen.push(...page.items.map(({ id }) => id))
      if (page.next === null) {
        const back = await listClientCases(ctx, connection.client_id, {
          limit: 2,
          cursor: page.previous ?? undefined,
          sort: 'amount',
          ascending: true,
        })
        expect(back.items.map(({ id }) => id)).toEqual(seen.slice(2, 4))
        break
      }
      cursor = page.next
    }
    expect(seen).toHaveLength(5)
    expect(new Set(seen)).toEqual(new Set(made.map(({ caseId }) => caseId)))
  })
})

describe('a client who withdraws a case', () => {
  it('gives a reason that its history keeps; twice changes nothing', async () => {
    const { caseId } = await aCase()
    await withdrawCase(ctx, { ...person(), caseId, reason: 'Paid in cash' })
    await withdrawCase(ctx, { ...person(), caseId, reason: 'Another reason' })
    expect(await caseNow(caseId)).toMatchObject({
      status: 'withdrawn',
      withdrawnReason: 'Paid in cash',
      events: [{ type: 'created' }, { type: 'withdrawn', actor: 'user-1', reason: 'Paid in cash' }],
    })
    const { trail } = await caseNow(caseId)
    expect(trail.filter(({ action }) => action === 'case.withdrawn')).toHaveLength(1)
  })

  it('takes it up again once Zoho has said anew that the invoice is unpaid', async () => {
    const { invoiceId, caseId } = await aCase()
    await withdrawCase(ctx, { ...person(), caseId, reason: 'Too early' })
    const asked = () => simulator.control.requests({ path: `/invoices/${invoiceId}$` }).length
    const before = asked()
    await reinstateCase(ctx, { ...person(), caseId })
    await reinstateCase(ctx, { ...person(), caseId })
    expect(asked()).toBe(before + 1)
    expect(await caseNow(caseId)).toMatchObject({
      status: 'pending_verification',
      withdrawnReason: null,
      events: [{ type: 'created' }, { type: 'withdrawn' }, { type: 'reinstated', actor: 'user-1' }],
    })
  })

  it('cannot take it up again when the invoice was paid meanwhile', async () => {
    const { invoiceId, caseId } = await aCase()
    await withdrawCase(ctx, { ...person(), caseId, reason: 'They promised to pay' })
    simulator.control.pay(invoiceId)
    await expect(reinstateCase(ctx, { ...person(), caseId })).rejects.toMatchObject({
      code: 'case_invoice_not_unpaid',
    })
    expect(await caseNow(caseId)).toMatchObject({ status: 'withdrawn', invoiceState: 'paid' })
  })

  it('meets "not found" for the case of another client, which stays as it is', async () => {
    const { caseId } = await aCase()
    const before = await caseNow(caseId)
    const stranger = { clientId: 'stranger', subject: 's', ip: null, caseId }
    await expect(withdrawCase(ctx, { ...stranger, reason: 'x' })).rejects.toMatchObject({ code: 'not_found' })
    await expect(reinstateCase(ctx, stranger)).rejects.toMatchObject({ code: 'not_found' })
    expect(await caseNow(caseId)).toEqual(before)
  })

  it('gets no second case for the invoice: the command names the withdrawn one', async () => {
    const { invoiceId, caseId } = await aCase()
    await withdrawCase(ctx, { ...person(), caseId, reason: 'Too early' })
    const { id } = await submitCommand(ctx, {
      ...person(),
      selection: { zohoInvoiceIds: [invoiceId] },
      confirmUndisputed: true,
    })
    await settle(ctx, id)
    const items = await test.db
      .selectFrom('case_command_items')
      .selectAll()
      .where('command_id', '=', id)
      .execute()
    expect(items).toMatchObject([{ outcome: 'duplicate', case_id: caseId }])
  })
})
