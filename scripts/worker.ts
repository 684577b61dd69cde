import { exitOnSignal } from './support/early-signals.ts'

exitOnSignal()
const { runScript } = await import('./support/script.ts')

await runScript({
  help: `Usage: npm run worker

Does the work: syncs invoices, refreshes tokens, creates cases, sweeps what is due. Reads the environment (see
.env.example); needs DATABASE_URL with an up-to-date schema (npm run migrate). Many may run side by side. Prints
"ready worker" when it takes jobs.`,
  options: {},
  run: async () => {
    const { work } = await import('./support/work.ts')
    await work()
    return undefined
  },
})
