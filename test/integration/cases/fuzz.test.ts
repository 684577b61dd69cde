/**
 * Overlapping orders of three clients, two of whom share an organization, carried out by eight worker processes while
 * invoices are paid, credited, voided and deleted, and workers are killed, frozen beyond their lease, stopped and cut off from
 * the database. Whatever the order of events: never two cases for one invoice, never a case whose invoice was paid
 * before its proof, exactly one outcome an item, counts add up.
 *
 * FUZZ_ROUNDS (8, shared by the backends) for longer runs; TEST_SEED repeats a run's choices, but what falls between
 * two lines of the product is up to chance each time.
 */
import { sql } from 'kysely'
import { type CommandRequest, submitCommand } from '../../../src/cases/submit-command.ts'
import { requestSync } from '../../../src/sync/request-sync.ts'
import { backends } from '../../support/backends.ts'
import { waitFor } from '../../support/wait-for.ts'
import { between, createDraw, type Draw, mixSeeds, pick } from '../../zoho-simulator/random.ts'
import { checkCases, checkCommand, checkInvariants, totalsOf } from './fuzz-checks.ts'
import {
  type FuzzInstallation,
  jobLockSeconds,
  type Lane,
  openLane,
  withFuzzInstallation,
} from './fuzz-installation.ts'

const rounds = Math.ceil(Number(process.env['FUZZ_ROUNDS'] ?? 8) / backends.length)
const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000)
const workers = 8
/** Rounds under way at a time, each in organizations of its own: while one waits for a lease to end, others work. */
const lanes = 8
/** So many milliseconds after the orders the last thing happens to a round. */
const troubledMs = 400
const patience = { timeoutMs: 60_000 }
/** Below the least amount of a case. */
const tooSmall = 5

interface Invoice {
  readonly id: string
  readonly organizationId: string
  readonly total: number
}

interface Fuzz extends FuzzInstallation {
  /** Counts what happened, for the summary. */
  readonly note: (what: string) => void
}

const later = (ms: number) => new Promise((next) => setTimeout(next, ms))
const some = <T>(draw: Draw, all: readonly T[], probability: number) => all.filter(() => draw() < probability)
const oneOf = <T>(draw: Draw, [first, ...rest]: readonly T[]): T => pick(draw, [first as T, ...rest])
const times = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at))

/** Waits for all of them, also when one fails: what still went on would meet a database that is gone. */
const together = async <T extends readonly Promise<unknown>[]>(work: readonly [...T]) => {
  await Promise.allSettled(work)
  return Promise.all(work)
}

/** New invoices, brought to every client by a real run. */
const stageNew = async ({ ctx, db, books }: Fuzz, { organizations, connections }: Lane, draw: Draw) => {
  const invoices = times(between(draw, 5, 10), (): Invoice => {
    const organizationId = pick(draw, [organizations[0], ...organizations])
    const total = draw() < 0.1 ? tooSmall : between(draw, 200, 900)
    return { id: books.add(organizationId, total), organizationId, total }
  })
  for (const { client_id: clientId } of connections) await requestSync(ctx, { clientId, subject: 'somebody' })
  const ids = invoices.map(({ id }) => id)
  const rows = connections.flatMap((one) =>
    invoices.filter(({ organizationId }) => organizationId === one.zoho_organization_id),
  ).length
  await waitFor(
    'the new invoices to be staged',
    async () => {
      const { staged } = await db
        .selectFrom('staged_invoices')
        .select(sql<number>`count(*)`.as('staged'))
        .where('zoho_invoice_id', 'in', ids)
        .executeTakeFirstOrThrow()
      return staged === rows
    },
    patience,
  )
  return invoices
}

