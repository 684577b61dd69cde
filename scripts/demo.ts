/**
 * The main job without a browser: everything on free ports in a fresh folder, driven only through the HTTP
 * interface, with its counts checked against the simulator's own books.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import cliProgress from 'cli-progress'
import { z } from 'zod'
import { type EventReceiver, startEventReceiver } from './support/event-receiver.ts'
import { createPortalClient, type PortalClient } from './support/portal-client.ts'
import { type Everything, runEverything } from './support/run-everything.ts'
import { runScript, UsageError } from './support/script.ts'

const connection = z.object({
  state: z.string(),
  provenAt: z.string().nullish(),
  progress: z.object({ page: z.number(), rowsRead: z.number(), total: z.number().nullish() }).nullish(),
  problem: z.object({ code: z.string(), message: z.string() }).nullish(),
})
const invoice = z.object({
  zohoInvoiceId: z.string(),
  creditorReference: z.string().nullable(),
  amountToRecover: z.string(),
  currencyCode: z.string().nullable(),
  dueDate: z.string().nullable(),
  debtor: z.object({ name: z.string().nullable() }),
  eligible: z.boolean(),
  blockers: z.array(z.object({ code: z.string() })),
})
type Invoice = z.infer<typeof invoice>
const page = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: z.string().nullable() })
const command = z.object({
  state: z.enum(['pending', 'running', 'completed']),
  counts: z.object({
    total: z.number(),
    created: z.number(),
    duplicate: z.number(),
    ineligible: z.number(),
    failed: z.number(),
  }),
})
type Counts = z.infer<typeof command>['counts']

const idsPerCommand = 10_000
const noCounts: Counts = { total: 0, created: 0, duplicate: 0, ineligible: 0, failed: 0 }

interface Output {
  readonly line: (text: string) => void
  readonly progress: (what: string) => { update: (done: number, total?: number) => void; stop: () => void }
}

/** A bar on a terminal, a line every two seconds elsewhere, nothing but the result with --json. */
const createOutput = (json: boolean): Output => ({
  line: (text) => {
    if (!json) console.log(text)
  },
  progress: (what) => {
    if (json) return { update: () => {}, stop: () => {} }
    if (!process.stdout.isTTY) {
      let last = 0
      return {
        update: (done, total) => {
          if (Date.now() - last < 2_000) return
          last = Date.now()
          console.log(`  ${what}: ${done}${total ? ` of ${total}` : ''}`)
        },
        stop: () => {},
      }
    }
    const bar = new cliProgress.SingleBar({ format: `  ${what} [{bar}] {value}/{total}`, hideCursor: true })
    bar.start(0, 0)
    return {
      update: (done, total) => {
        if (total) bar.setTotal(total)
        bar.update(done)
      },
      stop: () => bar.stop(),
    }
  },
})

const everyMs = 100
const toldWithinMs = 30_000
const pause = () => new Promise((next) => setTimeout(next, everyMs))

const untilSynced = async (client: PortalClient, output: Output): Promise<void> => {
  const bar = output.progress('invoices')
  try {
    for (;;) {
      const now = await client.request(connection, '/api/connection')
      if (now.progress) bar.update(now.progress.rowsRead, now.progress.total ?? undefined)
      if (now.problem) throw new Error(`The sync failed: ${now.problem.code}: ${now.problem.message}`)
      if (now.state === 'active' && now.provenAt) return
      await pause()
    }
  } finally {
    bar.stop()
  }
}

const listAll = async (client: PortalClient): Promise<Invoice[]> => {
  const found: Invoice[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''
    const answer: { items: Invoice[]; next: string | null } = await client.request(
      page(invoice),
      `/api/invoices?limit=200&eligibility=all${query}`,
    )
    found.push(...answer.items)
    cursor = answer.next
  } while (cursor)
  return found
}

const countCases = async (client: PortalClient): Promise<number> => {
  let cases = 0
  let cursor: string | null = null
  do {
    const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''
    const answer: { items: unknown[]; next: string | null } = await client.request(
      page(z.unknown()),
      `/api/cases?limit=200${query}`,
    )
    cases += answer.items.length
    cursor = answer.next
  } while (cursor)
  return cases
}

