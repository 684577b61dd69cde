import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Simulator, signWebhook, startSimulator } from '../../zoho-simulator/index.ts'

interface Delivery {
  readonly headers: Record<string, unknown>
  readonly body: string
}

describe('the webhook sender of the simulator', () => {
  let zoho: Simulator
  let receiver: Server
  let url: string
  let deliveries: Delivery[]

  beforeEach(async () => {
    zoho = await startSimulator({ invoices: 5 })
    deliveries = []
    receiver = createServer((incoming, answer) => {
      let body = ''
      incoming.on('data', (chunk) => {
        body += chunk
      })
      incoming.on('end', () => {
        deliveries.push({ headers: incoming.headers, body })
        answer.writeHead(202).end()
      })
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook?b=2&a=1`
  })
  afterEach(async () => {
    await zoho.close()
    receiver.closeAllConnections()
    await new Promise((resolve) => receiver.close(resolve))
  })

  const sent = (at = 0) => deliveries[at] ?? { headers: {}, body: '' }

  test('sends the detail object with formatted twins and no event id', async () => {
    const id = zoho.control.addInvoice()
    expect(await zoho.control.sendWebhook(url, id)).toEqual([202])
    const payload = JSON.parse(sent().body)
    expect(Object.keys(payload)).toEqual(['invoice'])
    expect(payload.invoice).toMatchObject({ invoice_id: id, balance: 690, balance_formatted: '€690.00' })
    expect(sent().body).toContain('"balance":690.00,')
    expect(sent().headers).not.toHaveProperty('x-zoho-webhook-signature')
  })

  test('sends a form with JSONString, or a raw body with placeholders', async () => {
    const id = zoho.control.addInvoice()
    await zoho.control.sendWebhook(url, id, { format: 'form' })
    expect(JSON.parse(new URLSearchParams(sent().body).get('JSONString') ?? '')).toMatchObject({
      invoice: { invoice_id: id },
    })
    await zoho.control.sendWebhook(url, id, { format: 'raw' })
    expect(sent(1).body).toBe(`{"invoice_id":"${id}"}`)
  })

  test('signs sorted query pairs and the raw body, or forges', async () => {
    const id = zoho.control.addInvoice()
    await zoho.control.sendWebhook(url, id, { signature: 'a-secret-of-12' })
    const expected = createHmac('sha256', 'a-secret-of-12').update(`a1b2${sent().body}`).digest('hex')
    expect(sent().headers['x-zoho-webhook-signature']).toBe(expected)
    expect(signWebhook('a-secret-of-12', url, {}, sent().body)).toBe(expected)
    await zoho.control.sendWebhook(url, id, { forgedSignature: 'f00' })
    expect(sent(1).headers['x-zoho-webhook-signature']).toBe('f00')
  })

  test('sends duplicates, and old news after new', async () => {
    const id = zoho.control.addInvoice()
    const before = zoho.control.webhookPayload(id)
    zoho.control.pay(id)
    expect(await zoho.control.sendWebhook(url, id, { duplicates: 2 })).toEqual([202, 202, 202])
    await zoho.control.sendWebhook(url, id, { payload: before })
    expect(deliveries.map(({ body }) => JSON.parse(body).invoice.balance)).toEqual([0, 0, 0, 690])
  })

  test('tells subscribers of changes, but not of what time alone does', async () => {
    const stop = zoho.control.subscribeWebhook(url)
    const id = zoho.control.addInvoice({ due_date: '2999-01-01' })
    zoho.control.pay(id, 1)
    await zoho.control.webhooksSettled()
    expect(deliveries).toHaveLength(2)
    zoho.control.setClock(Date.parse('2999-02-01'))
    expect(zoho.control.invoice(id)?.status).toBe('overdue')
    stop()
    zoho.control.void(id)
    await zoho.control.webhooksSettled()
    expect(deliveries).toHaveLength(2)
  })

  test('reports 0 when nobody answers', async () => {
    expect(await zoho.control.sendWebhook('http://127.0.0.1:1/', zoho.control.addInvoice())).toEqual([0])
  })
})
