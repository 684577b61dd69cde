import { type Simulator, startSimulator } from '../zoho-simulator/index.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { simulatedContext } from './simulated-zoho.ts'
import { soakTokens } from './token-soak.ts'

/** Declares the soak as a test of the file that calls this: small in every run, large in the long chaos run. */
export const testTokenSoak = (connections: number, timeoutMs: number): void => {
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

  it(
    `${connections} connections over 24 hours with 5 % faults: none is lost, the mint limit is never hit`,
    async () => {
      const ctx = simulatedContext(database.db, simulator, {
        timeouts: { tokenMs: 300 },
        config: { databasePoolSize: 10 },
      })
      const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000)
      const report = await soakTokens(ctx, simulator, { connections, hours: 24, faults: 0.05, seed })
      console.log({ seed, ...report })
      expect(report.states).toEqual({ active: connections })
      expect(report.throttledByUs).toBeLessThanOrEqual(0)
      expect(report.unusable).toBe(0)
      expect(report.refreshes).toBeGreaterThan(connections * 24)
    },
    timeoutMs,
  )
}
