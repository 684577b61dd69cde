import { staleWhileRevalidate } from '../../../src/operator/stale-while-revalidate.ts'

const aReader = () => {
  let time = 0
  let asked = 0
  let fail = false
  const reader = staleWhileRevalidate(
    async () => {
      asked++
      if (fail) throw new Error('down')
      return asked
    },
    { freshMs: 10, staleMs: 100 },
    () => time,
  )
  return {
    ...reader,
    asked: () => asked,
    to: (at: number) => {
      time = at
    },
    break: () => {
      fail = true
    },
  }
}
const settled = () => new Promise((done) => setImmediate(done))

it('asks once for readers at the same time and while the answer is fresh', async () => {
  const reader = aReader()
  expect(await Promise.all([reader.read(), reader.read()])).toEqual([1, 1])
  reader.to(9)
  expect(await reader.read()).toBe(1)
  expect(reader.asked()).toBe(1)
})

it('gives a somewhat older answer at once and fetches a new one behind it', async () => {
  const reader = aReader()
  await reader.read()
  reader.to(50)
  expect(await reader.read()).toBe(1)
  await settled()
  expect(await reader.read()).toBe(2)
})

it('waits for a new answer when the last one is too old or forgotten', async () => {
  const reader = aReader()
  await reader.read()
  reader.to(500)
  expect(await reader.read()).toBe(2)
  reader.forget()
  expect(await reader.read()).toBe(3)
})

it('does not keep a failure, and never breaks a reader who has an older answer', async () => {
  const reader = aReader()
  await reader.read()
  reader.break()
  reader.to(50)
  expect(await reader.read()).toBe(1)
  await settled()
  reader.to(500)
  await expect(reader.read()).rejects.toThrow('down')
  await expect(reader.read()).rejects.toThrow('down')
})
