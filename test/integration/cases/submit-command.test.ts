import { getCommandResult, listCommands } from '../../../src/cases/get-command.ts'
import { previewCommand } from '../../../src/cases/preview-command.ts'
import { commandResultCsv } from '../../../src/cases/result-csv.ts'
import { retryCommand } from '../../../src/cases/retry-command.ts'
import { type CommandRequest, submitCommand } from '../../../src/cases/submit-command.ts'
import { builtInPolicy } from '../../../src/eligibility/policy.ts'
import { aClient, aConnection, type BuiltConnection } from '../../support/builders.ts'
import { aClock, createTestContext, type TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { ids, stage } from '../../support/staged.ts'
import { casesOf, countsOf, itemsOf, outcomesOf, settle } from './support.ts'

let test: TestDatabase
let ctx: TestContext
let connection: BuiltConnection
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())
beforeEach(async () => {
  ctx = createTestContext({ db: test.db, policy: builtInPolicy, clock: aClock() })
  connection = await aConnection(ctx)
})

const order = (
  selection: CommandRequest['selection'],
  changes: Partial<CommandRequest> = {},
): CommandRequest => ({
  clientId: connection.client_id,
  subject: 'user-1',
  ip: '192.0.2.1',
  selection,
  confirmUndisputed: true,
  ...changes,
})

describe('what is refused', () => {
  it.each([
    [
      'an order without the confirmation',
      { confirmUndisputed: false },
      { zohoInvoiceIds: ['1'] },
      'confirmation_required',
    ],
    ['an empty selection', {}, { zohoInvoiceIds: [] }, 'selection_empty'],
    ['10,001 ids', {}, { zohoInvoiceIds: ids(1, 10_001) }, 'selection_too_large'],
    ['a filter that matches nothing', {}, { filter: { q: 'nobody' } }, 'selection_empty'],
    ['an unknown eligibility', {}, { filter: { eligibility: 'perhaps' as 'all' } }, 'invalid_request'],
    ['an empty id', {}, { zohoInvoiceIds: [' '] }, 'invalid_request'],
    [
      'a key of 256 characters',
      { idempotencyKey: 'k'.repeat(256) },
      { zohoInvoiceIds: ['1'] },
      'invalid_request',
    ],
  ])('%s', async (_name, changes, selection, code) => {
    await expect(submitCommand(ctx, order(selection, changes))).rejects.toMatchObject({ code })
    expect(ctx.nudged).toEqual([])
  })

  it('an order of a client who is not connected', async () => {
    const clientId = await aClient(test.db)
    await expect(submitCommand(ctx, order({ zohoInvoiceIds: ['1'] }, { clientId }))).rejects.toMatchObject({
      code: 'not_connected',
    })
  })
})

it('stores 10,000 ids, an id that is named twice once, and nudges the job', async () => {
  const { id } = await submitCommand(ctx, order({ zohoInvoiceIds: [...ids(1, 10_000), '1', '2'] }))
  expect(await countsOf(test.db, id)).toMatchObject({ state: 'pending', total: 10_000 })
  expect(await itemsOf(test.db, id)).toHaveLength(10_000)
  expect(ctx.nudged).toEqual([{ job: 'create-cases', id }])
})

it('resolves a filter once: what becomes eligible later is not in it', async () => {
  await stage(test.db, connection, [
    ...ids(1, 5).map((zohoInvoiceId) => ({ zohoInvoiceId })),
    { zohoInvoiceId: '6', invoice: { debtor: { city: null } } },
    { zohoInvoiceId: '7', state: 'paid' },
  ])
  const other = await aConnection(ctx)
  await stage(test.db, other, [{ zohoInvoiceId: '8' }])
  const { id } = await submitCommand(ctx, order({ filter: { eligibility: 'eligible' } }))
  await stage(test.db, connection, [{ zohoInvoiceId: '9' }])
  expect((await itemsOf(test.db, id)).map((item) => item.zoho_invoice_id)).toEqual(ids(1, 5))
})

it('leaves out what was taken out of all that match, in the preview too', async () => {
  await stage(
    test.db,
    connection,
    ids(1, 5).map((zohoInvoiceId) => ({ zohoInvoiceId })),
  )
  const selection = { filter: { eligibility: 'eligible' as const, except: ['2', '4'] } }
  const preview = await previewCommand(ctx, { clientId: connection.client_id, selection })
  expect(preview.counts).toMatchObject({ total: 3, created: 3 })
  expect(preview.value).toEqual({ amount: '2070.00', currencyCode: 'EUR' })
  const { id } = await submitCommand(ctx, order(selection))
  expect((await itemsOf(test.db, id)).map((item) => item.zoho_invoice_id)).toEqual(['1', '3', '5'])
})

