/**
 * One worker process that syncs connections until nothing is due, without a queue in between: what is measured is
 * the sync. Reads its input from stdin.
 */
import { text } from 'node:stream/consumers'
import { createDatabase } from '../../db/core/database.ts'
import { loadConfig } from '../../src/config.ts'
import type { Ctx } from '../../src/context.ts'
import { loadPolicy } from '../../src/eligibility/policy.ts'
import { createLogger } from '../../src/observability/logger.ts'
import { createMetrics } from '../../src/observability/metrics.ts'
import { syncConnection } from '../../src/sync/sync-connection.ts'
import { createZohoClient } from '../../src/zoho/create-client.ts'

export interface WorkerInput {
  readonly environment: Record<string, string>
  readonly connectionIds: readonly string[]
  readonly concurrency: number
}

export interface WorkerOutput {
  /** From the start to the end of each connection's run, in the order of the input. */
  readonly ms: readonly number[]
  readonly totalMs: number
  /** Time on the processor; unlike the others it hardly depends on what else the machine does. */
  readonly cpuMs: number
  /** Peak of the process. */
  readonly maxRssMb: number
}

const { environment, connectionIds, concurrency } = JSON.parse(await text(process.stdin)) as WorkerInput
const config = loadConfig(environment)
const log = createLogger({ level: config.logLevel })
const db = createDatabase({ url: config.databaseUrl, poolSize: config.databasePoolSize })
const queue = [...connectionIds]
const finishedAt = new Map<string, number>()

const ctx: Ctx = {
  config,
  log,
  db,
  zoho: createZohoClient({ zoho: config.zoho, log }),
  documentStore: undefined,
  clock: { now: () => new Date() },
  // the next slice goes to the end of the line, as it does in a queue
  nudge: (intent) => {
    if (intent.job === 'sync-connection') queue.push(intent.id)
  },
  metrics: createMetrics(),
  policy: await loadPolicy(undefined),
}

const started = performance.now()
const cpuBefore = process.cpuUsage()
const work = async (): Promise<void> => {
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    await syncConnection(ctx, id)
    finishedAt.set(id, performance.now() - started)
  }
}
const busy = new Set<Promise<void>>()
const fill = (): void => {
  while (busy.size < concurrency && queue.length > 0) {
    const one = work().finally(() => {
      busy.delete(one)
      fill()
    })
    busy.add(one)
  }
}
fill()
while (busy.size > 0) await Promise.race(busy)

const cpu = process.cpuUsage(cpuBefore)
const output: WorkerOutput = {
  ms: connectionIds.map((id) => finishedAt.get(id) ?? Number.NaN),
  totalMs: performance.now() - started,
  cpuMs: (cpu.user + cpu.system) / 1000,
  maxRssMb: process.resourceUsage().maxRSS / 1024,
}
await db.destroy()
console.log(JSON.stringify(output))
