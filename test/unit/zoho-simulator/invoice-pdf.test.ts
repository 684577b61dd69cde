import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'

describe('an invoice as PDF', () => {
  let zoho: Simulator
  let invoiceId: string

  beforeEach(async () => {
    zoho = await startSimulator({ invoices: 0 })
    invoiceId = zoho.control.addInvoice({ invoice_number: 'INV-(7)', customer_name: 'Müller Œuvre' })
  })
  afterEach(() => zoho.close())

  const get = async (headers: Record<string, string> = {}, query = '&accept=pdf', id = invoiceId) => {
    const { origin, accessToken } = zoho.control.grant()
    const organization = zoho.control.organizations()[0]?.organizationId
    const answer = await fetch(`${origin}/books/v3/invoices/${id}?organization_id=${organization}${query}`, {
      headers: { authorization: `Zoho-oauthtoken ${accessToken}`, ...headers },
    })
    return { answer, body: Buffer.from(await answer.arrayBuffer()) }
  }

  test('is a real one whose table of objects points at them, by parameter and by header alike', async () => {
    const { answer, body } = await get()
    expect(answer.headers.get('content-type')).toBe('application/pdf;charset=UTF-8')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="INV-_7_.pdf"')
    const text = body.toString('latin1')
    expect(text.startsWith('%PDF-1.4\n')).toBe(true)
    expect(text).toContain('(Invoice INV-\\(7\\)) Tj')
    expect(text).toContain('(To: Müller ?uvre) Tj')
    const table = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1])
    expect(text.slice(table, table + 4)).toBe('xref')
    const offsets = [...text.matchAll(/^(\d{10}) 00000 n $/gm)].map(([, offset]) => Number(offset))
    expect(offsets.map((offset) => text.slice(offset, offset + 7))).toEqual(
      offsets.map((_, at) => `${at + 1} 0 obj`),
    )
    expect((await get({ accept: 'application/pdf' }, '')).body.equals(body)).toBe(true)
    expect((await get({ accept: '*/*' }, '')).answer.headers.get('content-type')).toContain('json')
  })

  test('stays the same until the invoice changes, and is gone with it', async () => {
    const { body } = await get()
    expect((await get()).body.equals(body)).toBe(true)
    zoho.control.pay(invoiceId, 10)
    expect((await get()).body.equals(body)).toBe(false)
    zoho.control.delete(invoiceId)
    expect((await get()).answer.status).toBe(404)
  })

  test('can be too long, cut off, or a page of HTML in its place', async () => {
    const limit = 25 * 1024 * 1024
    zoho.control.fail({ action: { padTo: limit + 1 } })
    const { body } = await get()
    expect(body).toHaveLength(limit + 1)
    expect(body.subarray(0, 5).toString()).toBe('%PDF-')
    zoho.control.fail({ action: 'truncate' })
    await expect(get()).rejects.toThrow()
    zoho.control.fail({
      action: { status: 200, body: '<html></html>', headers: { 'content-type': 'text/html' } },
    })
    expect((await get()).answer.headers.get('content-type')).toBe('text/html')
  })
})
