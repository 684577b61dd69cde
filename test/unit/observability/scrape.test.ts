import { createScrape } from '../../../src/observability/scrape.ts'

const aScrape = () => {
  let time = 0
  const failed: string[] = []
  const scrape = createScrape({
    failed: (name) => failed.push(name),
    freshMs: 10,
    patienceMs: 20,
    now: () => time,
  })
  return {
    ...scrape,
    failed,
    to: (at: number) => {
      time = at
    },
  }
}

it('reads once for all gauges of a scrape, and again when the values are old', async () => {
  const scrape = aScrape()
  let reads = 0
  scrape.onScrape('one', () => {
    reads++
  })
  await Promise.all([scrape.collect(), scrape.collect(), scrape.collect()])
  expect(reads).toBe(1)
  scrape.to(11)
  await scrape.collect()
  expect(reads).toBe(2)
})

it('counts a read that fails or never ends, and lets the others be', async () => {
  const scrape = aScrape()
  let reads = 0
  scrape.onScrape('broken', async () => {
    throw new Error('down')
  })
  scrape.onScrape('hanging', () => new Promise<void>(() => {}))
  scrape.onScrape('fine', () => {
    reads++
  })
  await scrape.collect()
  expect(scrape.failed.sort()).toEqual(['broken', 'hanging'])
  expect(reads).toBe(1)
})
