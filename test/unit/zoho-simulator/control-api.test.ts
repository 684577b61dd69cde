import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { openBooks, request } from './client.ts'

describe('the control API of the simulator', () => {
  let zoho: Simulator

  beforeEach(async () => {
    zoho = await startSimulator({ invoices: 20 })
  })
  afterEach(() => zoho.close())

  const control = async (name: string, input?: unknown) => {
    const init = input === undefined ? {} : { method: 'POST', body: JSON.stringify(input) }
    const { status, json } = await request(`${zoho.url}/__control/${name}`, init)
    return status === 200 ? json['result'] : json
  }

  test('does over HTTP what it does in the process', async () => {
    const id = await control('addInvoice', {
      total: '12.50',
      customer_name: 'Bäckerei',
      due_date: '2999-01-01',
    })
    await control('pay', { invoiceId: id, amount: '2.50' })
    expect(await control(`invoice?invoiceId=${id}`)).toMatchObject({
      customerName: 'Bäckerei',
      status: 'partially_paid',
      balance: '10.00',
    })
    expect(await control('unpaidTruth')).toHaveLength(21)
    await control('edit', { invoiceId: id, fields: { reference_number: 'R-1' } })
    await control('void', { invoiceId: id })
    await control('setRaw', { invoiceId: id, list: { status: 'x' } })
    expect(await control('unpaidTruth')).toEqual(zoho.control.unpaidTruth())
    expect(zoho.control.unpaidTruth()).toHaveLength(20)
  })

  test('says what is wrong with an input', async () => {
    expect(await control('pay', {})).toMatchObject({ error: expect.stringContaining('invoiceId') })
    expect(await control('pay', { invoiceId: '1' })).toEqual({ error: 'Error: no invoice 1' })
    expect(await control('dance', {})).toMatchObject({ error: expect.stringContaining('there are: pay, ') })
    expect(await control('setSwitches', { colour: 'red' })).toMatchObject({
      error: expect.stringContaining('colour'),
    })
    expect(await control('edit', { invoiceId: '1', fields: { balanse: 1 } })).toHaveProperty('error')
  })

  test('plans a mutation for the n-th matching request', async () => {
    const [first] = zoho.control.unpaidTruth()
    const books = openBooks(zoho)
    await control('before', {
      match: { path: '/invoices$' },
      nth: 2,
      command: 'pay',
      input: { invoiceId: first?.invoiceId },
    })
    await books.get('/invoices')
    expect(zoho.control.unpaidTruth()).toHaveLength(20)
    await books.get('/invoices')
    expect(zoho.control.unpaidTruth()).toHaveLength(19)
  })

  test('turns switches, limits, latency and clock, and reports what happened', async () => {
    await control('setSwitches', { scopeKey: false })
    await control('setLimits', { limits: 'real' })
    await control('setLatency', { ms: 1 })
    await control('setClockRate', { rate: 0 })
    await control('setClock', { ms: 1_780_000_000_000 })
    await control('advanceClock', { ms: 500 })
    expect(await control('now')).toBe(1_780_000_000_500)
    await openBooks(zoho).get('/invoices')
    expect(await control('requests?path=invoices')).toMatchObject([{ status: 200 }])
    expect(await control('counters')).toMatchObject({ byRoute: { 'GET /books/v3/invoices': 1 } })
    expect(await control('meter')).toMatchObject({ usedToday: 1 })
    await control('clearLog')
    expect(await control('requests')).toEqual([])
    await control('fail', { action: 'html502' })
    await control('clearRules')
    expect((await openBooks(zoho).get('/invoices')).status).toBe(200)
  })

  test('adds organizations and users', async () => {
    const id = await control('addOrganization', { name: 'Third', invoices: 2, currencyCode: 'DKK' })
    expect(await control('unpaidTruth', { organizationId: id })).toHaveLength(2)
    await control('updateOrganization', { organizationId: id, isActive: false })
    expect(await control('organizations')).toContainEqual(
      expect.objectContaining({ name: 'Third', isActive: false }),
    )
    const user = await control('addUser', { name: 'Ben', organizationIds: [id] })
    expect(await control('users')).toContainEqual(
      expect.objectContaining({ id: user, organizationIds: [id] }),
    )
    await control('removeUserFromOrganization', { organizationId: id, userId: user })
    await control('setOrganizations', { organizationIds: [id], userId: user })
    expect(zoho.control.users()[1]?.organizationIds).toEqual([id])
    expect(await control('revoke', {})).toBe(0)
    expect(await control('expireAccessTokens', {})).toBeNull()
  })
})
