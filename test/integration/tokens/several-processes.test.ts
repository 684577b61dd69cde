/**
 * How many requests reach Zoho's token endpoint when 500 callers in 4 processes find an expired token. One, unless the
 * process that sent it dies before it has the answer: what Zoho minted for it is lost then, and nobody but Zoho can
 * know. Two is the least that is possible there.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { environmentOfChild, preload } from '../../support/secrets/watch.ts'
import { aGrantedConnection, simulatedContext, simulatorForContext } from '../../support/simulated-zoho.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'

let database: TestDatabase
let simulator: Simulator
let ctx: TestContext
const children: ChildProcess[] = []

/** Processes take a second or two to start, longer on a busy machine. */
const patience = 60_000

beforeAll(async () => {
  database = await createTestDatabase()
  simulator = await startSimulator({ invoices: 0 })
  ctx = simulatedContext(database.db, simulator)
})
afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL')
  simulator.control.clearRules()
  simulator.control.clearLog()
})
afterAll(async () => {
  await simulator.close()
  await database.drop()
})

/** Starts a process that will ask so many times at once when told to go. */
const aCaller = async (connectionId: string, { hold = false } = {}) => {
  const [key] = ctx.config.tokenEncryptionKeys
  const order = {
    databaseUrl: database.url,
    simulator: simulatorForContext(simulator),
    connectionId,
    key: key?.secret.toString('base64'),
    callers: 125,
    hold,
  }
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', ...preload(), 'test/support/token-caller.ts', JSON.stringify(order)],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...environmentOfChild() } },
  )
  children.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const said = async () => String((await lines.next()).value)
  expect(await said()).toBe('ready')
  return {
    go: () => child.stdin.write('go\n'),
    said,
    kill: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
type Caller = Awaited<ReturnType<typeof aCaller>>

const callers = (connectionId: string, count: number) =>
  Promise.all(Array.from({ length: count }, () => aCaller(connectionId)))

/** Every caller got a token, and all got the same. */
const expectOneToken = async (asking: readonly Caller[]): Promise<void> => {
  const told = await Promise.all(asking.map(async (caller) => JSON.parse(await caller.said()) as object))
  const [[token, callersServed] = ['', 0], ...others] = Object.entries(told[0] ?? {})
  expect(others).toEqual([])
  expect(token).toMatch(/^[0-9a-f]{64}$/)
  expect(callersServed).toBe(125)
  for (const one of told) expect(one).toEqual(told[0])
}

const tokenRequests = () => simulator.control.requests({ path: '/oauth/v2/token$' }).length
const expired = () => aGrantedConnection(ctx, simulator, { expiresInSeconds: -60 })

/** Database sessions that wait for a row that another one holds. */
const waitingForTheRow = async (): Promise<number> => {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(database.db)
  return rows[0]?.n ?? 0
}

it.each([
  ['500 callers in 4 processes', 0],
  ['with an answer that takes nine seconds', 9000],
])(
  '%s: 1 token request',
  async (_, delayMs) => {
    const { id } = await expired()
    if (delayMs > 0) simulator.control.fail({ match: { grantType: 'refresh_token' }, action: { delayMs } })
    const asking = await callers(id, 4)
    for (const caller of asking) caller.go()
    await expectOneToken(asking)
    expect(tokenRequests()).toBe(1)
  },
  patience,
)

it(
  'with the first refresher killed when it has the row and has not called yet: 1 token request',
  async () => {
    const { id } = await expired()
    const first = await aCaller(id, { hold: true })
    const others = await callers(id, 3)
    first.go()
    expect(await first.said()).toBe('holding')
    for (const other of others) other.go()
    await waitFor('the three others at the row', async () => (await waitingForTheRow()) === 3)
    expect(tokenRequests()).toBe(0)
    await first.kill()
    await expectOneToken(others)
    expect(tokenRequests()).toBe(1)
  },
  patience,
)

it(
  'with the first refresher killed while Zoho answers it: 2 token requests, its own, whose answer is lost, and 1 of all others',
  async () => {
    const { id } = await expired()
    simulator.control.fail({ match: { grantType: 'refresh_token' }, action: 'hang' })
    const first = await aCaller(id)
    const others = await callers(id, 3)
    first.go()
    await waitFor('the request of the first', () => tokenRequests() === 1)
    for (const other of others) other.go()
    await waitFor('the three others at the row', async () => (await waitingForTheRow()) === 3)
    await first.kill()
    await expectOneToken(others)
    expect(tokenRequests()).toBe(2)
  },
  patience,
)
