/**
 * Rounds of faults in the middle of orders and of a full run, on both queues. After each the system has to find back by
 * itself within what docs/operations.md promises: no command lost, none late, no case doubled, nothing closed that is
 * unpaid, all invariants true. CHAOS_ROUNDS (200, over both), CHAOS_FAULT (part of a name) and TEST_SEED choose; what
 * falls between two lines of the product is up to chance each time. JOB_LOCK_SECONDS and SWEEP_INTERVAL_SECONDS are short
 * unless given.
 */
import { sql } from 'kysely'
import { z } from 'zod'
import {
  completed,
  expectInvariantsHold,
  expectStagedIsTruth,
  expectVerified,
  type Installation,
  order,
  proven,
  stagedInvoices,
  startInstallation,
  telling,
} from '../support/installation.ts'
import { connectionAnswer } from '../support/main-job.ts'
import { tableUnder } from '../support/markdown-table.ts'
import { hasRedisServer } from '../support/own-services.ts'
import { killAllScripts } from '../support/processes.ts'
import type { SteadyClient } from '../support/steady-client.ts'
import { waitFor } from '../support/wait-for.ts'
import { createDraw, type Draw } from '../zoho-simulator/random.ts'
import { type Bound, type Fault, faults, latency } from './faults.ts'

const kinds = hasRedisServer ? ['Postgres', 'Redis'] : ['Postgres']
const rounds = Math.ceil(Number(process.env['CHAOS_ROUNDS'] ?? 200) / kinds.length)
const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000)
const chosen = new RegExp(process.env['CHAOS_FAULT'] ?? '')
const roundMs = 180_000
const ordersARound = 3
const itemsAnOrder = 8
/** For the work itself, on a machine that does several things at once. */
const workMs = 10_000

const settings = {
  JOB_LOCK_SECONDS: process.env['JOB_LOCK_SECONDS'] ?? '3',
  SWEEP_INTERVAL_SECONDS: process.env['SWEEP_INTERVAL_SECONDS'] ?? '1',
  // Every order asks Zoho anew.
  PROOF_MAX_AGE_SECONDS: '5',
  ZOHO_REQUESTS_PER_MINUTE: '100000',
}

/** What docs/operations.md promises: a sum of seconds and of settings. */
const promisedMs = (bound: Bound): number => {
  const row = tableUnder('docs/operations.md', 'How long recovery takes').find(
    (one) => one['after'] === bound,
  )
  const terms = (row?.['within, seconds'] ?? '').replaceAll('`', '').split(' + ')
  return terms.reduce((sum, term) => sum + Number(settings[term as keyof typeof settings] ?? term), 0) * 1000
}

const pause = (ms: number) => new Promise((next) => setTimeout(next, ms))

/** Another one after each fault has had its turn: rounds are few, and none is to be left out. */
const dealer = (draw: Draw, all: readonly Fault[]) => {
  let deck: Fault[] = []
  return (): Fault => {
    if (deck.length === 0) deck = [...all]
    const [next] = deck.splice(Math.floor(draw() * deck.length), 1)
    if (!next) throw new Error('no fault of that name')
    return next
  }
}

/** A full run. Not by `provenAt`: that is Zoho's time, which comes in whole seconds. */
const fullRun = async (portal: SteadyClient): Promise<void> => {
  const before = await portal.request(connectionAnswer, '/api/connection')
  await askForRun(portal)
  await waitFor(
    'a full run',
    async () => {
      const now = await portal.request(connectionAnswer, '/api/connection')
      return now.state === 'active' && now.lastSyncedAt !== before.lastSyncedAt
    },
    { timeoutMs: 120_000, everyMs: 200 },
  )
}

const askForRun = (portal: SteadyClient) =>
  portal.request(z.object({ runId: z.string() }), '/api/connection/sync', {
    method: 'POST',
    body: { kind: 'full' },
  })

/** What is closed here although it is unpaid there, and cases of what was paid before it was ordered. */
const wronged = ({ withDatabase }: Installation, unpaid: readonly string[], paid: readonly string[]) =>
  withDatabase(async (db) => {
    const { rows } = await sql<{ wrong: string }>`
      select 'closed: ' || zoho_invoice_id as wrong from staged_invoices
      where state <> 'open' and zoho_invoice_id = any(${unpaid})
      union all
      select 'case says settled: ' || zoho_invoice_id from cases
      where invoice_state in ('paid', 'void', 'removed') and zoho_invoice_id = any(${unpaid})
      union all
      select 'case of what was paid: ' || zoho_invoice_id from cases where zoho_invoice_id = any(${paid})
      union all
      select 'twice: ' || zoho_invoice_id from cases group by zoho_organization_id, zoho_invoice_id having count(*) > 1`.execute(
      db,
    )
    return rows.map(({ wrong }) => wrong)
  })

const running = ({ withDatabase }: Installation, commandIds: readonly string[]) =>
  withDatabase((db) =>
    waitFor(
      'the middle of an order',
      async () => {
        const rows = await db
          .selectFrom('case_commands')
          .select('state')
          .where('id', 'in', commandIds)
          .execute()
        return rows.some(({ state }) => state !== 'pending')
      },
      { timeoutMs: 20_000, everyMs: 10 },
    ),
  )

