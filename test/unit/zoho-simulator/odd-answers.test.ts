import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { type Books, openBooks, type Row, request } from './client.ts'

const start = Date.parse('2026-06-09T10:00:00Z')
const unpaid = { filter_by: 'Status.Unpaid', per_page: '200' }

describe('odd answers of the simulator', () => {
  let zoho: Simulator
  let books: Books
  let id: string

  beforeEach(async () => {
    zoho = await startSimulator({ invoices: 5, clock: { rate: 0, start } })
    books = openBooks(zoho)
    id = zoho.control.addInvoice({ total: 100, due_date: '2999-01-01' })
  })
  afterEach(() => zoho.close())

  const detail = async () => (await books.get(`/invoices/${id}`)).json['invoice'] as Row
  const listed = async (query: Record<string, string> = {}) =>
    (await books.rows(query)).find((row) => row['invoice_id'] === id)

  describe('list and detail', () => {
    test('the list goes on saying unpaid when the detail says paid', async () => {
      zoho.control.showAs(id, { list: 'frozen' })
      zoho.control.pay(id)
      expect(await listed(unpaid)).toMatchObject({ status: 'sent', balance: 100 })
      expect(await detail()).toMatchObject({ status: 'paid', balance: 0 })
      expect(zoho.control.unpaidTruth().map(({ invoiceId }) => invoiceId)).not.toContain(id)
      zoho.control.showAs(id, { list: null })
      expect(await listed(unpaid)).toBeUndefined()
    })

    test('the detail goes on saying unpaid when the list says paid', async () => {
      zoho.control.showAs(id, { detail: 'frozen' })
      zoho.control.pay(id)
      expect(await listed()).toMatchObject({ status: 'paid', balance: 0 })
      expect(await listed(unpaid)).toBeUndefined()
      expect(await detail()).toMatchObject({ status: 'sent', balance: 100 })
    })

    test('either can show other fields, by which the list then filters', async () => {
      zoho.control.showAs(id, {
        list: { balance: '73.21', status: 'partially_paid' },
        detail: { status: 'paid', balance: 0 },
      })
      expect(await listed({ ...unpaid, balance: '73.21' })).toMatchObject({ balance: 73.21 })
      expect(await detail()).toMatchObject({ status: 'paid', balance: 0, payment_made: 100 })
      expect(zoho.control.invoice(id)).toMatchObject({ status: 'sent', balance: '100.00' })
      zoho.control.showAs(id, { list: { status: 'paid', balance: 0 }, detail: null })
      expect(await listed(unpaid)).toBeUndefined()
      expect(await detail()).toMatchObject({ status: 'sent', balance: 100 })
    })

    test('either can be without the invoice, and a deleted one can linger', async () => {
      zoho.control.showAs(id, { list: 'absent' })
      expect(await listed()).toBeUndefined()
      expect(await detail()).toMatchObject({ invoice_id: id })
      zoho.control.showAs(id, { list: 'frozen', detail: 'absent' })
      expect((await books.get(`/invoices/${id}`)).json).toMatchObject({ code: 1002 })
      zoho.control.delete(id)
      expect(await listed(unpaid)).toMatchObject({ balance: 100 })
    })
  })

  describe('the modified time', () => {
    test.each([
      ['in the future', { fromNowSeconds: 86_400 }, '2026-06-10T12:00:00+0200'],
      ['in the past', { shiftSeconds: -3600 }, '2026-06-09T11:00:00+0200'],
      ['at a moment', { at: '2001-01-01T00:00:00Z' }, '2001-01-01T01:00:00+0100'],
      ['empty', 'empty', ''],
      ['missing', 'missing', undefined],
      ['not a time', { text: 'yesterday' }, 'yesterday'],
    ] as const)('is shown %s by the list alone, or by the detail alone', async (_, odd, shown) => {
      const truth = '2026-06-09T12:00:00+0200'
      zoho.control.setTimes(id, { list: odd })
      const row = await listed()
      expect([row?.['last_modified_time'], row?.['updated_time']]).toEqual([shown, shown])
      expect((await detail())['last_modified_time']).toBe(truth)
      zoho.control.setTimes(id, { list: null, detail: odd })
      expect((await listed())?.['last_modified_time']).toBe(truth)
      expect((await detail())['last_modified_time']).toBe(shown)
    })

    test('stays equal although the invoice changes', async () => {
      zoho.control.setTimes(id, { list: 'equal', detail: 'equal' })
      zoho.control.advanceClock(60_000)
      zoho.control.pay(id, 10)
      for (const shown of [await listed(), await detail()])
        expect(shown).toMatchObject({ balance: 90, last_modified_time: '2026-06-09T12:00:00+0200' })
    })

    test('can be odd in the books themselves, where filters see it', async () => {
      zoho.control.setTimes(id, { stored: { fromNowSeconds: 3600 } })
      expect(await listed({ last_modified_time: '2026-06-09T12:59:00+0200' })).toMatchObject({
        last_modified_time: '2026-06-09T13:00:00+0200',
      })
      expect(() => zoho.control.setTimes(id, { stored: 'missing' })).toThrow(/moment/)
    })
  })

  describe('the Date header', () => {
    const date = async (path = '/invoices') => (await books.get(path)).headers.get('date')

    test.each([
      ['shifted', { shiftSeconds: -90 }, 'Tue, 09 Jun 2026 09:58:30 GMT'],
      ['in 2099', { at: '2099-01-01T00:00:00Z' }, 'Thu, 01 Jan 2099 00:00:00 GMT'],
      ['garbage', { text: 'not a date' }, 'not a date'],
      ['missing', 'missing', null],
    ] as const)('can be %s', async (_, odd, shown) => {
      zoho.control.setDateHeader(odd)
      expect(await date()).toBe(shown)
      zoho.control.setDateHeader(null)
      expect(await date()).toBe('Tue, 09 Jun 2026 10:00:00 GMT')
    })

    test('is odd for matching requests alone, and never on answers of control', async () => {
      zoho.control.setDateHeader({ shiftSeconds: 60 }, { path: '/invoices/\\d+$' })
      expect(await date(`/invoices/${id}`)).toBe('Tue, 09 Jun 2026 10:01:00 GMT')
      expect(await date()).toBe('Tue, 09 Jun 2026 10:00:00 GMT')
      zoho.control.setDateHeader('missing')
      expect((await request(`${zoho.url}/__control/now`)).headers.get('date')).not.toBeNull()
    })
  })

  test('all of it can be set over HTTP', async () => {
    const control = (name: string, input: unknown) =>
      request(`${zoho.url}/__control/${name}`, { method: 'POST', body: JSON.stringify(input) })
    await control('showAs', { invoiceId: id, detail: { status: 'paid', balance: '0' } })
    await control('setTimes', { invoiceId: id, list: 'missing', detail: { shiftSeconds: 1 } })
    await control('setDateHeader', { date: { text: 'x' }, match: { path: '/invoices$' } })
    expect(await listed()).not.toHaveProperty('last_modified_time')
    expect(await detail()).toMatchObject({ status: 'paid', last_modified_time: '2026-06-09T12:00:01+0200' })
    expect((await books.get('/invoices')).headers.get('date')).toBe('x')
    expect((await control('showAs', { invoiceId: id, list: { colour: 'red' } })).status).toBe(400)
  })

  test('the log says when each request came in, in real time and in order', async () => {
    const before = Date.now()
    await detail()
    const [entry] = zoho.control.requests({ path: `/invoices/${id}$` })
    expect(entry).toMatchObject({
      method: 'GET',
      at: start,
      query: { organization_id: books.organizationId },
    })
    expect(entry?.receivedAt).toBeGreaterThanOrEqual(before)
    expect(entry?.receivedAt).toBeLessThanOrEqual(Date.now())
  })
})
