/** One command line for all that runs in production. Each command is loaded only when it is asked for. */

import { exitOnSignal } from './support/early-signals.ts'
import type { AnyScript } from './support/script.ts'

exitOnSignal()
const { runScript } = await import('./support/script.ts')

interface Entry {
  readonly does: string
  readonly load: () => Promise<{ readonly command: AnyScript }>
}

const commands: Readonly<Record<string, Entry>> = {
  migrate: {
    does: 'brings the database to the schema of this version',
    load: () => import('./commands/migrate.ts'),
  },
  server: { does: 'serves the portal and its API', load: () => import('./commands/server.ts') },
  worker: {
    does: 'syncs invoices, refreshes tokens, creates cases',
    load: () => import('./commands/worker.ts'),
  },
  verify: {
    does: 'checks the invariants of a live database',
    load: () => import('./commands/verify.ts'),
  },
  'rotate-keys': {
    does: 're-encrypts all tokens with the first key',
    load: () => import('./commands/rotate-keys.ts'),
  },
  client: {
    does: 'exports or erases what is held about one client',
    load: () => import('./commands/client.ts'),
  },
  simulator: {
    does: 'runs the simulator of Zoho Books alone',
    load: () => import('./commands/simulator.ts'),
  },
  healthcheck: {
    does: 'asks whether the server or worker of this container is ready',
    load: () => import('./commands/healthcheck.ts'),
  },
}

const help = `Usage: collector <command> [options]

${Object.entries(commands)
  .map(([name, { does }]) => `  ${name.padEnd(13)}${does}`)
  .join('\n')}

Each has --help. In a checkout: npm run <command> -- [options], or npx collector. The environment, and a .env in the
folder where it is started, are described in .env.example.`

const [name, ...args] = process.argv.slice(2)
const entry = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined
if (entry) await runScript((await entry.load()).command, args)
else if (name === '--help' || name === '-h' || name === 'help') console.log(help)
else {
  console.error(name === undefined ? help : `There is no command "${name}".\n\n${help}`)
  process.exitCode = 1
}
