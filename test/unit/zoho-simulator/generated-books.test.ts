import fc from 'fast-check'
import { startSimulator } from '../../zoho-simulator/index.ts'
import { patchJson } from '../../zoho-simulator/json-text.ts'
import { minorUnits, moneyText } from '../../zoho-simulator/money.ts'
import { localTime, secondsToMidnight } from '../../zoho-simulator/zone-time.ts'
import { openBooks, type Row } from './client.ts'

type ListedRow = Omit<Row, 'billing_address' | 'balance'> & { billing_address: Row; balance: number }

async function allUnpaid(seed: number, invoices: number): Promise<ListedRow[]> {
  const zoho = await startSimulator({
    seed,
    invoices,
    clock: { start: Date.parse('2026-06-09T12:00:00Z'), rate: 0 },
  })
  try {
    const books = openBooks(zoho)
    const rows: ListedRow[] = []
    for (let page = 1; page <= Math.ceil(invoices / 200); page += 1) {
      const found: unknown = await books.rows({
        filter_by: 'Status.Unpaid',
        sort_order: 'A',
        page: String(page),
      })
      rows.push(...(found as ListedRow[]))
    }
    return rows
  } finally {
    await zoho.close()
  }
}

const withoutUrls = (rows: readonly ListedRow[]) => rows.map(({ invoice_url: _, ...row }) => row)

describe('a generated book', () => {
  test('is the same for the same seed and another for another', async () => {
    const [one, again, other] = [await allUnpaid(7, 200), await allUnpaid(7, 200), await allUnpaid(8, 200)]
    expect(withoutUrls(again)).toEqual(withoutUrls(one))
    expect(withoutUrls(other)).not.toEqual(withoutUrls(one))
  })

  test('is believable: many countries and currencies, shared customers, gaps, and about 70 % that can be collected', async () => {
    const rows = await allUnpaid(1, 2000)
    expect(new Set(rows.map((row) => row['invoice_id'])).size).toBe(2000)
    const of = (key: string) => new Set(rows.map((row) => row[key]))
    for (const country of ['Germany', 'Deutschland', 'U.S.A', 'España', 'Unknownland', 'DK', ''])
      expect([...of('country')]).toContain(country)
    for (const currency of ['EUR', 'USD', 'JPY', 'KWD', 'DKK'])
      expect([...of('currency_code')]).toContain(currency)
    expect(of('customer_id').size).toBeLessThan(700)
    expect([...of('status')].sort()).toEqual(['overdue', 'partially_paid', 'sent', 'viewed'])
    expect(rows.some((row) => (row['reference_number'] ?? '').length > 100)).toBe(true)
    expect(rows.some((row) => row.billing_address['address'] === ' ')).toBe(true)
    expect(rows.some((row) => row['email'] === '')).toBe(true)
    const perUsd: Record<string, number> = { JPY: 150, KRW: 1340, INR: 83, DKK: 7, SEK: 10, KWD: 0.3 }
    const collectable = rows.filter((row) => {
      const { address = '', city = '', country = '', state = '' } = row.billing_address
      const complete =
        [address, city, country].every((part) => part.trim() !== '') && country !== 'Unknownland'
      const stateGiven = row['currency_code'] !== 'USD' || state !== ''
      return (
        complete &&
        stateGiven &&
        row['status'] === 'overdue' &&
        row.balance / (perUsd[row['currency_code'] ?? ''] ?? 1) >= 100
      )
    })
    expect(collectable.length / rows.length).toBeGreaterThan(0.62)
    expect(collectable.length / rows.length).toBeLessThan(0.8)
  })

  test('holds paid, void and draft ones beside the unpaid', async () => {
    const zoho = await startSimulator({ invoices: 100 })
    try {
      expect(zoho.control.unpaidTruth()).toHaveLength(100)
      const others = zoho.control.invoices().map(({ status }) => status)
      for (const status of ['paid', 'void', 'draft']) expect(others).toContain(status)
    } finally {
      await zoho.close()
    }
  })

  test('holds promised payments and sub-statuses, but on none that is owed', async () => {
    const zoho = await startSimulator({ invoices: 400 })
    try {
      const noted: unknown = await openBooks(zoho).rows({ filter_by: 'Date.PaymentExpectedDate' })
      const voided: unknown = await openBooks(zoho).rows({ filter_by: 'Status.Void' })
      expect(new Set((noted as ListedRow[]).map((row) => row['status']))).toEqual(new Set(['paid']))
      expect(new Set((voided as ListedRow[]).map((row) => row['current_sub_status']))).toEqual(
        new Set(['void', 'Disputed', 'Order cancelled']),
      )
      const owed: unknown = await openBooks(zoho).rows({ filter_by: 'Status.Unpaid' })
      for (const row of owed as ListedRow[])
        expect(row).toMatchObject({ payment_expected_date: '', current_sub_status: row['status'] })
    } finally {
      await zoho.close()
    }
  })

  test('of 200,000 unpaid invoices is served to its last page', async () => {
    const zoho = await startSimulator({ invoices: 200_000 })
    try {
      const books = openBooks(zoho)
      const last = (await books.rows({ filter_by: 'Status.Unpaid', page: '1000' })) as ListedRow[]
      expect(last).toHaveLength(200)
      expect(await books.rows({ filter_by: 'Status.Unpaid', page: '1001' })).toEqual([])
    } finally {
      await zoho.close()
    }
  })
})

describe('text', () => {
  test('money keeps all decimals and comes back as it went', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(0, 2, 3), (minor, digits) => {
        const text = moneyText(minor, digits)
        expect(text.split('.')[1]?.length ?? 0).toBe(digits)
        expect(minorUnits(text, digits)).toBe(minor === 0 ? 0 : minor)
      }),
    )
  })

  test('patching JSON text equals patching the object, and keeps untouched text', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true })
    fc.assert(
      fc.property(object, fc.string(), fc.string(), (value, key, text) => {
        fc.pre(key !== '__proto__' && !Object.hasOwn(value, '__proto__'))
        expect(JSON.parse(patchJson(JSON.stringify(value), { [key]: text }))).toEqual(
          JSON.parse(JSON.stringify({ ...value, [key]: text })),
        )
      }),
    )
    expect(patchJson('{"a":135000.00,"b":{"c":"}\\"","d":1.10}}', { b: { c: 1 } })).toBe(
      '{"a":135000.00,"b":{"c":1,"d":1.10}}',
    )
  })

  test('local times name the same moment in every zone', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC']
    const moments = fc.integer({ min: 1_600_000_000, max: 1_900_000_000 })
    fc.assert(
      fc.property(moments, fc.constantFrom(...zones), (seconds, zone) => {
        const text = localTime(zone, seconds * 1000)
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}$/)
        expect(Date.parse(text.replace(/(\d\d)$/, ':$1'))).toBe(seconds * 1000)
        expect(localTime(zone, (seconds + secondsToMidnight(zone, seconds * 1000)) * 1000)).toContain(
          'T00:00:00',
        )
      }),
    )
  })
})