const order = async (
  client: PortalClient,
  zohoInvoiceIds: readonly string[],
  output: Output,
  what: string,
): Promise<Counts> => {
  const sum = { ...noCounts }
  const bar = output.progress(what)
  for (let at = 0; at < zohoInvoiceIds.length; at += idsPerCommand) {
    const { id } = await client.request(z.object({ id: z.string() }), '/api/case-commands', {
      method: 'POST',
      headers: { 'idempotency-key': randomUUID() },
      body: { zohoInvoiceIds: zohoInvoiceIds.slice(at, at + idsPerCommand), confirmUndisputed: true },
    })
    for (;;) {
      const { state, counts } = await client.request(command, `/api/case-commands/${id}`)
      const done = counts.created + counts.duplicate + counts.ineligible + counts.failed
      bar.update(at + done, zohoInvoiceIds.length)
      if (state === 'completed') {
        for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += counts[key]
        break
      }
      await pause()
    }
  }
  bar.stop()
  return sum
}

const table = (invoices: readonly Invoice[]): string => {
  const rows = invoices.map((one) => [
    one.creditorReference ?? '—',
    (one.debtor.name ?? '—').slice(0, 28),
    one.dueDate ?? '—',
    `${one.amountToRecover} ${one.currencyCode ?? ''}`,
    one.eligible ? 'eligible' : one.blockers.map((blocker) => blocker.code).join(', '),
  ])
  const head = ['Number', 'Customer', 'Due', 'Amount', 'State']
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  return [head, widths.map((width) => '─'.repeat(width)), ...rows]
    .map(
      (row) =>
        `  ${row.map((cell, column) => (column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('  ')}`,
    )
    .join('\n')
}

/** The host's part: an endpoint that is told of everything. */
const tellHost = async (host: PortalClient, receiver: EventReceiver) => {
  const { secret } = await host.request(z.object({ secret: z.string() }), '/api/webhook-endpoints', {
    method: 'POST',
    body: { url: receiver.url, description: 'The receiver of the demo' },
  })
  receiver.verifyWith(secret)
}

/** Prints the first of each type as it comes; hundreds of the same would hide the rest. */
const eventPrinter = (output: Output) => {
  const shownOfAType = 3
  const seen = new Map<string, number>()
  return ({ type, sequence }: { readonly type: string; readonly sequence: number }) => {
    const number = (seen.get(type) ?? 0) + 1
    seen.set(type, number)
    if (number <= shownOfAType) output.line(`  ← event ${sequence}: ${type}`)
    else if (number === shownOfAType + 1) output.line(`  ← … and more of ${type}`)
  }
}

/** Waits for what stands in the feed now; copies of invoices may go on. @returns whether the receiver got each of it once. */
const wasTold = async (host: PortalClient, receiver: EventReceiver): Promise<boolean> => {
  const page = z.object({ items: z.array(z.unknown()), next: z.number(), more: z.boolean() })
  let [events, after, more] = [0, 0, true]
  while (more) {
    const answer = await host.request(page, `/api/event-log?limit=1000&after=${after}`)
    events += answer.items.length
    after = answer.next
    more = answer.more
  }
  const received = () => receiver.events.filter(({ sequence }) => sequence <= after).length
  const latest = Date.now() + toldWithinMs
  while (received() < events && Date.now() < latest) await pause()
  return received() === events
}

