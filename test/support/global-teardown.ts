import { rmSync } from 'node:fs'
import type { TestServices } from './global-setup.ts'
import { lookIntoCluster } from './secrets/stores.ts'
import { tellLooked } from './secrets/watch.ts'
import { endSearch } from './secrets/whole-run.ts'

export default async () => {
  const services = (globalThis as { testServices?: TestServices }).testServices
  services?.redis?.kill()
  // What no test dropped.
  await lookIntoCluster(process.env['TEST_POSTGRES_URL'] ?? '')
  await services?.postgres.stop()
  for (const folder of services?.folders ?? []) rmSync(folder, { recursive: true, force: true })
  tellLooked()
  const { looked, found } = endSearch()
  console.log(`\nLooked for secrets in: ${looked}. Found: ${found.length}.`)
  if (found.length === 0) return
  console.error(found.slice(0, 50).join('\n'))
  // An error here would cost the report of the tests; so the run ends as failed without one.
  process.on('exit', () => {
    process.exitCode = 1
  })
}
