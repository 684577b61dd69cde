import type { Limits } from '../../test/zoho-simulator/index.ts'
import { leaveSignalsToOthers } from '../support/early-signals.ts'
import { defineScript, UsageError } from '../support/script.ts'

const help = `Usage: collector simulator [options]

Runs the Zoho simulator alone. Prints "ready <url>" once it listens; ends on SIGTERM or Ctrl-C.

  --port N          port to listen on (default: PORT, or a free one)
  --host ADDRESS    address to listen on (default: HOST, or 127.0.0.1)
  --public-url URL  origin under which others reach it (default: ZOHO_SIMULATOR_URL, or http://host:port)
  --seed N          seed of the generated books (default 1)
  --invoices N      unpaid invoices of the first organization (default 120)
  --data-centers L  comma-separated codes, each on its own port (default: sim)
  --state-file F    keep grants and changes over restarts in this file
  --limits X        off (default), real, or perMinute,perDay,concurrent
  --latency MS      time every answer takes (default 0)
  --clock-rate N    virtual seconds per second (default 1)
  --help            this text`

function parseLimits(text: string): Limits | 'real' {
  if (text === 'off' || text === 'real') return text
  const [perMinute, perDay, concurrent] = text.split(',').map(Number)
  if (!perMinute || !perDay || !concurrent)
    throw new UsageError(`--limits: off, real or three numbers, not "${text}"`)
  return { perMinute, perDay, concurrent }
}

function parseNumber(name: string, text: string): number {
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number) || number < 0)
    throw new UsageError(`--${name}: not a number: "${text}"`)
  return number
}

export const command = defineScript({
  help,
  options: {
    port: { type: 'string' },
    host: { type: 'string' },
    'public-url': { type: 'string' },
    seed: { type: 'string', default: '1' },
    invoices: { type: 'string', default: '120' },
    'data-centers': { type: 'string', default: 'sim' },
    'state-file': { type: 'string' },
    limits: { type: 'string', default: 'off' },
    latency: { type: 'string', default: '0' },
    'clock-rate': { type: 'string', default: '1' },
  },
  run: async (values) => {
    const publicUrl = values['public-url'] ?? process.env['ZOHO_SIMULATOR_URL']
    const { startSimulator } = await import('../../test/zoho-simulator/index.ts')
    const simulator = await startSimulator({
      port: parseNumber('port', values.port ?? (process.env['PORT'] || '0')),
      host: values.host ?? (process.env['HOST'] || '127.0.0.1'),
      ...(publicUrl ? { publicUrl } : {}),
      ...(values['state-file'] ? { stateFile: values['state-file'] } : {}),
      seed: parseNumber('seed', values.seed),
      invoices: parseNumber('invoices', values.invoices),
      dataCenters: values['data-centers'].split(','),
      limits: parseLimits(values.limits),
      latencyMs: parseNumber('latency', values.latency),
      webApp: process.env['NODE_ENV'] !== 'production',
      clock: { rate: parseNumber('clock-rate', values['clock-rate']) },
    })
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => void simulator.close().then(() => process.exit(0)))
    }
    leaveSignalsToOthers()
    for (const [code, origin] of Object.entries(simulator.origins))
      console.error(`data centre ${code}: ${origin}`)
    console.log(`ready ${simulator.url}`)
    return undefined
  },
})
