import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSimulator } from '../../zoho-simulator/index.ts'
import { refresh } from './client.ts'

describe('the state file of the simulator', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'simulator-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const start = (invoices = 20) =>
    startSimulator({ invoices, stateFile: join(folder, 'state', 'simulator.json') })

  test('lets origin, grants and changed books outlive a restart, and holds no token', async () => {
    const before = await start()
    const { refreshToken } = before.control.grant()
    const [paid, removed] = before.control.unpaidTruth()
    before.control.pay(paid?.invoiceId ?? '')
    before.control.delete(removed?.invoiceId ?? '')
    before.control.addInvoice()
    before.control.delete(before.control.addInvoice())
    const partPaid = before.control.addInvoice({ total: 100 })
    const payment = before.control.pay(partPaid, 30)
    before.control.setUnusedCredits(partPaid, 7)
    const kept = before.control.addInvoice({ total: 42, email: 'ä@b.example' })
    const truth = before.control.invoices()
    await before.close()

    expect(readFileSync(join(folder, 'state', 'simulator.json'), 'utf8')).not.toContain(refreshToken)
    const after = await start()
    try {
      expect(after.url).toBe(before.url)
      expect(after.control.invoices()).toEqual(truth)
      expect(after.control.invoice(kept)).toMatchObject({ total: '42.00' })
      after.control.deletePayment(payment)
      expect(after.control.invoice(partPaid)).toMatchObject({ balance: '100.00' })
      expect(after.control.webhookPayload(partPaid)).toContain('"unused_customer_credits":7.00')
      expect((await refresh(after.url, refreshToken)).json).toHaveProperty('access_token')
    } finally {
      await after.close()
    }
  })

  test('begins new books when they are made from other options', async () => {
    const before = await start()
    before.control.addInvoice()
    await before.close()
    const after = await start(30)
    expect(after.control.unpaidTruth()).toHaveLength(30)
    await after.close()
  })

  test('is refused when it is something else', async () => {
    const file = join(folder, 'other.json')
    writeFileSync(file, '{"version":2}')
    await expect(startSimulator({ stateFile: file })).rejects.toThrow(/no state of the simulator/)
  })
})
