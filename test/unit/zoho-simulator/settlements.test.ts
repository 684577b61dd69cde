import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { type Books, openBooks, type Row, request } from './client.ts'

describe('payments and credits in the simulator', () => {
  let zoho: Simulator
  let books: Books

  beforeEach(async () => {
    zoho = await startSimulator({
      invoices: 5,
      clock: { rate: 0, start: Date.parse('2026-06-09T10:00:00Z') },
    })
    books = openBooks(zoho)
  })
  afterEach(() => zoho.close())

  const detail = async (id: string) => (await books.get(`/invoices/${id}`)).json['invoice'] as Row
  const add = (total: number, fields = {}) =>
    zoho.control.addInvoice({ total, due_date: '2999-01-01', ...fields })

  test('one payment settles several invoices, in whole and in part', async () => {
    const [whole, part] = [add(100), add(200)]
    zoho.control.advanceClock(5000)
    zoho.control.recordPayment({
      invoices: [{ invoiceId: whole }, { invoiceId: part, amount: '50.00' }],
      date: '2026-06-08',
    })
    expect(await detail(whole)).toMatchObject({
      status: 'paid',
      balance: 0,
      payment_made: 100,
      last_payment_date: '2026-06-08',
      last_modified_time: '2026-06-09T12:00:05+0200',
    })
    expect(await detail(part)).toMatchObject({ status: 'partially_paid', balance: 150 })
    expect(zoho.control.settlements()).toMatchObject([
      {
        kind: 'payment',
        amount: '150.00',
        invoices: [
          { invoiceId: whole, amount: '100.00' },
          { invoiceId: part, amount: '50.00' },
        ],
      },
    ])
  })

  test('deleting a payment gives the balances back and bumps the modified time', async () => {
    const [one, two] = [add(100), add(200)]
    zoho.control.pay(two, 20)
    const payment = zoho.control.recordPayment({ invoices: [{ invoiceId: one }, { invoiceId: two }] })
    zoho.control.advanceClock(7000)
    zoho.control.deletePayment(payment)
    expect(await detail(one)).toMatchObject({
      status: 'sent',
      balance: 100,
      last_payment_date: '',
      last_modified_time: '2026-06-09T12:00:07+0200',
    })
    expect(await detail(two)).toMatchObject({ status: 'partially_paid', balance: 180 })
    expect(() => zoho.control.deletePayment(payment)).toThrow(/no payment/)
  })

  test('editing a payment moves money between invoices and touches only those whose share changed', async () => {
    const [kept, left, joined] = [add(100), add(100), add(100)]
    const payment = zoho.control.recordPayment({
      invoices: [{ invoiceId: kept }, { invoiceId: left }],
    })
    zoho.control.advanceClock(9000)
    zoho.control.editPayment(payment, {
      invoices: [{ invoiceId: kept }, { invoiceId: joined, amount: 30 }],
    })
    expect(await detail(kept)).toMatchObject({ balance: 0, last_modified_time: '2026-06-09T12:00:00+0200' })
    expect(await detail(left)).toMatchObject({ balance: 100, status: 'sent' })
    expect(await detail(joined)).toMatchObject({
      balance: 70,
      last_modified_time: '2026-06-09T12:00:09+0200',
    })
  })

  test('taking the payments of one invoice back leaves the others paid', async () => {
    const [one, two] = [add(100), add(100)]
    zoho.control.recordPayment({ invoices: [{ invoiceId: one }, { invoiceId: two }] })
    zoho.control.unpay(one)
    expect(await detail(one)).toMatchObject({ balance: 100, status: 'sent' })
    expect(await detail(two)).toMatchObject({ balance: 0, status: 'paid' })
    expect(zoho.control.settlements()).toMatchObject([{ invoices: [{ invoiceId: two }] }])
  })

  test('a payment that cannot be is refused as a whole', async () => {
    const [open, paid] = [add(100), add(100)]
    zoho.control.pay(paid)
    expect(() =>
      zoho.control.recordPayment({ invoices: [{ invoiceId: open }, { invoiceId: paid }] }),
    ).toThrow(/cannot be paid/)
    expect(() =>
      zoho.control.recordPayment({ invoices: [{ invoiceId: open }, { invoiceId: open }] }),
    ).toThrow(/twice/)
    const elsewhere = zoho.control.unpaidTruth(zoho.control.organizations()[1]?.organizationId)[0]
    expect(() =>
      zoho.control.recordPayment({
        invoices: [{ invoiceId: open }, { invoiceId: elsewhere?.invoiceId ?? '' }],
      }),
    ).toThrow(/several organizations/)
    expect(await detail(open)).toMatchObject({ balance: 100 })
  })

  test('a credit note is applied to several invoices, again, and taken off', async () => {
    const [one, two] = [add(100), add(100)]
    const note = zoho.control.applyCredit({ invoices: [{ invoiceId: one, amount: 40 }, { invoiceId: two }] })
    expect(await detail(one)).toMatchObject({ balance: 60, credits_applied: 40, status: 'partially_paid' })
    expect(await detail(two)).toMatchObject({ balance: 0, credits_applied: 100, status: 'paid' })
    zoho.control.applyCredit({ creditNoteId: note, invoices: [{ invoiceId: one, amount: 10 }] })
    expect(await detail(one)).toMatchObject({ balance: 50 })
    zoho.control.deleteCredit(note)
    expect(await detail(one)).toMatchObject({ balance: 100, status: 'sent', payment_made: 0 })
    expect(await detail(two)).toMatchObject({ balance: 100, status: 'sent' })
  })

  test('a write-off can be cancelled, a void taken back with its payments', async () => {
    const id = add(100)
    zoho.control.pay(id, 40)
    zoho.control.writeOff(id)
    expect(await detail(id)).toMatchObject({ balance: 0, write_off_amount: 60 })
    zoho.control.cancelWriteOff(id)
    expect(await detail(id)).toMatchObject({ balance: 60, status: 'partially_paid' })
    zoho.control.void(id)
    zoho.control.unvoid(id)
    expect(await detail(id)).toMatchObject({ balance: 60, status: 'partially_paid' })
  })

  test('deleting a payment passes over an invoice that is gone', () => {
    const [gone, here] = [add(100), add(100)]
    const payment = zoho.control.recordPayment({ invoices: [{ invoiceId: gone }, { invoiceId: here }] })
    zoho.control.delete(gone)
    zoho.control.deletePayment(payment)
    expect(zoho.control.invoice(here)).toMatchObject({ balance: '100.00' })
  })

  test('unused credits show on the contact of every invoice of the customer and change no balance', async () => {
    const [one, two, other] = [add(100), add(100), add(100, { customer_id: '26000000050000777' })]
    zoho.control.setUnusedCredits(one, '25.50')
    for (const id of [one, two])
      expect(await detail(id)).toMatchObject({ balance: 100, contact: { unused_customer_credits: 25.5 } })
    expect(await detail(other)).toMatchObject({ contact: { unused_customer_credits: 0 } })
  })

  test('a custom sub-status and an expected payment show in list and detail', async () => {
    const id = add(100, { current_sub_status: 'disputed', payment_expected_date: '2026-07-01' })
    const shown = {
      status: 'sent',
      current_sub_status: 'disputed',
      current_sub_status_id: expect.stringMatching(/^\d{18}$/),
      payment_expected_date: '2026-07-01',
    }
    expect(await detail(id)).toMatchObject(shown)
    expect((await books.rows({ filter_by: 'Date.PaymentExpectedDate' }))[0]).toMatchObject(shown)
    zoho.control.edit(id, { current_sub_status: '', payment_expected_date: '' })
    expect(await detail(id)).toMatchObject({ current_sub_status: 'sent', current_sub_status_id: '' })
  })

  test('everything is there over HTTP', async () => {
    const control = async (name: string, input: unknown) =>
      (await request(`${zoho.url}/__control/${name}`, { method: 'POST', body: JSON.stringify(input) })).json
    const [one, two] = [add(100), add(100)]
    const { result: paymentId } = await control('recordPayment', {
      invoices: [{ invoiceId: one }, { invoiceId: two, amount: '1.00' }],
    })
    expect(zoho.control.invoice(two)).toMatchObject({ balance: '99.00' })
    await control('editPayment', { paymentId, invoices: [{ invoiceId: two }] })
    expect(zoho.control.invoice(one)).toMatchObject({ balance: '100.00' })
    await control('deletePayment', { paymentId })
    const { result: creditNoteId } = await control('applyCredit', { invoices: [{ invoiceId: one }] })
    expect((await control('settlements', {}))['result']).toMatchObject([{ id: creditNoteId }])
    await control('deleteCredit', { creditNoteId })
    await control('writeOff', { invoiceId: one })
    await control('cancelWriteOff', { invoiceId: one })
    await control('setUnusedCredits', { invoiceId: one, amount: '5' })
    expect(await detail(one)).toMatchObject({ balance: 100, contact: { unused_customer_credits: 5 } })
    expect((await control('recordPayment', { invoices: [] }))['error']).toContain('invoices')
  })
})
