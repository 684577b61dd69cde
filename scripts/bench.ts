import { benchCases } from './bench/cases.ts'
import { benchCommand } from './bench/command.ts'
import { benchConnections } from './bench/connections.ts'
import { benchContacts } from './bench/contacts.ts'
import { benchEvents } from './bench/events.ts'
import { benchPages } from './bench/pages.ts'
import { benchPortal } from './bench/portal.ts'
import { benchSweep } from './bench/sweep.ts'
import { benchSync } from './bench/sync.ts'
import { runScript, UsageError } from './support/script.ts'

const report = (line: string) => console.error(`  ${line}`)
const whole = (value: string | undefined): number | undefined =>
  value === undefined ? undefined : Number(value)

const parts: Record<
  string,
  (options: { rows: number | undefined; rounds: number | undefined }) => Promise<unknown>
> = {
  sync: ({ rows, rounds }) => benchSync({ report, ...(rows ? { rows } : {}), ...(rounds ? { rounds } : {}) }),
  cases: ({ rows, rounds }) =>
    benchCases({ report, ...(rows ? { items: rows } : {}), ...(rounds ? { rounds } : {}) }),
  command: ({ rows, rounds }) =>
    benchCommand({
      report,
      ...(rows ? { items: rows } : {}),
      ...(rounds ? { rounds } : {}),
      ...(process.env['REDIS_URL'] ? { redisUrl: process.env['REDIS_URL'] } : {}),
    }),
  pages: ({ rows }) => benchPages({ report, ...(rows ? { rows } : {}) }),
  portal: ({ rows, rounds }) =>
    benchPortal({ report, ...(rows ? { rows } : {}), ...(rounds ? { requests: rounds } : {}) }),
  sweep: ({ rows, rounds }) =>
    benchSweep({
      ...(rows ? { connections: rows } : {}),
      ...(rounds ? { rounds } : {}),
      ...(process.env['REDIS_URL'] ? { redisUrl: process.env['REDIS_URL'] } : {}),
    }),
  events: ({ rows, rounds }) =>
    benchEvents({
      report,
      ...(rows ? { facts: rows } : {}),
      ...(rounds ? { rounds } : {}),
      ...(process.env['REDIS_URL'] ? { redisUrl: process.env['REDIS_URL'] } : {}),
    }),
  contacts: ({ rows }) => benchContacts({ report, ...(rows ? { contacts: rows } : {}) }),
  connections: ({ rows }) => benchConnections({ report, ...(rows ? { connections: rows } : {}) }),
}

/** One line per measured value: nested names joined by dots. */
const flatten = (value: unknown, name = ''): [string, string][] => {
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return [[name, value.join(', ')]]
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, inner]) => flatten(inner, name ? `${name}.${key}` : key))
  return [[name, typeof value === 'number' ? String(Math.round(value * 1000) / 1000) : String(value)]]
}

await runScript({
  help: `Usage: npm run bench [-- PART…] [--rows N] [--rounds N] [--json]

The benchmarks of docs/performance.md, each with what it is compared to in the same run. Parts: ${Object.keys(parts).join(', ')};
all of them when none is named. A table on standard error, JSON on standard output with --json.

  --rows N     invoices, items or connections of the part's main measurement
  --rounds N   repetitions
  --json       JSON instead of the table`,
  options: {
    rows: { type: 'string' },
    rounds: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  positionals: true,
  run: async ({ rows, rounds, json }, wanted) => {
    const unknown = wanted.filter((name) => !(name in parts))
    if (unknown.length > 0)
      throw new UsageError(`There is no part ${unknown.join(', ')}. Parts: ${Object.keys(parts).join(', ')}`)
    const results: Record<string, unknown> = {}
    for (const name of wanted.length > 0 ? wanted : Object.keys(parts)) {
      console.error(`${name} …`)
      results[name] = await parts[name]?.({ rows: whole(rows), rounds: whole(rounds) })
    }
    if (json) console.log(JSON.stringify(results, null, 2))
    else for (const [name, value] of flatten(results)) console.log(`${name.padEnd(44)} ${value}`)
    return 0
  },
})
