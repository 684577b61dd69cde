import { loadConfig } from '../../src/config.ts'
import { createContext } from './create-context.ts'
import { localEnvironment } from './local-defaults.ts'
import { runServer } from './run-server.ts'
import { closeOnStop } from './until-stopped.ts'

/** Serves the portal until it is stopped. */
export const serve = async (): Promise<void> => {
  const context = await createContext(loadConfig(await localEnvironment(process.env)))
  const server = await runServer(context)
  closeOnStop(context.ctx.log, async () => {
    await server.close()
    await context.close()
  })
  console.log(`ready ${server.url}`)
}
