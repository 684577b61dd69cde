import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { request } from './client.ts'
import { openReceiver } from './receiver.ts'

type Receiver = Awaited<ReturnType<typeof openReceiver>>

describe('the workflow rules of the simulator', () => {
  let zoho: Simulator
  let hook: Receiver

  beforeEach(async () => {
    zoho = await startSimulator({ invoices: 5 })
    hook = await openReceiver()
  })
  afterEach(async () => {
    await zoho.close()
    await hook.close()
  })

  const add = (total = 100) => zoho.control.addInvoice({ total, due_date: '2999-01-01' })

  test('of invoices fire on creation, edit and deletion, but neither on payment nor on credit', async () => {
    zoho.control.addWebhookRule({ module: 'invoices', url: hook.url })
    const id = add()
    zoho.control.edit(id, { reference_number: 'R-1' })
    zoho.control.pay(id, 10)
    zoho.control.credit(id, 10)
    zoho.control.void(id)
    zoho.control.delete(id)
    await zoho.control.webhooksSettled()
    expect(zoho.control.webhookDeliveries().map(({ event, status }) => [event, status])).toEqual([
      ['created', 202],
      ['edited', 202],
      ['edited', 202],
      ['deleted', 202],
    ])
    expect(hook.received.every(({ body }) => JSON.parse(body).invoice.invoice_id === id)).toBe(true)
  })

  test('of invoices fire on payment too when that is switched on', async () => {
    zoho.control.setSwitches({ invoiceRulesOnPayment: true })
    const id = add()
    zoho.control.addWebhookRule({ module: 'invoices', url: hook.url })
    zoho.control.pay(id)
    await zoho.control.webhooksSettled()
    expect(hook.json().invoice).toMatchObject({ status: 'paid', balance: 0 })
  })

  test('of payments name every invoice, with its balance after it', async () => {
    const [one, two] = [add(100), add(200)]
    zoho.control.addWebhookRule({ module: 'customer_payments', url: hook.url })
    const paymentId = zoho.control.recordPayment({
      invoices: [{ invoiceId: one }, { invoiceId: two, amount: 50 }],
    })
    await zoho.control.webhooksSettled()
    expect(Object.keys(hook.json())).toEqual(['payment'])
    expect(hook.json().payment).toMatchObject({
      payment_id: paymentId,
      amount: 150,
      customer_name: 'Muster AG',
      invoices: [
        { invoice_id: one, amount_applied: 100, balance: 0 },
        { invoice_id: two, amount_applied: 50, balance: 150 },
      ],
    })
    expect(hook.received[0]?.body).toContain('"amount_applied":50.00')
  })

  test('of payments fire on edit and deletion, or on the events asked for', async () => {
    const [one, two] = [add(), add()]
    zoho.control.addWebhookRule({ module: 'customer_payments', events: ['edited', 'deleted'], url: hook.url })
    const payment = zoho.control.recordPayment({ invoices: [{ invoiceId: one }] })
    zoho.control.editPayment(payment, { invoices: [{ invoiceId: two }] })
    zoho.control.deletePayment(payment)
    await zoho.control.webhooksSettled()
    expect(zoho.control.webhookDeliveries()).toMatchObject([
      { module: 'customer_payments', event: 'edited', invoiceIds: [two], settlementId: payment },
      { module: 'customer_payments', event: 'deleted', invoiceIds: [two], settlementId: payment },
    ])
  })

  test('of credit notes name the invoices they were applied to', async () => {
    const [one, two] = [add(), add()]
    zoho.control.addWebhookRule({ module: 'credit_notes', events: ['applied'], url: hook.url })
    const note = zoho.control.applyCredit({ invoices: [{ invoiceId: one, amount: 5 }, { invoiceId: two }] })
    zoho.control.deleteCredit(note)
    await zoho.control.webhooksSettled()
    expect(hook.received).toHaveLength(1)
    expect(hook.json().creditnote).toMatchObject({
      creditnote_id: note,
      invoices: [
        { invoice_id: one, amount_applied: 5 },
        { invoice_id: two, amount_applied: 100 },
      ],
    })
  })

  test('send the shapes that are documented or seen', async () => {
    const id = add()
    const rule = { module: 'customer_payments', url: `${hook.url}?tenant=1`, events: ['created'] } as const
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: Zoho's own placeholder syntax.
    const shapes = [
      { named: 'first' },
      { named: 'none' },
      { format: 'form', headers: { 'x-tenant': 'a' } },
      { format: 'raw' },
      {
        format: 'raw',
        rawBody: '{"id":"${PAYMENT.PAYMENT_ID}","paid":${PAYMENT.AMOUNT},"x":"${PAYMENT.NONE}"}',
      },
      { format: 'fields', fields: { payment: '${PAYMENT.PAYMENT_ID}', kind: 'payment' } },
      { query: { p: '${PAYMENT.PAYMENT_ID}' }, method: 'PUT' },
    ] as const
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: Zoho's own placeholder syntax.
    const sent = async (shape: (typeof shapes)[number]) => {
      hook.received.length = 0
      const number = zoho.control.addWebhookRule({ ...rule, ...shape })
      const payment = zoho.control.pay(id, 1)
      await zoho.control.webhooksSettled()
      zoho.control.removeWebhookRule(number)
      return { payment, ...(hook.received[0] ?? { body: '', headers: {}, url: '', method: '' }) }
    }
    const [first, none, form, raw, own, fields, query] = await (async () => {
      const all = []
      for (const shape of shapes) all.push(await sent(shape))
      return all
    })()

    expect(JSON.parse(first?.body ?? '').payment).toMatchObject({
      payment_id: first?.payment,
      invoice_id: id,
    })
    expect(JSON.parse(first?.body ?? '').payment).not.toHaveProperty('invoices')
    expect(none?.body).not.toContain(id)
    expect(form?.headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      'x-tenant': 'a',
    })
    expect(JSON.parse(new URLSearchParams(form?.body).get('JSONString') ?? '').payment.invoices).toHaveLength(
      1,
    )
    expect(JSON.parse(raw?.body ?? '')).toMatchObject({
      payment_id: raw?.payment,
      invoices: [{ invoice_id: id }],
    })
    expect(own?.body).toBe(`{"id":"${own?.payment}","paid":1.00,"x":""}`)
    expect(Object.fromEntries(new URLSearchParams(fields?.body))).toEqual({
      payment: fields?.payment,
      kind: 'payment',
    })
    expect([query?.method, query?.url]).toEqual(['PUT', `/hook?tenant=1&p=${query?.payment}`])
  })

  test('of one organization leave the others alone', async () => {
    const other = zoho.control.organizations()[1]?.organizationId ?? ''
    zoho.control.addWebhookRule({ module: 'invoices', url: hook.url, organizationId: other })
    add()
    zoho.control.addInvoice({ organization_id: other })
    await zoho.control.webhooksSettled()
    expect(zoho.control.webhookDeliveries().map(({ organizationId }) => organizationId)).toEqual([other])
  })

  test('hold nobody up when the receiver hangs, and say so afterwards', async () => {
    hook.state.status = 0
    zoho.control.addWebhookRule({ module: 'invoices', url: hook.url, timeoutMs: 100 })
    const id = add()
    expect(zoho.control.webhookDeliveries()).toMatchObject([{ invoiceIds: [id], status: null }])
    await zoho.control.webhooksSettled()
    expect(zoho.control.webhookDeliveries()).toMatchObject([{ status: 0, error: 'ETIMEDOUT' }])
  })

  test('can be late, and what is late is called off when the simulator closes', async () => {
    zoho.control.addWebhookRule({ module: 'invoices', url: hook.url, delayMs: 600_000 })
    add()
    await zoho.close()
    expect(zoho.control.webhookDeliveries()).toMatchObject([{ status: 0, error: 'CLOSED' }])
    expect(hook.received).toEqual([])
  })

  test('are kept in step with refusals, and a webhook can be sent again as it was', async () => {
    hook.state.status = 503
    zoho.control.addWebhookRule({ module: 'customer_payments', url: hook.url })
    const id = add()
    zoho.control.pay(id, 1)
    await zoho.control.webhooksSettled()
    const [delivery] = zoho.control.webhookDeliveries({ invoiceId: id })
    expect(delivery?.status).toBe(503)
    hook.state.status = 200
    zoho.control.pay(id, 1)
    expect(await zoho.control.resendWebhook(delivery?.id ?? 0)).toBe(200)
    await zoho.control.webhooksSettled()
    expect(hook.received.map(({ body }) => body)).toContain(hook.received[0]?.body)
    expect(zoho.control.webhookDeliveries()).toHaveLength(3)
  })

  test('are made, listed and removed over HTTP', async () => {
    const control = async (name: string, input: unknown = {}) =>
      (await request(`${zoho.url}/__control/${name}`, { method: 'POST', body: JSON.stringify(input) })).json
    const { result: rule } = await control('addWebhookRule', {
      module: 'customer_payments',
      events: ['created'],
      url: hook.url,
      headers: { authorization: 'Bearer x' },
      format: 'form',
    })
    expect((await control('webhookRules'))['result']).toMatchObject([{ id: rule, format: 'form' }])
    await control('pay', { invoiceId: add(), amount: 1 })
    await control('webhooksSettled')
    const { result } = await control('webhookDeliveries', { ruleId: rule })
    expect(result).toMatchObject([{ event: 'created', status: 202, request: { method: 'POST' } }])
    const [{ id }] = result as [{ id: number }]
    expect((await control('resendWebhook', { deliveryId: id }))['result']).toBe(202)
    expect(hook.received[1]).toMatchObject({ headers: { authorization: 'Bearer x' } })
    expect((await control('removeWebhookRule', { id: rule }))['result']).toBe(true)
    await control('clearWebhookDeliveries')
    expect(zoho.control.webhookDeliveries()).toEqual([])
    expect((await control('addWebhookRule', { module: 'bills', url: hook.url }))['error']).toContain('module')
  })
})