describe('Idempotency-Key', () => {
  it('the same key and order give the same command, however often and from however many tabs', async () => {
    const request = order({ zohoInvoiceIds: ['1', '2'] }, { idempotencyKey: 'one' })
    const answers = await Promise.all(Array.from({ length: 8 }, () => submitCommand(ctx, request)))
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
    expect(
      await submitCommand(ctx, order({ zohoInvoiceIds: ['2', '1'] }, { idempotencyKey: 'one' })),
    ).toEqual(answers[0])
    const { items } = await listCommands(ctx, { clientId: connection.client_id, limit: 10 })
    expect(items).toHaveLength(1)
  })

  it('the same key and another order is a conflict, and the first order stands', async () => {
    const { id } = await submitCommand(ctx, order({ zohoInvoiceIds: ['1'] }, { idempotencyKey: 'two' }))
    await expect(
      submitCommand(ctx, order({ zohoInvoiceIds: ['2'] }, { idempotencyKey: 'two' })),
    ).rejects.toMatchObject({ code: 'idempotency_conflict' })
    expect(await outcomesOf(test.db, id)).toEqual({ 1: null })
  })

  it('belongs to the client: another may use the same', async () => {
    const other = await aConnection(ctx)
    const { id } = await submitCommand(ctx, order({ zohoInvoiceIds: ['1'] }, { idempotencyKey: 'k' }))
    const theirs = await submitCommand(
      ctx,
      order({ zohoInvoiceIds: ['9'] }, { idempotencyKey: 'k', clientId: other.client_id }),
    )
    expect(theirs.id).not.toBe(id)
  })

  it('a retry after a timeout is told of the first order, while it waits and when it is done; nothing is done again', async () => {
    await stage(test.db, connection, [{ zohoInvoiceId: '1', proven: true }])
    const request = order({ zohoInvoiceIds: ['1'] }, { idempotencyKey: 'timeout' })
    const first = await submitCommand(ctx, request)
    expect(await submitCommand(ctx, request)).toEqual(first)
    await settle(ctx, first.id)
    const done = await countsOf(test.db, first.id)
    expect(done).toMatchObject({ state: 'completed', total: 1, created: 1 })
    expect(await submitCommand(ctx, request)).toEqual(first)
    expect(await countsOf(test.db, first.id)).toEqual(done)
    const { items } = await listCommands(ctx, { clientId: connection.client_id, limit: 10 })
    expect(items).toHaveLength(1)
  })

  it('still answers after a disconnect', async () => {
    const request = order({ zohoInvoiceIds: ['1'] }, { idempotencyKey: 'later' })
    const first = await submitCommand(ctx, request)
    await test.db
      .updateTable('connections')
      .set({ state: 'disconnected' })
      .where('id', '=', connection.id)
      .execute()
    expect(await submitCommand(ctx, request)).toEqual(first)
  })
})

describe('preview', () => {
  it('says before the click what happens after it', async () => {
    await stage(test.db, connection, [
      { zohoInvoiceId: '1', proven: true },
      { zohoInvoiceId: '2', proven: true, invoice: { amountToRecover: '20000', currencyCode: 'JPY' } },
      { zohoInvoiceId: '3', proven: true, invoice: { debtor: { city: null, name: null } } },
      { zohoInvoiceId: '4', proven: true, invoice: { dueDate: '2026-06-11' } },
      { zohoInvoiceId: '5', proven: true, invoice: { paymentInProgress: true } },
      { zohoInvoiceId: '6', proven: true, invoice: { paymentInProgress: true } },
      { zohoInvoiceId: '7', proven: true, state: 'paid' },
    ])
    const selection = { zohoInvoiceIds: [...ids(1, 7), '404'] }
    const preview = await previewCommand(ctx, {
      clientId: connection.client_id,
      selection,
      acceptPaymentInProgress: ['6'],
    })
    expect(preview.counts).toEqual({ total: 8, created: 3, duplicate: 0, ineligible: 5 })
    expect(preview.sums).toEqual([
      { currencyCode: 'EUR', count: 2, amount: '1380.00' },
      { currencyCode: 'JPY', count: 1, amount: '20000' },
    ])
    expect(Object.fromEntries(preview.reasons.map(({ code, count }) => [code, count]))).toEqual({
      city_missing: 1,
      debtor_name_missing: 1,
      not_overdue: 1,
      payment_in_progress: 1,
      not_unpaid: 1,
      unknown_invoice: 1,
    })
    expect(preview.paymentInProgress).toEqual(['5'])

    const { id } = await submitCommand(ctx, order(selection, { acceptPaymentInProgress: ['6'] }))
    await settle(ctx, id)
    const { total, created, duplicate, ineligible } = await countsOf(test.db, id)
    expect({ total, created, duplicate, ineligible }).toEqual(preview.counts)
    expect(await previewCommand(ctx, { clientId: connection.client_id, selection })).toMatchObject({
      counts: { total: 8, created: 0, duplicate: 3, ineligible: 5 },
    })
    expect(
      await previewCommand(ctx, { clientId: connection.client_id, selection: { filter: { q: 'inv-' } } }),
    ).toMatchObject({
      counts: { total: 6, created: 0, duplicate: 3, ineligible: 3 },
    })
  })
})

