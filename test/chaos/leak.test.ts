/**
 * Ten minutes of steady work: syncs, orders, pages and the API. After the warm-up neither server nor workers grow.
 * LEAK_MINUTES makes it shorter or longer.
 */

import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { signSignInToken } from '../../scripts/support/portal-client.ts'
import {
  completed,
  expectInvariantsHold,
  type Installation,
  installationSecrets,
  order,
  proven,
  stagedInvoices,
  startInstallation,
  telling,
} from '../support/installation.ts'
import { hasRedisServer } from '../support/own-services.ts'
import { killAllScripts } from '../support/processes.ts'
import { steadyPort } from '../support/steady-port.ts'

const minutes = Number(process.env['LEAK_MINUTES'] ?? 10)
/** Until pools are filled, code is compiled and the heap has found its size. */
const warmUp = 0.4
const sampleEveryMs = 2_000
/** The least of each such window: what the collections in it had left. */
const windowMs = 20_000
/** Megabytes a minute that noise may look like. What leaks a kilobyte an order or a page, leaks more than this here. */
const most = { heap: 0.5, rss: 2 }

const pause = (ms: number) => new Promise((next) => setTimeout(next, ms))

interface Sample {
  readonly minute: number
  readonly heap: number
  readonly rss: number
}

const metric = (text: string, name: string): number =>
  Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN) / 2 ** 20

const sample = async (port: number, startedAt: number): Promise<Sample> => {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return {
    minute: (performance.now() - startedAt) / 60_000,
    heap: metric(text, 'nodejs_heap_size_used_bytes'),
    rss: metric(text, 'process_resident_memory_bytes'),
  }
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Growth a minute: the median of the slopes between all pairs of windows (Theil and Sen), which a burst does not bend. */
const growth = (samples: readonly Sample[], of: 'heap' | 'rss'): number => {
  const windows = new Map<number, Sample>()
  for (const one of samples) {
    const window = Math.floor((one.minute * 60_000) / windowMs)
    const least = windows.get(window)
    if (!least || one[of] < least[of]) windows.set(window, one)
  }
  const points = [...windows.values()]
  return median(
    points.flatMap((a, at) => points.slice(at + 1).map((b) => (b[of] - a[of]) / (b.minute - a.minute))),
  )
}

const pages = [
  '/integrations',
  '/integrations/zoho-books/runs',
  '/bulk-import',
  '/bulk-import/commands',
  '/cases',
  '/sessions',
]

const keepDoing = (work: (at: number) => Promise<unknown>, everyMs: number) => {
  let stopped = false
  let times = 0
  const running = (async () => {
    for (; !stopped; times += 1) {
      await work(times)
      await pause(everyMs)
    }
  })()
  running.catch(() => undefined)
  return async (): Promise<number> => {
    stopped = true
    await running
    return times
  }
}

const signIn = async (url: string): Promise<string> => {
  const token = await signSignInToken(installationSecrets.jwtSecret, {
    clientId: 'creditor',
    subject: 'person',
  })
  const answer = await fetch(`${url}/session?token=${token}&next=/`, { redirect: 'manual' })
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

const underLoad = async (installation: Installation, ports: Readonly<Record<string, number>>) => {
  const { connect, client, control, env } = installation
  const url = env['PUBLIC_URL'] ?? ''
  await connect('creditor')
  const portal = client('creditor')
  await proven(portal)
  const ids = (await stagedInvoices(portal)).map((one) => one.zohoInvoiceId)
  const cookie = await signIn(url)
  const view = async (at: number) => {
    const answer = await fetch(`${url}${pages[at % pages.length]}`, {
      headers: { cookie },
      redirect: 'manual',
    })
    await answer.text()
    expect(answer.status).toBe(200)
  }
  // A page that is not there is known now, not after ten minutes.
  for (const at of pages.keys()) await view(at)
  const loads = {
    orders: keepDoing(async (at) => {
      const from = (at * 5) % ids.length
      const { id } = await order(portal, ids.slice(from, from + 5), `steady-${at}`)
      await completed(portal, id)
    }, 250),
    syncs: keepDoing(async () => {
      const open = await control<{ invoiceId: string }[]>('unpaidTruth')
      await control('pay', { invoiceId: open[0]?.invoiceId })
      await portal.request(z.object({ runId: z.string() }), '/api/connection/sync', {
        method: 'POST',
        body: { kind: 'full' },
      })
    }, 2_000),
    pages: keepDoing(view, 50),
  }
  const startedAt = performance.now()
  const samples: Record<string, Sample[]> = {}
  while (performance.now() - startedAt < minutes * 60_000) {
    await pause(sampleEveryMs)
    for (const [name, port] of Object.entries(ports)) {
      samples[name] ??= []
      samples[name].push(await sample(port, startedAt))
    }
  }
  const done = Object.fromEntries(
    await Promise.all(Object.entries(loads).map(async ([name, stop]) => [name, await stop()] as const)),
  )
  return { samples, done }
}

afterAll(killAllScripts)

it(
  'neither server nor workers grow under steady work',
  async () => {
    const [server, worker, other] = [await steadyPort(), await steadyPort(), await steadyPort()]
    const installation = await startInstallation({
      redis: hasRedisServer,
      invoices: 3_000,
      env: {
        ZOHO_REQUESTS_PER_MINUTE: '100000',
        PROOF_MAX_AGE_SECONDS: '30',
        METRICS_PORT: String(server),
        WORKER_PORT: String(worker),
        LOG_LEVEL: 'warn',
        NODE_OPTIONS: `--import=${pathToFileURL('test/chaos/collect-garbage.mjs')}`,
      },
    })
    const check = async () => {
      await installation.startWorker({ WORKER_PORT: String(other) })
      const { samples, done } = await underLoad(installation, { server, worker, 'another worker': other })
      const found = Object.entries(samples).map(([process, all]) => {
        const warm = all.filter(({ minute }) => minute > minutes * warmUp)
        const [first, last] = [warm[0], warm.at(-1)]
        return {
          process,
          heapAMinute: growth(warm, 'heap'),
          rssAMinute: growth(warm, 'rss'),
          heap: [first?.heap, last?.heap],
          rss: [first?.rss, last?.rss],
        }
      })
      console.log(JSON.stringify({ minutes, done, found }, undefined, 1))
      for (const load of Object.values(done)) expect(load).toBeGreaterThan(minutes)
      expect(found.filter((one) => !(one.heapAMinute < most.heap && one.rssAMinute < most.rss))).toEqual([])
      await expectInvariantsHold(installation)
    }
    await telling(installation, check).finally(installation.stop)
  },
  minutes * 60_000 + 300_000,
)