const anOrder = (
  { connections }: Lane,
  pool: readonly Invoice[],
  idempotencyKey: string,
  draw: Draw,
): CommandRequest => {
  const { client_id: clientId, zoho_organization_id: own } = oneOf(draw, connections)
  const chosen = pool
    .filter(({ organizationId }) => draw() < (organizationId === own ? 0.8 : 0.1))
    .map(({ id }) => id)
  const zohoInvoiceIds = [...chosen, ...(chosen.length === 0 || draw() < 0.2 ? ['404404'] : [])]
  return {
    clientId,
    subject: 'somebody',
    selection: { zohoInvoiceIds },
    confirmUndisputed: true,
    idempotencyKey,
    acceptPaymentInProgress: some(draw, zohoInvoiceIds, 0.3),
  }
}

/** Given as an impatient person does, perhaps twice at a time, it is one command. */
const give = async ({ ctx }: Fuzz, request: CommandRequest, draw: Draw): Promise<string> => {
  // What the queue is not told of is found by the sweep.
  const told = draw() < 0.9 ? ctx : { ...ctx, nudge: () => undefined }
  const clicks = await Promise.all(times(draw() < 0.3 ? 2 : 1, () => submitCommand(told, request)))
  const [id, ...others] = new Set(clicks.map((click) => click.id))
  expect(others).toEqual([])
  return String(id)
}

/** What befalls the workers in a round, if anything. */
const strike = async ({ crew, db, flushQueues, note }: Fuzz, draw: Draw): Promise<void> => {
  const deed = draw()
  const victims = [between(draw, 0, workers - 1), between(draw, 0, workers - 1)] as const
  if (deed < 0.3) {
    for (const at of deed < 0.1 ? victims : [victims[0]]) {
      crew.replace(at)
      note('killed')
    }
  } else if (deed < 0.35) {
    crew.replace(victims[0], 'SIGTERM')
    note('stopped')
  } else if (deed < 0.45) {
    const wake = victims.map((at) => crew.freeze(at))
    note('frozen')
    await later(jobLockSeconds * between(draw, 1_200, 2_500))
    for (const goOn of wake) goOn()
  } else if (deed < 0.55) {
    await sql`
      select pg_terminate_backend(pid) from (
        select pid from pg_stat_activity
        where datname = current_database() and application_name = 'worker'
          -- one that only starts ends without a database, as it should
          and backend_start < now() - interval '2 seconds'
        order by random() limit 1) chosen`.execute(db)
    note('connections cut')
  } else if (deed < 0.58 && flushQueues) {
    await flushQueues()
    note('queues flushed')
  }
}

/** Each thing happens at a time of its own: so long after the orders, or just as Zoho is asked for the n-th time. */
const trouble = async (
  fuzz: Fuzz,
  { organizations }: Lane,
  pool: readonly Invoice[],
  draw: Draw,
): Promise<void> => {
  const { books, simulator } = fuzz
  const changes = times(between(draw, 0, 5), () => {
    const { id } = oneOf(draw, pool)
    const how = createDraw(draw() * 2 ** 32)
    return () => books.meddle(id, how)
  })
  const timed = some(draw, changes, 0.5)
  const hooks = changes
    .filter((change) => !timed.includes(change))
    .map((change) => {
      const query = { organization_id: oneOf(draw, organizations) }
      return simulator.control.before({ path: '^/books/v3/invoices/', query }, between(draw, 1, 12), change)
    })
  const atSomeTime = async (act: () => void | Promise<void>) => {
    await later(draw() * troubledMs)
    await act()
  }
  await together([...timed.map(atSomeTime), atSomeTime(() => strike(fuzz, draw)), later(troubledMs)])
  for (const hook of hooks) simulator.control.removeRule(hook)
}

const untilCompleted = ({ db }: Fuzz, commandIds: readonly string[], what: string) =>
  waitFor(
    what,
    async () => {
      const open = await db
        .selectFrom('case_commands')
        .select('id')
        .where('id', 'in', commandIds)
        .where('state', '<>', 'completed')
        .execute()
      return open.length === 0
    },
    patience,
  )

