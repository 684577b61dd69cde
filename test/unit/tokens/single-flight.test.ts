import { createLimiter, createSingleFlight } from '../../../src/tokens/single-flight.ts'

const turn = () => new Promise((next) => setImmediate(next))

it('callers with the same key share one run, others do not, and a later one starts anew', async () => {
  const flight = createSingleFlight()
  let runs = 0
  const run = async () => {
    runs += 1
    await turn()
    return runs
  }
  expect(await Promise.all([flight('a', run), flight('a', run), flight('b', run)])).toEqual([2, 2, 2])
  expect(await flight('a', run)).toBe(3)
})

it('a failure reaches all who share it and is not kept', async () => {
  const flight = createSingleFlight()
  const failing = () => flight('a', () => Promise.reject(new Error('no')))
  const outcomes = await Promise.allSettled([failing(), failing()])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await flight('a', async () => 'yes')).toBe('yes')
})

it('at most so many run at a time, in the order of asking, failures included', async () => {
  const limit = createLimiter(2)
  let [running, most] = [0, 0]
  const started: number[] = []
  const outcomes = await Promise.allSettled(
    Array.from({ length: 9 }, (_, at) =>
      limit(async () => {
        started.push(at)
        running += 1
        most = Math.max(most, running)
        await turn()
        running -= 1
        if (at % 3 === 0) throw new Error('no')
      }),
    ),
  )
  expect(most).toBe(2)
  expect(started).toEqual([...started].sort((a, b) => a - b))
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(3)
})