const run = async (everything: Everything, receiver: EventReceiver, output: Output) => {
  const { server, simulator, context } = everything
  if (!simulator)
    throw new UsageError('The demo runs against the simulator: unset ZOHO_CLIENT_ID and ZOHO_SIMULATOR_URL.')
  const client = createPortalClient({
    url: server.url,
    jwtSecret: context.ctx.config.portalJwtSecret,
    clientId: 'demo-client',
    clientName: 'Demo Client',
  })

  const host = createPortalClient({
    url: server.url,
    jwtSecret: context.ctx.config.portalJwtSecret,
    clientId: 'host',
    role: 'host',
  })
  await tellHost(host, receiver)

  output.line('2. Connecting Zoho Books through its consent page')
  const { finalUrl } = await client.connect()
  const failure = finalUrl.searchParams.get('error')
  if (failure) throw new Error(`Connecting failed: ${failure}`)

  output.line('3. Staging the unpaid invoices')
  await untilSynced(client, output)
  const staged = await listAll(client)
  const { organization } = await client.request(
    z.object({ organization: z.object({ id: z.string() }) }),
    '/api/connection',
  )
  const unpaidInZoho = simulator.control.unpaidTruth(organization.id).length
  output.line(`${table(staged.slice(0, 15))}\n  … ${staged.length} invoices in all\n`)

  const eligible = staged.filter((one) => one.eligible).map((one) => one.zohoInvoiceId)
  const blocked = staged.length - eligible.length
  output.line(`4. Creating cases for all ${eligible.length} eligible ones`)
  const first = await order(client, eligible, output, 'cases')
  const casesAfterFirst = await countCases(client)
  output.line('5. The same order again: every one a duplicate')
  const second = await order(client, eligible, output, 'cases')
  const casesAfterSecond = await countCases(client)
  const allTold = await wasTold(host, receiver)
  const told = receiver.events.filter(({ type }) => type === 'case.created').length

  const ineligible = blocked + first.ineligible
  const checks = {
    'staged = unpaid in the simulator': staged.length === unpaidInZoho,
    'created + ineligible = staged': first.created + ineligible === staged.length && first.failed === 0,
    'second command: all duplicates': second.duplicate === first.created && second.created === 0,
    'cases unchanged by the second command':
      casesAfterFirst === first.created && casesAfterSecond === casesAfterFirst,
    'the host was told of every case': allTold && told === first.created,
  }
  return {
    ok: Object.values(checks).every(Boolean),
    counts: {
      unpaidInZoho,
      staged: staged.length,
      eligible: eligible.length,
      created: first.created,
      ineligible,
      failed: first.failed,
      cases: casesAfterSecond,
      secondOrder: second,
      eventsDelivered: receiver.events.length,
    },
    checks,
  }
}

await runScript({
  help: `Usage: npm run demo [-- --invoices N --seed S --json]

The main job without a browser: starts everything on free ports, connects through the OAuth redirects, stages the
unpaid invoices, creates cases for all eligible ones, prints what a host is told of it as it arrives, gives the same order again to show duplicates, and checks the
counts against the simulator. Exit code 0 only if they are right.

  --invoices N   unpaid invoices in the simulator's books (default 400)
  --seed S       which books the simulator makes up (default 1)
  --json         only the result, as JSON`,
  options: {
    invoices: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
  run: async ({ invoices, seed, json }) => {
    const wanted = z
      .object({ invoices: z.coerce.number().int().min(1).max(1_000_000), seed: z.coerce.number().int() })
      .safeParse({ invoices, seed })
    if (!wanted.success)
      throw new UsageError('--invoices wants a number from 1 to 1,000,000, --seed a whole number.')
    const output = createOutput(json)
    const started = performance.now()
    const directory = await mkdtemp(join(tmpdir(), 'zoho-books-demo-'))
    output.line('1. Starting PostgreSQL, the Zoho Books simulator, portal and worker')
    let everything: Everything | undefined
    let receiver: EventReceiver | undefined
    try {
      receiver = await startEventReceiver(eventPrinter(output))
      everything = await runEverything({
        env: {
          ...process.env,
          DATA_DIR: directory,
          PORT: '0',
          PUBLIC_URL: undefined,
          ZOHO_CLIENT_ID: undefined,
          ZOHO_SIMULATOR_URL: undefined,
          LOG_LEVEL: process.env['LOG_LEVEL'] || 'error',
        },
        ...wanted.data,
      })
      const result = await run(everything, receiver, output)
      const seconds = Math.round((performance.now() - started) / 100) / 10
      if (json) console.log(JSON.stringify({ ...result, seconds }, null, 2))
      else {
        output.line('')
        for (const [name, value] of Object.entries(result.counts))
          output.line(`  ${name.padEnd(14)} ${typeof value === 'number' ? value : JSON.stringify(value)}`)
        output.line('')
        for (const [name, right] of Object.entries(result.checks))
          output.line(`  ${right ? '✓' : '✗'} ${name}`)
        output.line(`\n  ${result.ok ? 'Everything adds up' : 'The counts are wrong'} (${seconds} s)`)
      }
      return result.ok ? 0 : 1
    } finally {
      await everything?.close()
      await receiver?.close()
      await rm(directory, { recursive: true, force: true })
    }
  },
})
