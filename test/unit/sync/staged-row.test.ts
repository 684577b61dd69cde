import { stateOf } from '../../../src/sync/staged-row.ts'
import { observedAt, withOverlap } from '../../../src/sync/zoho-time.ts'

it.each([
  ['sent', '10', 'open'],
  ['viewed', '0.01', 'open'],
  ['overdue', '10.000', 'open'],
  ['partially_paid', '1', 'open'],
  ['a status of tomorrow', '10', 'open'],
  ['sent', '0', 'paid'],
  ['sent', '0.00', 'paid'],
  ['overdue', '-5.00', 'paid'],
  ['paid', '0', 'paid'],
  ['void', '10', 'void'],
  ['draft', '10', 'removed'],
  ['pending_approval', '10', 'removed'],
  ['rejected', '10', 'removed'],
])('status %s with balance %s is %s', (status, balance, state) => {
  expect(stateOf({ status, balance })).toBe(state)
})

it('an answer is as old as its request, in Zoho time', () => {
  const facts = {
    zohoTime: new Date('2026-06-10T12:00:05Z'),
    dayLimit: null,
    dayRemaining: null,
    dayResetSeconds: null,
  }
  const asked = { requestedAt: new Date('2026-06-10T12:00:00Z'), tookMs: 1_500.2 }
  expect(observedAt(facts, asked)).toEqual(new Date('2026-06-10T12:00:03.499Z'))
  expect(observedAt({ ...facts, zohoTime: null }, asked)).toBeNull()
})

it('a Date header more than five minutes ahead of our clock is not believed', () => {
  const asked = { requestedAt: new Date('2026-06-10T12:00:00Z'), tookMs: 0 }
  const at = (time: string) =>
    observedAt({ zohoTime: new Date(time), dayLimit: null, dayRemaining: null, dayResetSeconds: null }, asked)
  expect(at('2099-01-01T00:00:00Z')).toBeNull()
  expect(at('2026-06-10T12:05:01Z')).toBeNull()
  expect(at('2026-06-10T12:05:00Z')).toEqual(new Date('2026-06-10T12:05:00Z'))
  expect(at('1999-01-01T00:00:00Z')).toEqual(new Date('1999-01-01T00:00:00Z'))
})

it('a watermark is overlapped by five minutes', () => {
  expect(withOverlap(new Date('2026-06-10T12:00:00Z'))).toEqual(new Date('2026-06-10T11:55:00Z'))
})
