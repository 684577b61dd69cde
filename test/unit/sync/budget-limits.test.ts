import { limitsFor } from '../../../src/sync/budget-limits.ts'
import { testConfig } from '../../support/context.ts'

const zoho = (change: { requestsPerMinute?: number; maxInFlight?: number }) => testConfig({ zoho: change })

it('people may use all of a budget', () => {
  expect(limitsFor(zoho({ requestsPerMinute: 100, maxInFlight: 4 }), 'person')).toMatchObject({
    perMinute: 100,
    maxInFlight: 4,
    dayReserve: { requests: 0, share: 0 },
  })
})

it('the sync leaves 2 % of the minute, one call in flight and 5 % of the day, at least 20 requests, to people', () => {
  expect(limitsFor(zoho({ requestsPerMinute: 100, maxInFlight: 4 }), 'background')).toMatchObject({
    perMinute: 98,
    maxInFlight: 3,
    dayReserve: { requests: 20, share: 0.05 },
  })
})

it('where one call may be in flight, the sync may have it', () => {
  expect(limitsFor(zoho({ maxInFlight: 1 }), 'background').maxInFlight).toBe(1)
})

it('a dead worker’s slot is free before its lease is', () => {
  expect(limitsFor(testConfig({ jobLockSeconds: 15 }), 'person').slotSeconds).toBeLessThan(15)
})

it('only above 2,000 requests the minute is not counted', () => {
  expect(limitsFor(zoho({ requestsPerMinute: 2_000 }), 'person').perMinute).toBe(2_000)
  expect(limitsFor(zoho({ requestsPerMinute: 2_001 }), 'person').perMinute).toBeNull()
})
