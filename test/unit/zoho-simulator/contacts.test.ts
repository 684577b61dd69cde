import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { request } from './client.ts'

describe('the contacts of the simulator', () => {
  let zoho: Simulator

  beforeEach(async () => {
    zoho = await startSimulator({ invoices: 60 })
  })
  afterEach(() => zoho.close())

  const get = (path: string, scopes = 'ZohoBooks.contacts.READ') => {
    const { origin, accessToken } = zoho.control.grant({ scopes })
    const organization_id = zoho.control.organizations()[0]?.organizationId ?? ''
    return request(
      `${origin}/books/v3${path}${path.includes('?') ? '&' : '?'}organization_id=${organization_id}`,
      {
        headers: { authorization: `Zoho-oauthtoken ${accessToken}` },
      },
    )
  }

  test('show what is outstanding and what credit is unused, in list and detail', async () => {
    const customer_id = '260000000000500777'
    const first = zoho.control.addInvoice({ customer_id, customer_name: 'AAA', total: 100 })
    zoho.control.addInvoice({ customer_id, customer_name: 'AAA', total: 50 })
    zoho.control.pay(first, 30)
    zoho.control.setUnusedCredits(first, '200')
    const shown = {
      contact_id: customer_id,
      customer_sub_type: 'business',
      outstanding_receivable_amount: 120,
      unused_credits_receivable_amount: 200,
    }
    const { json, text } = await get('/contacts?per_page=200')
    expect(json['contacts']).toContainEqual(expect.objectContaining(shown))
    expect(text).toContain('"unused_credits_receivable_amount":200.00')
    expect((await get(`/contacts/${customer_id}`)).json['contact']).toMatchObject({
      ...shown,
      billing_address: { zip: '10115' },
    })
    zoho.control.setUnusedCredits(first, 0)
    expect((await get(`/contacts/${customer_id}`)).json['contact']).toMatchObject({
      unused_credits_receivable_amount: 0,
    })
  })

  test('come in pages, by name', async () => {
    const pages = [await get('/contacts?per_page=5'), await get('/contacts?per_page=5&page=2')]
    const names = pages.flatMap(({ json }) =>
      (json['contacts'] as Record<string, string>[]).map((row) => row['contact_name'] ?? ''),
    )
    expect(names).toHaveLength(10)
    expect(names).toEqual([...names].sort())
    expect(pages[0]?.json['page_context']).toMatchObject({ has_more_page: true, report_name: 'Contacts' })
  })

  test('change with their own time and without their invoices; those changed since a time come newest first', async () => {
    const customer_id = '260000000000500777'
    const invoice = zoho.control.addInvoice({ customer_id, customer_name: 'AAA', email: '' })
    zoho.control.advanceClock(60_000)
    const since = `${new Date(zoho.control.now()).toISOString().slice(0, 19)}+0000`
    zoho.control.advanceClock(60_000)
    const edit = { customer_sub_type: 'individual', email: 'new@aaa.example', status: 'inactive' } as const
    zoho.control.editContact(customer_id, edit)
    zoho.control.advanceClock(60_000)
    zoho.control.editContact('260000000000500999', { contact_name: 'Supplier', contact_type: 'vendor' })
    const changed = `/contacts?sort_column=last_modified_time&sort_order=D&last_modified_time=${encodeURIComponent(since)}`
    const idsOf = ({ json }: Awaited<ReturnType<typeof get>>) =>
      (json['contacts'] as Record<string, string>[]).map((row) => row['contact_id'])
    expect(idsOf(await get(changed))).toEqual(['260000000000500999', customer_id])
    expect((await get(`${changed}&contact_type=customer`)).json['contacts']).toMatchObject([edit])
    expect(idsOf(await get(`${changed}&contact_type=customer&filter_by=Status.Active`))).toEqual([])
    expect((await get('/contacts?last_modified_time=2026-06-09T13:14:55Z')).json).toMatchObject({ code: 2 })
    const { accessToken, origin } = zoho.control.grant()
    const organization = zoho.control.organizations()[0]?.organizationId
    const detail = await request(`${origin}/books/v3/invoices/${invoice}?organization_id=${organization}`, {
      headers: { authorization: `Zoho-oauthtoken ${accessToken}` },
    })
    expect(detail.json['invoice']).toMatchObject({ email: '' })
  })

  test('need their own scope, and 404 with code 1002 is said of one that is not there', async () => {
    expect((await get('/contacts', 'ZohoBooks.invoices.READ')).json).toMatchObject({ code: 57 })
    const { status, json } = await get('/contacts/1')
    expect([status, json['code']]).toEqual([404, 1002])
  })
})
