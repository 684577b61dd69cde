import { exitOnSignal } from './support/early-signals.ts'

exitOnSignal()
const { runScript } = await import('./support/script.ts')

await runScript({
  help: `Usage: npm start [-- --invoices N --seed S]

All there is to do on a bare machine: PostgreSQL, queues, portal and worker, and a simulator of Zoho Books unless
ZOHO_CLIENT_ID is set. Keeps its data in DATA_DIR (.data). Prints "ready <url>" when the portal can be opened.

  --invoices N   unpaid invoices in the simulator's books (default 250)
  --seed S       which books the simulator makes up (default 1)

The environment is described in .env.example.`,
  options: { invoices: { type: 'string', default: '250' }, seed: { type: 'string', default: '1' } },
  run: async ({ invoices, seed }) => {
    const { runEverything } = await import('./support/run-everything.ts')
    const { closeOnStop } = await import('./support/until-stopped.ts')
    const everything = await runEverything({
      env: process.env,
      invoices: Number(invoices),
      seed: Number(seed),
    })
    closeOnStop(everything.context.ctx.log, everything.close)
    console.log(`ready ${everything.server.url}`)
    return undefined
  },
})