/** @returns some of the invoices that are still owed, for the lane's next round. */
const round = async (
  fuzz: Fuzz,
  lane: Lane,
  leftovers: readonly Invoice[],
  number: number,
): Promise<readonly Invoice[]> => {
  const { ctx, books, backend, note } = fuzz
  const drawOf = (part: number) => createDraw(mixSeeds(seed, backends.indexOf(backend), number, part))
  const draw = drawOf(0)
  const pool = [...(await stageNew(fuzz, lane, draw)), ...leftovers]
  if (draw() < 0.5) for (const { id } of some(draw, pool, 0.2)) books.meddle(id, draw)

  const requests = times(between(draw, 2, 4), (at) => anOrder(lane, pool, `round-${number}-${at}`, draw))
  const carryOut = async () => {
    const given = await Promise.all(requests.map((request) => give(fuzz, request, draw)))
    await untilCompleted(fuzz, given, `the orders of round ${number} of seed ${seed}`)
    return given
  }
  const [commands] = await together([carryOut(), trouble(fuzz, lane, pool, drawOf(1))])

  for (const [at, id] of commands.entries()) {
    const organizationId = lane.connections.find(
      (one) => one.client_id === requests[at]?.clientId,
    )?.zoho_organization_id
    const sound = pool.filter(
      (one) => one.organizationId === organizationId && one.total > tooSmall && books.isUntouched(one.id),
    )
    await checkCommand(fuzz, id, (invoiceId) => sound.some((one) => one.id === invoiceId))
  }
  const cases = await checkCases(
    fuzz,
    pool.map(({ id }) => id),
  )
  for (const row of cases) if (!books.isOwed(row.zoho_invoice_id)) note('settled after the proof')
  // The answer was lost on its way: whoever asks again is told of the same command.
  for (const [at, request] of requests.entries())
    expect(await submitCommand(ctx, request)).toEqual({ id: commands[at] })
  return some(
    draw,
    pool.filter(({ id }) => books.isOwed(id)),
    0.5,
  ).slice(0, 5)
}

describe.each(backends)('orders on %s', (backend) => {
  it(
    `hold in ${rounds} rounds with ${workers} workers, whatever befalls them by chance (seed ${seed})`,
    () =>
      withFuzzInstallation(backend, workers, async (installation) => {
        const happened: Record<string, number> = {}
        const note = (what: string) => {
          happened[what] = (happened[what] ?? 0) + 1
        }
        const fuzz = { ...installation, note }
        let begun = 0
        let broken = false
        const runLane = async () => {
          const lane = await openLane(fuzz)
          let leftovers: readonly Invoice[] = []
          while (begun < rounds && !broken) {
            begun += 1
            leftovers = await round(fuzz, lane, leftovers, begun).catch((error: unknown) => {
              broken = true
              throw error
            })
          }
        }
        await together(times(Math.min(lanes, rounds), runLane))
        await fuzz.crew.complete()
        await checkInvariants(fuzz)
        const totals = await totalsOf(fuzz)
        console.log(
          `cases fuzz on ${backend}, seed ${seed}, ${rounds} rounds: ${JSON.stringify({ ...totals, ...happened })}`,
        )
        expect(totals).toMatchObject({ submissions: totals.commands, completions: totals.commands })
        // A fuzz in which nothing happens would hold too.
        expect(totals.created).toBeGreaterThan(0)
        expect(totals.duplicate + totals.ineligible).toBeGreaterThan(0)
        // What happens is up to chance: few rounds may be without some of it.
        if (rounds < 100) return
        expect(happened['killed']).toBeGreaterThan(rounds / 10)
        expect(happened['settled after the proof']).toBeGreaterThan(0)
        expect(totals.resumed).toBeGreaterThan(0)
        expect(totals.created).toBeGreaterThan(2 * rounds)
        expect(totals.duplicate).toBeGreaterThan(rounds)
      }),
    60_000 + rounds * 5_000,
  )
})