const quantile = (sorted: readonly number[], at: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(at * sorted.length) - 1)] ?? Number.NaN

/** Recoveries in milliseconds by fault, and a line for all of them. */
const distribution = (recoveries: ReadonlyMap<string, readonly number[]>): string => {
  const line = (what: string, times: readonly number[]) => {
    const sorted = [...times].sort((a, b) => a - b)
    const [p50, p95, max] = [0.5, 0.95, 1].map((at) => (quantile(sorted, at) / 1000).toFixed(1))
    return `| ${what} | ${sorted.length} | ${p50} | ${p95} | ${max} |`
  }
  return [
    '| fault | rounds | p50, s | p95, s | max, s |',
    '| --- | --- | --- | --- | --- |',
    ...[...recoveries].sort(([a], [b]) => a.localeCompare(b)).map(([what, times]) => line(what, times)),
    line('all', [...recoveries.values()].flat()),
  ].join('\n')
}

interface Round {
  readonly installation: Installation
  readonly portal: SteadyClient
  readonly fault: Fault
  readonly draw: Draw
  readonly name: string
  /** Invoices that nobody has ordered yet. */
  readonly fresh: string[]
  readonly paid: string[]
}

/** One round. @returns milliseconds from the end of the fault until all orders were carried out. */
const playRound = async ({
  installation,
  portal,
  fault,
  draw,
  name,
  fresh,
  paid,
}: Round): Promise<number> => {
  const { control } = installation
  await fault.prepare?.(installation)
  const orders = Array.from({ length: ordersARound }, () => fresh.splice(0, itemsAnOrder))
  expect(orders.at(-1)?.length).toBe(itemsAnOrder)
  // What the staging table does not know yet.
  const [settled = ''] = orders[0] ?? []
  await control('pay', { invoiceId: settled })
  paid.push(settled)
  await askForRun(portal)
  const first = await order(portal, orders[0] ?? [], `${name}-0`)
  await running(installation, [first.id])
  // These come in while it happens.
  const later = Promise.all(
    orders.slice(1).map(async (ids, at) => {
      await pause(at * 300)
      return order(portal, ids, `${name}-${at + 1}`)
    }),
  )
  later.catch(() => undefined)
  await pause(draw() * 150)
  const from = (await fault.happens(installation, draw)) ?? performance.now()
  const ids = [first, ...(await later)].map(({ id }) => id)
  const counts = await Promise.all(ids.map((id) => completed(portal, id, 120_000)))
  const recovered = Math.max(0, performance.now() - from)
  expect(
    counts.map(({ total, created, duplicate, ineligible }) => total - created - duplicate - ineligible),
  ).toEqual(counts.map(() => 0))
  expect(recovered).toBeLessThan(promisedMs(fault.bound) + workMs)
  await fault.afterwards?.(installation)
  const unpaid = await control<{ invoiceId: string }[]>('unpaidTruth')
  expect(
    await wronged(
      installation,
      unpaid.map(({ invoiceId }) => invoiceId),
      paid,
    ),
  ).toEqual([])
  await expectInvariantsHold(installation)
  return recovered
}

afterAll(killAllScripts)

it.each(kinds)(
  'finds back within its bound after each of many faults (queues in %s)',
  async (kind) => {
    const draw = createDraw(seed)
    const installation = await startInstallation({
      redis: kind === 'Redis',
      // Some six of ten are eligible.
      invoices: Math.max(1_000, rounds * ordersARound * itemsAnOrder * 2),
      workers: 2,
      env: settings,
      smallDisk: true,
    })
    const recoveries = new Map<string, number[]>()
    const check = async () => {
      const { control, connect, client } = installation
      // So many refreshes as here do not happen within ten minutes of true life.
      await control('setSwitches', { throttleTokens: false })
      await connect('creditor')
      const portal = client('creditor')
      await proven(portal)
      await control('setLatency', latency)
      const fresh = (await stagedInvoices(portal))
        .filter((one) => one.eligible)
        .map((one) => one.zohoInvoiceId)
      const paid: string[] = []
      const next = dealer(
        draw,
        faults.filter((fault) => chosen.test(fault.what) && (fault.where?.(installation) ?? true)),
      )
      for (let round = 1; round <= rounds; round += 1) {
        const fault = next()
        const started = performance.now()
        const recovered = await playRound({
          installation,
          portal,
          fault,
          draw,
          name: `round-${round}`,
          fresh,
          paid,
        }).catch((cause: unknown) => {
          throw new Error(`seed ${seed}, ${kind}, round ${round}: ${fault.what}`, { cause })
        })
        recoveries.set(fault.what, [...(recoveries.get(fault.what) ?? []), recovered])
        console.log(
          `seed ${seed}, ${kind}, round ${round}: ${fault.what}; back after ${Math.round(recovered)} ms, ${Math.round(performance.now() - started)} ms in all`,
        )
      }
      await control('setLatency', { ms: 0 })
      await fullRun(portal)
      await expectStagedIsTruth(installation, portal)
      await expectVerified(installation)
    }
    await telling(installation, check).finally(installation.stop)
    console.log(`seed ${seed}, queues in ${kind}, ${JSON.stringify(settings)}\n${distribution(recoveries)}`)
  },
  rounds * roundMs + 300_000,
)
