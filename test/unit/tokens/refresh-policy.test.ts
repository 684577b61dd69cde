import fc from 'fast-check'
import {
  freshSeconds,
  lastResortSeconds,
  mintsPerTenMinutes,
  nextRefreshSeconds,
  pauseSeconds,
} from '../../../src/tokens/refresh-policy.ts'

const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

it('a token of an hour is renewed 5 to 15 minutes before its end', () => {
  fc.assert(
    fc.property(random, (chance) => {
      const left = 3600 - nextRefreshSeconds(3600, chance)
      expect(left).toBeGreaterThanOrEqual(freshSeconds)
      expect(left).toBeLessThanOrEqual(900)
    }),
  )
})

it('a token is always renewed within its life, and not before half of it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 86_400 }), random, (expiresIn, chance) => {
      const next = nextRefreshSeconds(expiresIn, chance)
      expect(next).toBeGreaterThanOrEqual(expiresIn / 2)
      expect(next).toBeLessThan(expiresIn)
    }),
  )
})

it('pauses grow, and a throttle is never retried within its window', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), random, (failures, chance) => {
      expect(pauseSeconds('throttled', failures, chance)).toBeGreaterThanOrEqual(600)
      for (const kind of ['throttled', 'our_fault', 'unclear'] as const) {
        const pause = pauseSeconds(kind, failures, chance)
        expect(pause).toBeLessThanOrEqual(3600 * 1.25)
        expect(pauseSeconds(kind, failures + 1, chance)).toBeGreaterThanOrEqual(pause)
      }
    }),
  )
})

it('unclear answers alone never use up the mint budget', () => {
  let [elapsed, attempts] = [0, 0]
  while (elapsed <= 600) elapsed += pauseSeconds('unclear', attempts++, 0)
  expect(attempts).toBeLessThanOrEqual(mintsPerTenMinutes)
})

it('a token is good for five minutes when it is handed out, and in need for longer than a request takes', () => {
  expect(freshSeconds).toBe(300)
  const requestSeconds = 20
  expect(lastResortSeconds).toBeGreaterThan(requestSeconds)
})

it('of the 10 mints that Zoho allows, two are left for calls that nobody recorded', () => {
  expect(mintsPerTenMinutes).toBe(10 - 2)
})

it('a crowd of tokens of one moment is renewed over ten minutes', () => {
  expect(nextRefreshSeconds(3600, 0)).toBe(3600 - 300)
  expect(nextRefreshSeconds(3600, 0.5)).toBe(3600 - 600)
  expect(nextRefreshSeconds(3600, 1)).toBe(3600 - 900)
})

it('a pause is spread to one side only: never shorter than it says', () => {
  for (const kind of ['throttled', 'our_fault', 'unclear'] as const)
    expect(pauseSeconds(kind, 2, 1)).toBe(pauseSeconds(kind, 2, 0) * 1.25)
  expect([0, 1, 2, 99].map((failures) => pauseSeconds('unclear', failures, 0))).toEqual([5, 10, 20, 600])
})
