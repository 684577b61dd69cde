/** REDIS_URL may be taken away and given back between restarts: what was ordered is in rows, not in a queue. */
import {
  completed,
  expectInvariantsHold,
  expectStagedIsTruth,
  type Installation,
  order,
  proven,
  runReaches,
  stagedInvoices,
  startInstallation,
  telling,
} from '../support/installation.ts'
import { hasRedisServer } from '../support/own-services.ts'
import { killAllScripts } from '../support/processes.ts'

const withoutRedis = { REDIS_URL: '' }

afterAll(killAllScripts)
;(hasRedisServer ? describe : describe.skip)('switching REDIS_URL off and on again', () => {
  let installation: Installation
  beforeAll(async () => {
    installation = await startInstallation({ redis: true, invoices: 1_000 })
  })
  afterAll(() => installation.stop())

  /** Stops all processes, and starts the server alone: what is ordered now waits for a worker. */
  const restart = async (env: Record<string, string>) => {
    const { servers, workers, startServer } = installation
    const old = [...servers.splice(0).map((server) => server.process), ...workers.splice(0)]
    expect(await Promise.all(old.map((process) => process.stop()))).toEqual(old.map(() => 0))
    await startServer(env)
  }

  it('loses neither an order nor a run under way', () =>
    telling(installation, async () => {
      const { connect, client, control, startWorker } = installation
      await connect('first')
      const portal = client('first')
      await proven(portal)
      const eligible = (await stagedInvoices(portal)).filter((one) => one.eligible)
      const ids = eligible.map((one) => one.zohoInvoiceId)

      // A run and an order are in Redis when it is switched off.
      await control('setLatency', { ms: 400 })
      await connect('second')
      const other = client('second')
      await runReaches(other, 1)
      await installation.workers.splice(0)[0]?.stop()
      const inRedis = await order(portal, ids.slice(0, 20), 'in redis')
      await restart(withoutRedis)
      await control('setLatency', { ms: 0 })
      await startWorker(withoutRedis)
      expect(await completed(portal, inRedis.id)).toMatchObject({ created: 20, failed: 0 })
      await proven(other)
      await expectStagedIsTruth(installation, other)

      // And an order is in Postgres when Redis is switched on again; there, old jobs still lie about.
      await installation.workers.splice(0)[0]?.stop()
      const inPostgres = await order(portal, ids.slice(10, 30), 'in postgres')
      await restart({})
      await startWorker()
      expect(await completed(portal, inPostgres.id)).toMatchObject({ created: 10, duplicate: 10, failed: 0 })
      await expectInvariantsHold(installation)
    }))
})
