import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { type Books, openBooks, type Reply } from './client.ts'

describe('the limits of the simulator', () => {
  let zoho: Simulator
  let books: Books

  beforeEach(async () => {
    zoho = await startSimulator({ invoices: 5, clock: { start: Date.parse('2026-06-09T17:15:37Z') } })
    books = openBooks(zoho)
  })
  afterEach(() => zoho.close())

  const ask = () => books.get('/invoices', { per_page: '1' })
  const code = async (reply: Promise<Reply>) => (await reply).json['code']
  const times = async (count: number, act: () => Promise<Reply>) => {
    const codes: unknown[] = []
    for (let time = 0; time < count; time += 1) codes.push(await code(act()))
    return codes
  }

  test('send the daily quota and the seconds to the midnight of the organization', async () => {
    zoho.control.setLimits({ perMinute: 100, perDay: 1000, concurrent: 10 })
    zoho.control.setClockRate(0)
    const first = await ask()
    expect(first.headers.get('x-rate-limit-limit')).toBe('1000')
    expect(first.headers.get('x-rate-limit-remaining')).toBe('999')
    expect(Number(first.headers.get('x-rate-limit-reset'))).toBeCloseTo(4 * 3600 + 44 * 60 + 23, -1)
    expect((await ask()).headers.get('x-rate-limit-remaining')).toBe('998')
    expect(Date.parse(first.headers.get('date') ?? '')).toBe(Math.floor(zoho.control.now() / 1000) * 1000)
    const newYork = openBooks(zoho, zoho.control.organizations()[1]?.organizationId)
    const other = await newYork.get('/invoices')
    expect(Number(other.headers.get('x-rate-limit-reset'))).toBeCloseTo(10 * 3600 + 44 * 60 + 23, -1)
  })

  test('let so many calls through in any sliding minute, then answer 429 with code 44', async () => {
    zoho.control.setLimits({ perMinute: 4, perDay: 1000, concurrent: 10 })
    zoho.control.setClockRate(0)
    expect(await times(2, ask)).toEqual([0, 0])
    zoho.control.advanceClock(40_000)
    expect(await times(3, ask)).toEqual([0, 0, 44])
    zoho.control.advanceClock(20_000)
    expect(await times(3, ask)).toEqual([0, 0, 44])
    const refused = await ask()
    expect([refused.status, refused.headers.has('retry-after')]).toEqual([429, false])
    zoho.control.setSwitches({ retryAfter: true, rateLimitHeadersOn429: false })
    const again = await ask()
    expect([again.headers.get('retry-after'), again.headers.has('x-rate-limit-limit')]).toEqual(['60', false])
  })

  test('can block for a while after code 44', async () => {
    zoho.control.setLimits({ perMinute: 1, perDay: 1000, concurrent: 10, blockSeconds: 300 })
    expect(await times(2, ask)).toEqual([0, 44])
    zoho.control.advanceClock(61_000)
    expect(await times(1, ask)).toEqual([44])
    zoho.control.advanceClock(240_000)
    expect(await times(1, ask)).toEqual([0])
  })

  test('refuse the day with code 45 until midnight of the organization', async () => {
    zoho.control.setLimits({ perMinute: 100, perDay: 2, concurrent: 10 })
    expect(await times(3, ask)).toEqual([0, 0, 45])
    const { status, json, headers } = await ask()
    expect([status, json['message']]).toEqual([
      429,
      'The API call for this organization has exceeded the maximum call rate limit of 2.',
    ])
    zoho.control.advanceClock(Number(headers.get('x-rate-limit-reset')) * 1000)
    books = openBooks(zoho)
    expect(await times(1, ask)).toEqual([0])
    expect(zoho.control.counters().throttledByCode).toEqual({ 45: 2 })
  })

  test('refuse more calls at once than allowed with code 1070, and count the most there were', async () => {
    zoho.control.setLimits({ perMinute: 100, perDay: 1000, concurrent: 3 })
    // All five have come before the first is answered, on a busy machine too.
    zoho.control.setLatency(400)
    const codes = await Promise.all(Array.from({ length: 5 }, () => code(ask())))
    expect(codes.sort()).toEqual([0, 0, 0, 1070, 1070])
    expect(zoho.control.counters().maxInFlightByOrganization[books.organizationId]).toBe(3)
    expect(zoho.control.meter(books.organizationId).inFlight).toBe(0)
  })

  test('are counted per organization', async () => {
    zoho.control.setLimits({ perMinute: 1, perDay: 1000, concurrent: 10 })
    const other = openBooks(zoho, zoho.control.organizations()[1]?.organizationId)
    expect(await times(2, ask)).toEqual([0, 44])
    expect(await code(other.get('/invoices'))).toBe(0)
  })

  test('run on a clock that can be compressed', async () => {
    zoho.control.setClockRate(0)
    const start = zoho.control.now()
    zoho.control.setClockRate(100_000)
    while (zoho.control.now() < start + 61_000) await ask()
    expect(zoho.control.now()).toBeGreaterThan(start + 60_000)
  })
})
