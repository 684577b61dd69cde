import fc from 'fast-check'
import {
  freshSeconds,
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
