import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
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
const aCaller = async (connectionId: string, callers: number) => {
  const [key] = ctx.config.tokenEncryptionKeys
  const order = {
    databaseUrl: database.url,
    simulator: simulatorForContext(simulator),
    connectionId,
    key: key?.secret.toString('base64'),
    callers,
  }
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'test/support/token-caller.ts', JSON.stringify(order)],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  children.push(child)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('ready')
  return {
    go: () => child.stdin.write('go\n'),
    outcomes: async () => JSON.parse(String((await lines.next()).value)) as string[],
    kill: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

const tokenCalls = () => simulator.control.requests({ path: '/oauth/v2/token$' }).length
const expired = () => aGrantedConnection(ctx, simulator, { expiresInSeconds: -60 })

it(
  '500 callers in 4 processes make exactly one token call',
  async () => {
    const { id } = await expired()
    const callers = await Promise.all(Array.from({ length: 4 }, () => aCaller(id, 125)))
    for (const caller of callers) caller.go()
    const outcomes = (await Promise.all(callers.map((caller) => caller.outcomes()))).flat()
    expect(new Set(outcomes).size).toBe(1)
    expect(outcomes[0]).toMatch(/^[0-9a-f]{64}$/)
    expect(tokenCalls()).toBe(1)
  },
  patience,
)

it(
  'the same with an answer that takes nine seconds',
  async () => {
    const { id } = await expired()
    simulator.control.fail({ match: { grantType: 'refresh_token' }, action: { delayMs: 9000 } })
    const callers = await Promise.all(Array.from({ length: 4 }, () => aCaller(id, 125)))
    for (const caller of callers) caller.go()
    const outcomes = (await Promise.all(callers.map((caller) => caller.outcomes()))).flat()
    expect(new Set(outcomes).size).toBe(1)
    expect(outcomes[0]).toMatch(/^[0-9a-f]{64}$/)
    expect(tokenCalls()).toBe(1)
  },
  patience,
)

it(
  'when the first refresher is killed while Zoho answers, the next one takes over at once',
  async () => {
    const { id } = await expired()
    simulator.control.fail({ match: { grantType: 'refresh_token' }, action: 'hang' })
    const first = await aCaller(id, 125)
    const others = await Promise.all(Array.from({ length: 3 }, () => aCaller(id, 125)))
    first.go()
    await waitFor('the first token call', () => tokenCalls() === 1)
    for (const other of others) other.go()
    const killedAt = performance.now()
    await first.kill()
    const outcomes = (await Promise.all(others.map((other) => other.outcomes()))).flat()
    expect(performance.now() - killedAt).toBeLessThan(8000)
    expect(new Set(outcomes).size).toBe(1)
    expect(outcomes[0]).toMatch(/^[0-9a-f]{64}$/)
    // The killed one's call and one more: the three others shared it.
    expect(tokenCalls()).toBe(2)
  },
  patience,
)