describe('the result', () => {
  it('pages its items, by outcome too, and gives them as a CSV that a spreadsheet may open', async () => {
    await stage(test.db, connection, [
      { zohoInvoiceId: '1', proven: true, invoice: { debtor: { name: '=cmd|x, "y"\nGmbH' } } },
      { zohoInvoiceId: '2', proven: true },
    ])
    const { id } = await submitCommand(ctx, order({ zohoInvoiceIds: ['1', '2', '3'] }))
    await settle(ctx, id)
    const clientId = connection.client_id
    const first = await getCommandResult(ctx, clientId, id, { after: undefined, limit: 2 })
    expect(first).toMatchObject({
      state: 'completed',
      counts: { total: 3, created: 2, duplicate: 0, ineligible: 1, failed: 0 },
    })
    expect(first.items.map((item) => item.zohoInvoiceId)).toEqual(['1', '2'])
    const rest = await getCommandResult(ctx, clientId, id, { after: Number(first.next), limit: 2 })
    expect(rest).toMatchObject({ next: null, items: [{ zohoInvoiceId: '3', outcome: 'ineligible' }] })
    const bad = await getCommandResult(ctx, clientId, id, {
      outcome: 'ineligible',
      after: undefined,
      limit: 9,
    })
    expect(bad.items).toMatchObject([{ zohoInvoiceId: '3', reasons: [{ code: 'unknown_invoice' }] }])

    const lines = (await (await commandResultCsv(ctx, { clientId, commandId: id })).toArray())
      .map(String)
      .join('')
    expect(lines.split('\r\n')[0]).toBe(
      '\uFEFFzohoInvoiceId,creditorReference,debtorName,amountToRecover,currencyCode,outcome,caseReference,reasons',
    )
    expect(lines).toContain(`1,INV-1,"'=cmd|x, ""y""\nGmbH",690.00,EUR,created,`)
    expect(lines).toContain('unknown_invoice: This invoice is not among the unpaid invoices')
  })

  it('is not found by another client', async () => {
    const other = await aConnection(ctx)
    const { id } = await submitCommand(ctx, order({ zohoInvoiceIds: ['1'] }))
    const foreign = { clientId: other.client_id, commandId: id }
    await expect(
      getCommandResult(ctx, other.client_id, id, { after: undefined, limit: 1 }),
    ).rejects.toMatchObject({ code: 'not_found' })
    await expect(commandResultCsv(ctx, foreign)).rejects.toMatchObject({ code: 'not_found' })
    await expect(retryCommand(ctx, { ...foreign, subject: 'u' })).rejects.toMatchObject({ code: 'not_found' })
  })
})

it('leaves who ordered what in the audit trail', async () => {
  const { id } = await submitCommand(ctx, order({ zohoInvoiceIds: ['1'] }))
  const trail = await test.db.selectFrom('audit_events').selectAll().where('subject_id', '=', id).execute()
  expect(trail).toMatchObject([
    {
      client_id: connection.client_id,
      actor: 'user-1',
      actor_role: 'client',
      action: 'case_command.submitted',
      details: { total: 1, confirmedUndisputed: true },
      ip_address: '192.0.2.1',
    },
  ])
  expect(await casesOf(test.db).then((rows) => rows.filter((row) => row.command_id === id))).toEqual([])
})
