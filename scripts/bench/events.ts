/** From a fact to its delivery: on an idle installation, with fifty endpoints, and with one of them dead. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { createDatabase, type Db } from '../../db/core/database.ts'
import { createDatabaseClock } from '../../db/core/database-clock.ts'
import { startEmbeddedPostgres } from '../../db/core/embedded-postgres.ts'
import { createNudge } from '../../jobs/nudge.ts'
import { createQueues } from '../../jobs/queues.ts'
import { startWorker } from '../../jobs/worker.ts'
import type { Ctx } from '../../src/context.ts'
import { createEndpoint } from '../../src/events/webhook-endpoints.ts'
import { migrate } from '../support/migrate.ts'
import { connectOrganization } from './connect-organization.ts'
import { contextOn } from './many-rows.ts'

export interface EventsBench {
  readonly backend: 'redis' | 'postgres'
  readonly facts: number
  /** Milliseconds from the commit of a fact to the arrival of its event. */
  readonly idleP95: number
  readonly healthyP95: readonly number[]
  /** Of the other 49. */
  readonly oneDeadP95: readonly number[]
  readonly ratio: number
}

const endpoints = 50
const idleFacts = 60
const rounded = (ms: number) => Math.round(ms * 10) / 10
const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
const median = (values: readonly number[]) => percentile(values, 0.5)

/** Remembers when each event came to each path; the path `/dead` answers nobody. */
const startReceiver = async () => {
  const arrivals: { readonly path: string; readonly sequence: number; readonly at: number }[] = []
  const server = createServer((request, answer) => {
    const at = performance.now()
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { sequence } = JSON.parse(Buffer.concat(parts).toString()) as { sequence: number }
      arrivals.push({ path: request.url ?? '', sequence, at })
      if (request.url !== '/dead') answer.writeHead(204).end()
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

type Receiver = Awaited<ReturnType<typeof startReceiver>>

const keeper = { subject: 'bench', role: 'host', ip: '127.0.0.1' } as const

const replaceEndpoints = async (ctx: Ctx, receiver: Receiver, paths: readonly string[]) => {
  await sql`delete from webhook_endpoints`.execute(ctx.db)
  for (const path of paths)
    await createEndpoint(ctx, keeper, {
      url: `${receiver.url}${path}`,
      description: '',
      types: null,
      clientIds: null,
    })
}

/** A fact that is told: a connection loses its grant, or works again. @returns when it was committed. */
const fact = async (db: Db, connectionId: string): Promise<number> => {
  await sql`update connections set state = case state when 'active' then 'reconnect_required' else 'active' end
    where id = ${connectionId}`.execute(db)
  return performance.now()
}

/** Facts one after another, so many milliseconds apart. @returns how long each took to each path but `/dead`. */
const measure = async (
  { db }: Ctx,
  receiver: Receiver,
  given: { connectionId: string; facts: number; everyMs: number; paths: number },
): Promise<readonly number[]> => {
  receiver.arrivals.splice(0)
  const { rows } = await sql<{ last: number }>`select last_sequence as last from event_feed`.execute(db)
  const before = Number(rows[0]?.last ?? 0)
  const committed: number[] = []
  for (let at = 0; at < given.facts; at += 1) {
    committed.push(await fact(db, given.connectionId))
    await sleep(given.everyMs)
  }
  const alive = () => receiver.arrivals.filter(({ path }) => path !== '/dead')
  for (let waits = 0; alive().length < given.facts * given.paths; waits += 1) {
    if (waits > 600) throw new Error(`${alive().length} of ${given.facts * given.paths} deliveries came`)
    await sleep(50)
  }
  return alive().map(({ sequence, at }) => at - (committed[sequence - before - 1] ?? Number.NaN))
}

/** Alternates rounds with all endpoints alive and with one dead, so that both have the same machine. */
export const benchEvents = async ({
  report,
  facts = 15,
  rounds = 3,
  redisUrl,
}: {
  report: (line: string) => void
  facts?: number
  rounds?: number
  redisUrl?: string
}): Promise<EventsBench> => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-events-'))
  const postgres = await startEmbeddedPostgres({ directory })
  const receiver = await startReceiver()
  const url = await postgres.database('bench')
  await migrate(url)
  const db = createDatabase({ url, poolSize: 10 })
  const bare = contextOn(db, url, redisUrl)
  const queues = createQueues(bare.config, bare.log)
  const ctx: Ctx = { ...bare, clock: await createDatabaseClock(db), nudge: createNudge(bare, queues) }
  const worker = startWorker(ctx, queues)
  try {
    const connectionId = await connectOrganization(db, {
      clientId: 'bench',
      organizationId: '1',
      grant: { accessToken: 'none', refreshToken: 'none' },
      keys: ctx.config.tokenEncryptionKeys,
      nextSyncAt: null,
    })
    const all = Array.from({ length: endpoints }, (_, at) => `/${at}`)
    const withOneDead = ['/dead', ...all.slice(1)]
    await replaceEndpoints(ctx, receiver, ['/0'])
    await measure(ctx, receiver, { connectionId, facts: 5, everyMs: 100, paths: 1 })
    const idleP95 = percentile(
      await measure(ctx, receiver, { connectionId, facts: idleFacts, everyMs: 100, paths: 1 }),
      0.95,
    )
    report(`idle, one endpoint: p95 ${rounded(idleP95)} ms`)
    const healthyP95: number[] = []
    const oneDeadP95: number[] = []
    for (let round = 0; round < rounds; round += 1)
      for (const [paths, results, what] of [
        [all, healthyP95, 'all alive'],
        [withOneDead, oneDeadP95, 'one dead'],
      ] as const) {
        await replaceEndpoints(ctx, receiver, paths)
        const took = await measure(ctx, receiver, {
          connectionId,
          facts,
          // Far enough apart that one fact's deliveries are made before the next: what is measured is not a full queue.
          everyMs: 2_000,
          paths: paths === all ? endpoints : endpoints - 1,
        })
        results.push(rounded(percentile(took, 0.95)))
        report(
          `${endpoints} endpoints, ${what}: p50 ${rounded(median(took))} ms, p95 ${results.at(-1)} ms of the living`,
        )
      }
    return {
      backend: queues.backend,
      facts,
      idleP95: rounded(idleP95),
      healthyP95,
      oneDeadP95,
      ratio: Math.round((median(oneDeadP95) / median(healthyP95)) * 100) / 100,
    }
  } finally {
    receiver.close()
    await worker.close()
    await queues.close()
    await db.destroy()
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
