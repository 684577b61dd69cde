import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { openBooks, request } from './client.ts'
import { openReceiver } from './receiver.ts'

describe('the web application of the simulator', () => {
  let zoho: Simulator
  let organizationId: string
  let invoiceId: string

  beforeEach(async () => {
    zoho = await startSimulator({ invoices: 40 })
    organizationId = zoho.control.organizations()[0]?.organizationId ?? ''
    invoiceId = zoho.control.addInvoice({ customer_name: 'Muster <AG>', total: '690.00' })
  })
  afterEach(() => zoho.close())

  const path = (record = `invoices/${invoiceId}`) => `/app/${organizationId}/${record}`
  const open = (at: string) => request(`${zoho.url}${at}`)
  const submit = async (form: Record<string, string>, at = path()) => {
    const answer = await request(`${zoho.url}${at}`, { method: 'POST', body: new URLSearchParams(form) })
    return answer.status === 303 ? open(answer.headers.get('location') ?? '') : answer
  }
  const detail = async () =>
    (await openBooks(zoho).get(`/invoices/${invoiceId}`)).json['invoice'] as Record<string, unknown>
  const asShown = {
    action: 'edit',
    reference_number: 'PO-77',
    date: '2026-01-01',
    due_date: '2026-02-01',
    total: '690.00',
    address: 'Hauptstr. 1',
    street2: '',
    city: 'Berlin',
    zip: '10115',
    state: '',
    country: 'Germany',
  }

  test('lists every record under the name that links of Zoho carry behind the #', async () => {
    const { status, text } = await open(`/app/${organizationId}`)
    expect(status).toBe(200)
    for (const { invoiceId: id } of zoho.control.unpaidTruth()) expect(text).toContain(`id="/invoices/${id}"`)
    expect(text).toContain('id="/contacts/')
    expect(text).toContain('Zoho Books simulator')
    expect(text).toContain('Muster &lt;AG>')
    expect(text).not.toContain('Muster <AG>')
  })

  test('takes a payment of a part and of the rest, and says what happened', async () => {
    const part = await submit({ action: 'pay', amount: '90.00' })
    expect(part.text).toContain('The payment was recorded.')
    expect(part.text).toContain('press Sync now')
    expect(await detail()).toMatchObject({ balance: 600, payment_made: 90 })
    await submit({ action: 'pay', amount: '600' })
    expect(await detail()).toMatchObject({ balance: 0, status: 'paid' })
    await submit({ action: 'unpay' })
    expect(await detail()).toMatchObject({ balance: 690, status: 'overdue' })
  })

  test.each(['0', '-5', '690.01', '1e2', 'all', ''])('refuses a payment of "%s"', async (amount) => {
    const { status, text } = await submit({ action: 'pay', amount })
    expect(status).toBe(400)
    expect(text).toContain('role="alert"')
    expect(await detail()).toMatchObject({ balance: 690 })
  })

  test('voids an invoice and opens it again', async () => {
    expect((await submit({ action: 'void' })).text).toContain('The invoice was voided.')
    expect(await detail()).toMatchObject({ status: 'void' })
    expect((await submit({ action: 'pay', amount: '1' })).status).toBe(400)
    await submit({ action: 'unvoid' })
    expect(await detail()).toMatchObject({ status: 'overdue' })
  })

  test('saves fields and billing address of an invoice, and moves its modified time', async () => {
    zoho.control.advanceClock(60_000)
    const before = (await detail())['last_modified_time']
    await submit({ ...asShown, due_date: '2026-03-01', total: '700', city: 'Wien', country: 'Austria' })
    const after = await detail()
    expect(after).toMatchObject({
      due_date: '2026-03-01',
      total: 700,
      billing_address: { city: 'Wien', country: 'Austria', country_code: '' },
    })
    expect(after['last_modified_time']).not.toBe(before)
  })

  test('a total below what was paid is refused; one that equals it is paid', async () => {
    await submit({ action: 'pay', amount: '90' })
    expect((await submit({ ...asShown, total: '89.99' })).status).toBe(400)
    await submit({ ...asShown, total: '90' })
    expect(await detail()).toMatchObject({ status: 'paid', balance: 0 })
  })

  test('mends a customer on all unpaid invoices, and leaves paid ones as they were made', async () => {
    const fields = { customer_id: '260000000000500777', customer_name: ' ', billing_address: { city: ' ' } }
    const [open1 = '', open2 = '', paid = ''] = [0, 1, 2].map(() => zoho.control.addInvoice(fields))
    zoho.control.pay(paid)
    const { action, reference_number: _, date: __, due_date: ___, total: ____, ...address } = asShown
    const person = { customer_name: 'Mended GmbH', email: 'ap@mended.example', phone: '+49 30 1' }
    await submit({ action, ...person, ...address }, path('contacts/260000000000500777'))
    const cityOf = async (id: string) =>
      (
        (await openBooks(zoho).get(`/invoices/${id}`)).json['invoice'] as Record<
          string,
          Record<string, string>
        >
      )['billing_address']?.['city']
    expect(await Promise.all([open1, open2, paid].map(cityOf))).toEqual(['Berlin', 'Berlin', ' '])
    expect((await open(path('contacts/260000000000500777'))).text).toContain('Mended GmbH')
  })

  test('adds workflow rules, says that they tell the portal, and removes them', async () => {
    const receiver = await openReceiver()
    try {
      const at = `/app/${organizationId}`
      expect((await submit({ action: 'add-webhook', url: 'javascript:alert(1)' }, at)).status).toBe(400)
      await submit({ action: 'add-webhook', url: `${receiver.url}/secret` }, at)
      expect((await open(at)).text).not.toContain('secret')
      const { text } = await submit({ action: 'pay', amount: '690' })
      expect(text).toContain(`sends a webhook to ${new URL(receiver.url).origin}`)
      await zoho.control.webhooksSettled()
      expect(zoho.control.webhookDeliveries({ invoiceId })).toHaveLength(1)
      await submit({ action: 'remove-webhooks' }, at)
      expect(zoho.control.webhookRules()).toEqual([])
    } finally {
      await receiver.close()
    }
  })

  test.each(['/app/1', '/app/1/invoices/2'])('%s is not there', async (at) => {
    expect((await open(at)).status).toBe(404)
  })

  test('unknown records of an organization are not there', async () => {
    for (const record of ['invoices/1', 'contacts/1', 'settings'])
      expect((await open(path(record))).status).toBe(404)
  })

  test('is not part of the API: visits are neither logged nor counted', async () => {
    await submit({ action: 'pay', amount: '1' })
    expect(zoho.control.requests()).toEqual([])
  })

  test('can be left out, as a simulator in production does', async () => {
    const without = await startSimulator({ invoices: 5, webApp: false })
    try {
      const id = without.control.organizations()[0]?.organizationId
      expect((await request(`${without.url}/app/${id}`)).status).toBe(404)
    } finally {
      await without.close()
    }
  })
})
