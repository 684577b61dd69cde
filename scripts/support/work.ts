import { serveSignals } from '../../jobs/inspection/serve-signals.ts'
import { startWorker } from '../../jobs/worker.ts'
import { loadConfig } from '../../src/config.ts'
import { createContext } from './create-context.ts'
import { localEnvironment } from './local-defaults.ts'
import { closeOnStop } from './until-stopped.ts'

/** Works until it is stopped. */
export const work = async (): Promise<void> => {
  const context = await createContext(loadConfig(await localEnvironment(process.env)))
  const worker = startWorker(context.ctx, context.queues)
  const { host, workerPort: port } = context.ctx.config
  const signals =
    port === undefined ? undefined : await serveSignals(context.ctx, context.queues, { host, port })
  closeOnStop(context.ctx.log, async () => {
    await signals?.close()
    await worker.close()
    await context.close()
  })
  console.log('ready worker')
}
