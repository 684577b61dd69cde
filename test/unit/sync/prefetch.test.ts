import fc from 'fast-check'
import { prefetchPages } from '../../../src/sync/prefetch.ts'

const always = () => true

const collect = async <T>(pages: AsyncIterable<T>) => {
  const all: T[] = []
  for await (const page of pages) all.push(page)
  return all
}

it('gives all pages once and in order, whatever the depth and the order of the answers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.scheduler(),
      async (pages, depth, scheduler) => {
        const fetch = async (page: number) => {
          await scheduler.schedule(Promise.resolve(), `page ${page}`)
          return { page, hasMore: page < pages }
        }
        const collected = collect(prefetchPages(1, fetch, { depth: () => depth, mayStart: always }))
        const seen = await scheduler.waitFor(collected)
        expect(seen.map(({ page }) => page)).toEqual(Array.from({ length: pages }, (_, at) => at + 1))
      },
    ),
    { numRuns: 50 },
  )
})

it('has the next page under way while one is being stored', async () => {
  const asked: number[] = []
  const pages = prefetchPages(
    1,
    async (page) => {
      asked.push(page)
      return { hasMore: page < 3 }
    },
    { depth: () => 1, mayStart: always },
  )
  await pages.next()
  expect(asked).toEqual([1, 2])
  await pages.return()
})

it('never starts a page that may not be started', async () => {
  const asked: number[] = []
  const fetch = async (page: number) => {
    asked.push(page)
    return { hasMore: true }
  }
  await collect(prefetchPages(5, fetch, { depth: () => 3, mayStart: (page) => page < 8 }))
  expect(asked).toEqual([5, 6, 7])
})

it('a reader who leaves aborts what is under way and waits for it', async () => {
  const ended: string[] = []
  const fetch = (page: number, signal: AbortSignal) =>
    page === 1
      ? Promise.resolve({ hasMore: true })
      : new Promise<{ hasMore: boolean }>((_, fail) => {
          signal.addEventListener('abort', () => {
            ended.push(`page ${page} aborted`)
            fail(new Error('aborted'))
          })
        })
  for await (const _ of prefetchPages(1, fetch, { depth: () => 1, mayStart: always })) break
  expect(ended).toEqual(['page 2 aborted'])
})

it('a failed page is thrown when its turn comes', async () => {
  const fetch = async (page: number) => {
    if (page === 2) throw new Error('page 2 failed')
    return { page, hasMore: true }
  }
  const seen: number[] = []
  await expect(async () => {
    for await (const { page } of prefetchPages(1, fetch, { depth: () => 2, mayStart: always }))
      seen.push(page)
  }).rejects.toThrow('page 2 failed')
  expect(seen).toEqual([1])
})
