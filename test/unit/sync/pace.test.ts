import { createPace } from '../../../src/sync/pace.ts'

/** Zoho's own limits: a request every 600 ms, at most five in flight. */
const limits = { requestsPerMinute: 100, maxInFlight: 5 }
const depthFor = ({
  answerMs,
  storeMs = 10,
  ...changed
}: { answerMs: number; storeMs?: number } & Partial<typeof limits>) => {
  const pace = createPace({ ...limits, ...changed })
  pace.answered(answerMs)
  pace.stored(storeMs)
  return pace.depth()
}

it('one page is under way before anything is known', () => {
  expect(createPace(limits).depth()).toBe(1)
})

it.each([
  ['answers come within the pace that Zoho allows', { answerMs: 500 }, 1],
  ['answers are slower than that pace', { answerMs: 700 }, 2],
  ['answers take three times as long', { answerMs: 1_800 }, 3],
  ['more would take the slot that is kept for people', { answerMs: 60_000 }, 4],
  ['storing is the slower of the two', { answerMs: 1_800, storeMs: 1_500 }, 2],
  [
    'there is no limit to speak of: one is answered while one is read',
    { answerMs: 8, storeMs: 9, requestsPerMinute: 1e6 },
    2,
  ],
  ['only one request may be in flight', { answerMs: 5_000, maxInFlight: 1 }, 1],
  ['only two may', { answerMs: 5_000, maxInFlight: 2 }, 1],
])('%s', (_name, measured, depth) => {
  expect(depthFor(measured)).toBe(depth)
})

it('follows what it measures', () => {
  const pace = createPace(limits)
  for (let slow = 0; slow < 10; slow += 1) pace.answered(2_000)
  expect(pace.depth()).toBe(4)
  for (let quick = 0; quick < 20; quick += 1) pace.answered(100)
  expect(pace.depth()).toBe(1)
})

it('one slow answer among quick ones changes little: the average follows by a third', () => {
  const pace = createPace({ requestsPerMinute: 6_000, maxInFlight: 200, minuteMs: 60_000 })
  for (let times = 0; times < 10; times += 1) pace.answered(100)
  pace.answered(1_000)
  const afterOne = pace.depth()
  for (let times = 0; times < 20; times += 1) pace.answered(1_000)
  expect(afterOne).toBeLessThan(pace.depth() / 2)
  expect(afterOne).toBeGreaterThan(10)
})
