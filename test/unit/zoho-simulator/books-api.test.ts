import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { type Books, openBooks, type Row, request } from './client.ts'

const unpaidInOrder = { filter_by: 'Status.Unpaid', sort_column: 'created_time', sort_order: 'A' }

describe('the Books API of the simulator', () => {
  let zoho: Simulator
  let books: Books

  beforeEach(async () => {
    zoho = await startSimulator({ invoices: 60, dataCenters: ['us', 'eu'] })
    books = openBooks(zoho)
  })
  afterEach(() => zoho.close())

  const withHeader = (authorization: string, path = '/organizations', origin = zoho.url) =>
    request(`${origin}/books/v3${path}`, { headers: { authorization } })
  const ids = (rows: readonly Row[]) => rows.map((row) => row['invoice_id'])
  const truth = () => zoho.control.unpaidTruth().map(({ invoiceId }) => invoiceId)
  const aTruth = (at = 0) => {
    const found = zoho.control.unpaidTruth()[at]
    if (!found) throw new Error('the book is too small')
    return found
  }

  describe('who may ask', () => {
    test('only the Zoho-oauthtoken header counts', async () => {
      const none = await request(`${zoho.url}/books/v3/organizations`)
      expect([none.status, none.json['code']]).toEqual([401, 14])
      expect((await withHeader(`Bearer ${books.token}`)).json['code']).toBe(14)
      expect((await withHeader(`Zoho-oauthtoken ${books.token}`)).status).toBe(200)
      expect(none.headers.has('x-rate-limit-limit')).toBe(false)
    })

    test('a dead, expired, foreign or scope-less token is 401 with code 57 alike', async () => {
      const refusal = { code: 57, message: 'You are not authorized to perform this operation' }
      expect((await withHeader('Zoho-oauthtoken 1000.x.y')).json).toEqual(refusal)
      expect(
        (await withHeader(`Zoho-oauthtoken ${books.token}`, undefined, zoho.origins['eu'])).json,
      ).toEqual(refusal)
      const narrow = zoho.control.grant({ scopes: 'ZohoBooks.invoices.READ' })
      expect((await withHeader(`Zoho-oauthtoken ${narrow.accessToken}`)).json).toEqual(refusal)
      zoho.control.advanceClock(3_600_001)
      expect((await books.get('/invoices')).json).toEqual(refusal)
    })

    test('another organization, a missing one and one the user was removed from are 400 with code 6041', async () => {
      const foreign = zoho.control.addOrganization({ userId: null })
      const { status, json } = await books.get('/invoices', { organization_id: foreign })
      expect([status, json]).toEqual([
        400,
        { code: 6041, message: `This user is not associated with the CompanyID/CompanyName:${foreign}.` },
      ])
      expect((await withHeader(`Zoho-oauthtoken ${books.token}`, '/invoices')).json['code']).toBe(6041)
      zoho.control.removeUserFromOrganization(books.organizationId)
      expect((await books.get('/invoices')).json['code']).toBe(6041)
    })

    test('access tokens can be expired by hand', async () => {
      zoho.control.expireAccessTokens()
      expect((await books.get('/invoices')).status).toBe(401)
    })
  })

  describe('organizations', () => {
    const list = async () =>
      (await books.get('/organizations')).json['organizations'] as Record<string, unknown>[]

    test('come first active and not default, second default', async () => {
      const [first, second] = await list()
      expect(first).toMatchObject({
        organization_id: expect.stringMatching(/^\d{9}$/),
        is_default_org: false,
        time_zone: 'Europe/Berlin',
        currency_code: 'EUR',
        org_settings: { is_org_active: true },
      })
      expect(second).toMatchObject({ is_default_org: true, currency_code: 'USD' })
    })

    test('can be none, many, inactive, reordered, and show the flag at top level', async () => {
      const inactive = zoho.control.addOrganization({ name: 'Closed Ltd', isActive: false })
      zoho.control.setOrganizations([inactive, books.organizationId])
      expect((await list()).map((one) => one['org_settings'])).toEqual([
        { is_org_active: false },
        { is_org_active: true },
      ])
      zoho.control.setSwitches({ activeFlag: 'top' })
      expect((await list())[0]).toMatchObject({ is_org_active: false })
      zoho.control.setOrganizations([])
      expect(await list()).toEqual([])
    })
  })

  describe('a row of the list', () => {
    test('has the recorded keys in the recorded order', async () => {
      const [row = {}] = await books.rows({ ...unpaidInOrder, per_page: '1' })
      const keys = Object.keys(row)
      expect(keys.slice(0, 12)).toEqual(
        'ach_payment_initiated invoice_id zcrm_potential_id customer_id zcrm_potential_name customer_name company_name status invoice_number reference_number date due_date'.split(
          ' ',
        ),
      )
      expect(keys).toEqual(
        expect.arrayContaining(['email', 'phone', 'country', 'billing_address', 'updated_time', 'due_days']),
      )
      expect(Object.keys(row['billing_address'] ?? {})).toContain('zipcode')
      expect(row['updated_time']).toBe(row['last_modified_time'])
    })

    test('writes money with all decimals of its currency and ids as strings above 2^53', async () => {
      for (const [currency_code, total, expected] of [
        ['EUR', '135000', '135000.00'],
        ['JPY', '135000', '135000'],
        ['KWD', '12.345', '12.345'],
      ] as const) {
        const id = zoho.control.addInvoice({ currency_code, total })
        const { text } = await books.get('/invoices', { sort_order: 'D', per_page: '1' })
        expect(text).toContain(`"invoice_id":"${id}"`)
        expect(text).toContain(`"total":${expected},"balance":${expected},`)
        expect(BigInt(id)).toBeGreaterThan(2n ** 53n)
      }
    })

    test('writes times with the offset of the organization, without a colon, in winter and in summer', async () => {
      const winter = zoho.control.addInvoice({ created_time: '2026-01-15T09:00:00Z' })
      const summer = zoho.control.addInvoice({ created_time: '2026-07-15T09:00:00Z' })
      const { json } = await books.get(`/invoices/${winter}`)
      expect(json['invoice']).toMatchObject({ created_time: '2026-01-15T10:00:00+0100' })
      expect((await books.get(`/invoices/${summer}`)).json['invoice']).toMatchObject({
        created_time: '2026-07-15T11:00:00+0200',
      })
    })

    test('gives another invoice_url on every call, with a trailing space, and none for drafts and voids', async () => {
      const { invoiceId } = aTruth()
      const [one = {}] = await books.rows({ ...unpaidInOrder, per_page: '1' })
      const [two = {}] = await books.rows({ ...unpaidInOrder, per_page: '1' })
      expect(one['invoice_url']).toMatch(/CInvoiceID=2-[0-9a-f]+ $/)
      expect(one['invoice_url']).not.toBe(two['invoice_url'])
      for (const change of [zoho.control.toDraft, zoho.control.void]) {
        change(invoiceId)
        const [row = {}] = await books.rows({ sort_column: 'last_modified_time', per_page: '1' })
        expect(row['invoice_id']).toBe(invoiceId)
        expect(row).not.toHaveProperty('invoice_url')
      }
      expect((await books.get(`/invoices/${invoiceId}`)).json['invoice']).toHaveProperty('invoice_url')
    })

    test('has the mail keys only once e-mailed', async () => {
      zoho.control.addInvoice({ is_emailed: false })
      const [row = {}] = await books.rows({ per_page: '1' })
      expect(row).toMatchObject({ is_emailed: false })
      expect(row).not.toHaveProperty('is_viewed_in_mail')
    })

    test('can be put out of shape by a test', async () => {
      const { invoiceId } = aTruth()
      zoho.control.setRaw(invoiceId, {
        list: { balance: '', total: { $json: '1.0' }, due_date: { $absent: true }, customer_name: null },
      })
      const { text } = await books.get('/invoices', { ...unpaidInOrder, per_page: '1' })
      expect(text).toContain('"total":1.0,"balance":"",')
      const [row = {}] = await books.rows({ ...unpaidInOrder, per_page: '1' })
      expect(row['customer_name']).toBeNull()
      expect(row).not.toHaveProperty('due_date')
    })

    test('comes twice when duplicates are switched on', async () => {
      zoho.control.setSwitches({ duplicateRows: true })
      const [one = {}, two = {}] = await books.rows(unpaidInOrder)
      expect(one['invoice_id']).toBe(two['invoice_id'])
      expect(one['invoice_url']).not.toBe(two['invoice_url'])
    })
  })

  describe('the detail', () => {
    test('has zip and street, and none of the keys of the list alone', async () => {
      const { json } = await books.get(`/invoices/${zoho.control.addInvoice()}`)
      const invoice = json['invoice'] as Record<string, unknown>
      expect(invoice['billing_address']).toMatchObject({
        zip: '10115',
        street: 'Hauptstr. 1',
        address: 'Hauptstr. 1',
      })
      for (const key of ['phone', 'country', 'company_name', 'updated_time', 'due_days'])
        expect(invoice).not.toHaveProperty(key)
      expect(invoice['contact_persons_details']).toHaveLength(1)
    })

    test('of a deleted, unknown or foreign invoice is 404 with code 1002; a wrong path is another 404', async () => {
      const { invoiceId } = aTruth()
      zoho.control.delete(invoiceId)
      for (const id of [
        invoiceId,
        '123',
        zoho.control.unpaidTruth(zoho.control.organizations()[1]?.organizationId)[0]?.invoiceId,
      ]) {
        const { status, json } = await books.get(`/invoices/${id}`)
        expect([status, json]).toEqual([404, { code: 1002, message: 'Invoice does not exist.' }])
      }
      const wrong = await books.get('/invoice')
      expect([wrong.status, wrong.json['message']]).toEqual([404, 'Invalid URL Passed'])
      expect((await books.get('/invoices', {}, { method: 'POST' })).status).toBe(405)
    })
  })

  describe('listing', () => {
    test('walks the unpaid ones, and only those, in the order of creation', async () => {
      const pages = [1, 2, 3].map((page) =>
        books.get('/invoices', { ...unpaidInOrder, per_page: '25', page: String(page) }),
      )
      const answers = (await Promise.all(pages)).map(({ json }) => json)
      expect(answers.flatMap(({ invoices }) => ids(invoices as Row[]))).toEqual(truth())
      expect(answers.map(({ page_context }) => (page_context as Row)['has_more_page'])).toEqual([
        true,
        true,
        false,
      ])
      expect(truth()).toHaveLength(60)
      expect((await books.rows({ ...unpaidInOrder, page: '9' })).length).toBe(0)
    })

    test('describes the page in page_context, with totals only on request', async () => {
      const { json } = await books.get('/invoices', unpaidInOrder)
      expect(json['page_context']).toEqual({
        page: 1,
        per_page: 200,
        has_more_page: false,
        report_name: 'Invoices',
        applied_filter: 'Status.Unpaid',
        custom_fields: [],
        seller_app_sales_channels: '',
        sort_column: 'created_time',
        sort_order: 'A',
      })
      const counted = await books.get('/invoices', { ...unpaidInOrder, response_option: '1', per_page: '50' })
      expect(counted.json['page_context']).toMatchObject({ total: 60, total_pages: 2, response_option: 1 })
    })

    test('is newest first by default and clamps per_page at 200', async () => {
      const rows = await books.rows()
      const created = rows.map((row) => Date.parse((row['created_time'] ?? '').replace(/(\d\d)$/, ':$1')))
      expect(created).toEqual([...created].sort((a, b) => b - a))
      const { json } = await books.get('/invoices', { per_page: '500' })
      expect(json['page_context']).toMatchObject({ per_page: 200 })
    })

    test('combines filters with AND and ignores unknown and empty ones', async () => {
      const all = (await books.rows()).length
      expect(await books.rows({ last_modifed_time: '2020', status: '', email: '' })).toHaveLength(all)
      const [, row = {}] = await books.rows(unpaidInOrder)
      const { customer_name = '', invoice_number = '', due_date = '' } = row
      expect(
        ids(await books.rows({ filter_by: 'Status.Unpaid', customer_name, invoice_number, due_date })),
      ).toEqual([row['invoice_id']])
      expect(await books.rows({ filter_by: 'Status.Paid', invoice_number })).toEqual([])
      expect(
        ids(
          await books.rows({
            search_text: invoice_number,
            due_date_end: due_date,
            due_date_after: '2000-01-01',
          }),
        ),
      ).toEqual([row['invoice_id']])
      expect(await books.rows({ invoice_number, due_date_before: due_date })).toEqual([])
    })

    test.each([
      ['status', 'sent,overdue'],
      ['filter_by', 'Status.Overdue'],
      ['last_modified_time', '2026-06-09T13:14:55Z'],
      ['last_modified_time', '2026-06-09'],
      ['due_date', '09.06.2026'],
      ['sort_column', 'colour'],
      ['sort_order', 'asc'],
      ['page', '0'],
      ['response_option', '5'],
      ['total', 'much'],
      ['search_text', 'x'.repeat(101)],
    ])('refuses %s=%s with 400 and code 2', async (name, value) => {
      const { status, json } = await books.get('/invoices', { [name]: value })
      expect([status, json]).toEqual([400, { code: 2, message: `Invalid value passed for ${name}` }])
    })

    test('includes rows modified in the very second of last_modified_time', async () => {
      const { invoiceId } = aTruth(5)
      zoho.control.advanceClock(60_000)
      zoho.control.pay(invoiceId, '0.01')
      const [row = {}] = await books.rows({ sort_column: 'last_modified_time', per_page: '1' })
      const at = row['last_modified_time'] ?? ''
      expect(ids(await books.rows({ last_modified_time: at }))).toEqual([invoiceId])
      const second = new Date(Math.floor(zoho.control.now() / 1000) * 1000 + 60_000)
      expect(
        await books.rows({ last_modified_time: second.toISOString().replace(/\.000Z/, '+0000') }),
      ).toEqual([])
    })

    test('sorts by every documented column', async () => {
      for (const sort_column of [
        'customer_name',
        'invoice_number',
        'date',
        'due_date',
        'total',
        'balance',
        'last_modified_time',
      ]) {
        const up = await books.rows({ sort_column, sort_order: 'A' })
        const down = await books.rows({ sort_column, sort_order: 'D' })
        expect(ids(down)).toEqual(ids(up).reverse())
      }
    })

    test('pages over live data: a payment between two pages makes a gap, a new invoice a duplicate', async () => {
      const before = truth()
      zoho.control.before({ path: '/invoices$', query: { page: '2' } }, 1, () =>
        zoho.control.pay(before[0] ?? ''),
      )
      const first = await books.rows({ ...unpaidInOrder, per_page: '20' })
      const second = await books.rows({ ...unpaidInOrder, per_page: '20', page: '2' })
      expect(ids([...first, ...second])).toEqual(before.filter((_, at) => at < 41 && at !== 20))

      const newest = { filter_by: 'Status.Unpaid', per_page: '20' }
      const top = await books.rows(newest)
      zoho.control.addInvoice()
      const [repeated = {}] = await books.rows({ ...newest, page: '2' })
      expect(repeated['invoice_id']).toBe(top.at(-1)?.['invoice_id'])
    })
  })

  describe('what happens to an invoice', () => {
    const row = async (id: string) => (await books.get(`/invoices/${id}`)).json['invoice'] as Row

    test('time makes it overdue on the day of the organization, without touching the modified time', async () => {
      zoho.control.setClock(Date.parse('2026-06-30T21:59:00Z'))
      const id = zoho.control.addInvoice({ date: '2026-06-01', due_date: '2026-06-30' })
      const before = await row(id)
      expect(before['status']).toBe('sent')
      zoho.control.advanceClock(60_000)
      expect(await row(id)).toMatchObject({
        status: 'overdue',
        last_modified_time: before['last_modified_time'],
      })
      expect(ids(await books.rows({ filter_by: 'Status.OverDue' }))).toContain(id)
    })

    test('a payment changes balance, status and modified time', async () => {
      const id = zoho.control.addInvoice({ total: '690.00' })
      zoho.control.advanceClock(5_000)
      const before = await row(id)
      zoho.control.pay(id, '90.5')
      const { text } = await books.get(`/invoices/${id}`)
      expect(text).toContain('"balance":599.50,')
      expect((await row(id))['last_modified_time']).not.toBe(before['last_modified_time'])
      zoho.control.pay(id)
      expect(await row(id)).toMatchObject({ status: 'paid', balance: 0 })
      expect(truth()).not.toContain(id)
      expect(() => zoho.control.pay(id)).toThrow(/cannot be paid/)
      zoho.control.unpay(id)
      expect(truth()).toContain(id)
    })

    test('void and draft keep the balance but are not unpaid; unvoid brings it back', async () => {
      const id = zoho.control.addInvoice({ total: 100 })
      for (const [change, status] of [
        [zoho.control.void, 'void'],
        [zoho.control.toDraft, 'draft'],
      ] as const) {
        change(id)
        expect(await row(id)).toMatchObject({ status, balance: 100 })
        expect(ids(await books.rows(unpaidInOrder))).not.toContain(id)
      }
      zoho.control.unvoid(id)
      expect(ids(await books.rows(unpaidInOrder))).toContain(id)
    })

    test('a deleted one leaves no tombstone in any list', async () => {
      const { invoiceId } = aTruth(3)
      zoho.control.delete(invoiceId)
      expect(ids(await books.rows({ per_page: '200' }))).not.toContain(invoiceId)
      expect(zoho.control.invoice(invoiceId)).toBeUndefined()
    })

    test('an edit is shown in list and detail and bumps the modified time', async () => {
      const { invoiceId, modifiedAt } = aTruth(7)
      zoho.control.edit(invoiceId, {
        reference_number: 'neu-ß',
        billing_address: { city: 'Łódź' },
        status: 'disputed',
      })
      expect(await row(invoiceId)).toMatchObject({
        reference_number: 'neu-ß',
        billing_address: { city: 'Łódź' },
        status: 'disputed',
      })
      const [listed = {}] = await books.rows({ reference_number: 'NEU-ß' })
      expect(listed).toMatchObject({
        invoice_id: invoiceId,
        status: 'disputed',
        billing_address: { city: 'Łódź' },
      })
      expect(zoho.control.invoice(invoiceId)?.modifiedAt).toBeGreaterThan(modifiedAt)
    })

    test('credits, write-off and a payment on its way show in their fields', async () => {
      const id = zoho.control.addInvoice({ total: 100, due_date: '2999-01-01' })
      zoho.control.startPayment(id, 40)
      expect(await row(id)).toMatchObject({
        balance: 100,
        inprocess_transaction_present: true,
        ach_payment_initiated: true,
      })
      zoho.control.credit(id, 30)
      expect(await row(id)).toMatchObject({ balance: 70, credits_applied: 30, status: 'partially_paid' })
      zoho.control.writeOff(id)
      expect(await row(id)).toMatchObject({ balance: 0, write_off_amount: 70 })
    })
  })
})
