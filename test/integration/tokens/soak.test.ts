import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { simulatedContext } from '../../support/simulated-zoho.ts'
import { soakTokens } from '../../support/token-soak.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'

let database: TestDatabase
let simulator: Simulator
beforeAll(async () => {
  database = await createTestDatabase({ poolSize: 10 })
  simulator = await startSimulator({ invoices: 0, clock: { rate: 0 } })
})
afterAll(async () => {
  await simulator.close()
  await database.drop()
})

// The full size, 200 connections, is test/chaos/token-soak.test.ts.
it('25 connections over 24 hours with 5 % faults: none is lost, the mint limit is never hit', async () => {
  const ctx = simulatedContext(database.db, simulator, {
    timeouts: { tokenMs: 300 },
    config: { databasePoolSize: 10 },
  })
  const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000)
  const report = await soakTokens(ctx, simulator, { connections: 25, hours: 24, faults: 0.05, seed })
  console.log({ seed, ...report })
  expect(report.states).toEqual({ active: 25 })
  expect(report.throttledByUs).toBeLessThanOrEqual(0)
  expect(report.unusable).toBe(0)
  expect(report.refreshes).toBeGreaterThan(25 * 24)
}, 120_000)
