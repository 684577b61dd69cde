/** Whatever breaks in the middle of a full run: it ends correct, and nobody has to do anything about it. */
import {
  expectInvariantsHold,
  expectStagedIsTruth,
  type Installation,
  proven,
  runReaches,
  startInstallation,
  telling,
} from './installation.ts'
import { killAllScripts } from './processes.ts'

const pages = 8
const latency = { ms: 120 }

interface Fault {
  readonly what: string
  readonly happens: (installation: Installation) => Promise<void>
  /** How long the run may take to find back. */
  readonly patienceMs?: number
}

const pause = (ms: number) => new Promise((next) => setTimeout(next, ms))

const zohoGone =
  (ms: number): Fault['happens'] =>
  async ({ stopSimulator, startSimulator, control }) => {
    await stopSimulator()
    await pause(ms)
    await startSimulator()
    await control('setLatency', latency)
  }

export const faults = {
  restart: {
    what: 'PostgreSQL is restarted',
    happens: async ({ postgres }) => {
      await postgres.stop()
      await postgres.start()
    },
  },
  crash: {
    what: 'PostgreSQL crashes',
    happens: async ({ postgres }) => {
      await postgres.crash()
      await postgres.start()
    },
  },
  flush: { what: 'Redis is flushed', happens: async ({ redis }) => redis?.flush() },
  emptied: {
    what: 'Redis is killed and comes back empty',
    happens: async ({ redis }) => {
      await redis?.kill()
      await redis?.start()
    },
  },
  reset: {
    what: 'Zoho resets connections',
    happens: async ({ control }) => {
      await control('fail', { match: { path: '^/books' }, times: 2, action: 'reset' })
    },
  },
  gone: {
    what: 'Zoho is gone and comes back, knowing no access token of before',
    happens: zohoGone(0),
  },
  goneForAMinute: {
    what: 'Zoho is gone for a minute',
    happens: zohoGone(60_000),
    // Three attempts fail, then the row waits half a minute, then a minute.
    patienceMs: 180_000,
  },
  killed: {
    what: 'the worker is killed, and its supervisor starts another one',
    happens: async ({ workers, startWorker }) => {
      await workers.splice(0)[0]?.stop('SIGKILL')
      await startWorker()
    },
  },
} satisfies Record<string, Fault>

interface MiddleOfARun {
  readonly name: string
  readonly redis: boolean
  readonly faults: readonly Fault[]
}

/** Declares one test per fault for the file that calls this: short ones in every run, minutes in the chaos run. */
export const testMiddleOfARun = (
  installations: readonly MiddleOfARun[],
  afterwards: (installation: Installation) => Promise<void> = expectInvariantsHold,
): void => {
  afterAll(killAllScripts)

  describe.each(installations)('in the middle of a full run ($name)', ({ redis, faults: given }) => {
    let installation: Installation
    beforeAll(async () => {
      installation = await startInstallation({ redis, invoices: pages * 200 })
      await installation.control('setLatency', latency)
    })
    afterAll(() => installation.stop())

    it.each(given.map((fault, at) => ({ ...fault, client: `client-${at}` })))(
      '$what: the run ends correct by itself',
      ({ happens, client: clientId, patienceMs }) =>
        telling(installation, async () => {
          const { control, connect, client } = installation
          await connect(clientId)
          const portal = client(clientId)
          const before = await runReaches(portal, 2)
          expect(before.page).toBeLessThan(pages - 1)
          const open = await control<{ invoiceId: string }[]>('unpaidTruth')
          await control('pay', { invoiceId: open[Math.floor(Math.random() * open.length)]?.invoiceId })

          await happens(installation)

          await proven(portal, patienceMs)
          await expectStagedIsTruth(installation, portal)
          await afterwards(installation)
        }),
    )
  })
}
