/** The house rules that a reader cannot see at a glance: where imports may point, and who reads the environment. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

const sources = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => /\.tsx?$/.test(file))

interface Import {
  readonly from: string
  readonly to: string
}

const importsOf = (file: string): Import[] => {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, target = '']) => ({
    from: file,
    to: target.startsWith('.') ? normalize(join(dirname(file), target)) : target,
  }))
}

const layers = ['db', 'src', 'jobs', 'scripts', 'test']
const files = layers.flatMap(sources)
const imports = files.flatMap(importsOf)
const layerOf = (path: string) => layers.indexOf(path.split('/')[0] ?? '')
const show = ({ from, to }: Import) => `${from} → ${to}`

it('finds the imports at all', () => {
  expect(files.length).toBeGreaterThan(30)
  expect(imports.length).toBeGreaterThan(100)
})

const previewFiles = ['test/unit/portal/preview-server.ts', 'test/unit/portal/previews.tsx']

it('imports run one way: scripts → jobs → src → db', () => {
  const backwards = imports.filter(({ from, to }) => layerOf(to) > layerOf(from))
  // npm start, the demo and the benches bring the simulator along, a program of its own under test/; the screenshots
  // show the previews that the tests of the pages look at, and the mutants' runner reads their lists.
  const allowed = backwards.filter(
    ({ from, to }) =>
      (from.startsWith('scripts/') && to.startsWith('test/zoho-simulator/')) ||
      (from === 'scripts/screenshots.ts' && previewFiles.includes(to)) ||
      (from === 'scripts/mutants/list.ts' && to.startsWith('test/mutants/')),
  )
  expect(backwards.filter((one) => !allowed.includes(one)).map(show)).toEqual([])
})

/**
 * Where the imports of each room may point. Everything may import itself, and every room of `src` and `jobs` the
 * `common` ones. The order is the one of docs/architecture.md; a room imports only rooms above it, so that there is no way round.
 */
const common = ['src/errors.ts', 'src/config.ts', 'src/context.ts', 'src/audit.ts', 'db/core']
const rooms: Readonly<Record<string, readonly string[]>> = {
  'db/core': ['db/migrations'],
  'db/migrations': [],
  'db/connections': ['db/core'],
  'db/tokens': ['db/core'],
  'db/sync': ['db/core', 'db/connections'],
  'db/invoices': ['db/core'],
  'db/cases': ['db/core', 'db/connections', 'db/invoices'],
  'db/documents': ['db/core'],
  'db/clients': ['db/core'],
  'db/events': ['db/core'],
  'db/jobs': ['db/core'],
  'db/operator': ['db/core', 'db/jobs'],
  'db/portal': ['db/core'],

  'src/values': [],
  'src/errors.ts': ['src/error-catalogue.ts'],
  'src/error-catalogue.ts': [],
  'src/config.ts': [],
  'src/zoho': ['src/errors.ts', 'src/config.ts'],
  'src/object-store': ['src/errors.ts', 'src/config.ts'],
  'src/eligibility': ['src/values', 'src/error-catalogue.ts', 'db/core'],
  'src/observability': ['src/errors.ts', 'src/zoho', 'db/core', 'db/jobs', 'db/operator'],
  'src/context.ts': [
    'src/config.ts',
    'src/zoho',
    'src/object-store',
    'src/eligibility',
    'src/observability',
    'db/core',
    'db/jobs',
  ],
  'src/audit.ts': ['db/core'],
  'src/tokens': [...common, 'src/zoho', 'db/connections', 'db/events', 'db/jobs', 'db/tokens'],
  'src/connections': [
    ...common,
    'src/zoho',
    'src/tokens',
    'db/clients',
    'db/connections',
    'db/documents',
    'db/sync',
    'db/tokens',
  ],
  'src/sync': [
    ...common,
    'src/values',
    'src/zoho',
    'src/eligibility',
    'src/tokens',
    'db/connections',
    'db/sync',
  ],
  'src/invoices': [...common, 'src/values', 'src/zoho', 'src/eligibility', 'db/invoices', 'db/portal'],
  'src/cases': [
    ...common,
    'src/values',
    'src/zoho',
    'src/eligibility',
    'src/sync',
    'src/invoices',
    'db/connections',
    'db/invoices',
    'db/cases',
    'db/portal',
  ],
  'src/documents': [
    ...common,
    'src/zoho',
    'src/object-store',
    'src/sync',
    'db/clients',
    'db/connections',
    'db/documents',
  ],
  'src/clients': [
    ...common,
    'src/eligibility',
    'src/tokens',
    'src/connections',
    'src/documents',
    'db/clients',
    'db/documents',
    'db/events',
  ],
  'src/events': [...common, 'src/values', 'src/tokens', 'db/events'],
  'src/portal/http': [...common, 'src/observability', 'db/jobs'],
  'src/portal/auth': [...common, 'src/portal/http', 'db/clients', 'db/portal'],
  'src/portal/components': ['src/errors.ts'],
  'src/portal/api': [
    ...common,
    'src/connections',
    'src/sync',
    'src/invoices',
    'src/cases',
    'src/documents',
    'src/events',
    'src/portal/http',
    'src/portal/auth',
    'db/cases',
    'db/events',
    'db/portal',
  ],
  'src/portal/pages': [
    ...common,
    'src/values',
    'src/connections',
    'src/sync',
    'src/invoices',
    'src/cases',
    'src/documents',
    'src/portal/http',
    'src/portal/auth',
    'src/portal/components',
    'src/portal/api',
    'db/cases',
    'db/invoices',
    'db/portal',
  ],
  'src/portal': [...common, 'src/portal/http', 'src/portal/auth', 'src/portal/api', 'src/portal/pages'],
  'src/operator': [
    ...common,
    'src/connections',
    'src/events',
    'src/portal/components',
    'src/portal/pages',
    'db/events',
    'db/jobs',
    'db/operator',
  ],
  jobs: [
    ...common,
    'src/observability',
    'src/tokens',
    'src/connections',
    'src/sync',
    'src/invoices',
    'src/cases',
    'src/documents',
    'src/clients',
    'db/documents',
    'src/events',
    'db/jobs',
    'db/operator',
  ],
  'jobs/inspection': [...common, 'src/observability', 'src/operator', 'jobs', 'db/jobs', 'db/operator'],
  'jobs/dashboard': [...common, 'src/observability', 'src/operator', 'jobs', 'jobs/inspection'],
}

/** The room of a file: the longest name that is a beginning of its path. */
const roomOf = (path: string): string | undefined =>
  Object.keys(rooms)
    .filter((room) => path === room || path.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0]

const edges = imports.flatMap(({ from, to }) => {
  const [a, b] = [roomOf(from), roomOf(to)]
  return a !== undefined && b !== undefined && a !== b ? [{ a, b, file: show({ from, to }) }] : []
})

it('every file of src, jobs and db is in a room that this test knows', () => {
  expect(files.filter((file) => /^(src|jobs|db)\//.test(file) && roomOf(file) === undefined)).toEqual([])
})

it('rooms import only what they are allowed to', () => {
  const refused = edges.filter(({ a, b }) => !rooms[a]?.includes(b))
  expect(refused.map(({ a, b, file }) => `${a} may not import ${b}: ${file}`)).toEqual([])
})

it('no allowed edge is unused', () => {
  const used = new Set(edges.map(({ a, b }) => `${a} → ${b}`))
  const unused = Object.entries(rooms).flatMap(([a, all]) =>
    all
      .filter((b) => !common.includes(b))
      .map((b) => `${a} → ${b}`)
      .filter((edge) => !used.has(edge)),
  )
  expect(unused).toEqual([])
})

it('there is no way round: rooms import each other in one direction', () => {
  const state = new Map<string, 'open' | 'done'>()
  const cycles: string[] = []
  const visit = (room: string, path: readonly string[]) => {
    if (state.get(room) === 'open') cycles.push([...path.slice(path.indexOf(room)), room].join(' → '))
    if (state.has(room)) return
    state.set(room, 'open')
    for (const next of new Set(edges.filter(({ a }) => a === room).map(({ b }) => b)))
      visit(next, [...path, room])
    state.set(room, 'done')
  }
  for (const room of Object.keys(rooms)) visit(room, [])
  expect(cycles).toEqual([])
})

it('src/zoho is a plain API client that could be published alone', () => {
  const foreign = imports.filter(
    ({ from, to }) => from.startsWith('src/zoho/') && layerOf(to) >= 0 && !to.startsWith('src/zoho/'),
  )
  expect(new Set(foreign.map(({ to }) => to))).toEqual(new Set(['src/errors.ts', 'src/config.ts']))
})

it('only jobs/ knows BullMQ', () => {
  const knowing = imports.filter(
    ({ from, to }) => to === 'bullmq' && !from.startsWith('jobs/') && !from.startsWith('test/'),
  )
  expect(knowing.map(show)).toEqual([])
})

it('queues and workers are built in one file', () => {
  const building = files.filter(
    (file) =>
      !file.startsWith('test/') &&
      file !== 'jobs/queues.ts' &&
      /new (Queue|Worker)\(/.test(readFileSync(file, 'utf8')),
  )
  expect(building).toEqual([])
})

it('only the configuration and the scripts read the environment', () => {
  const reading = files.filter(
    (file) => /^(src|jobs|db)\//.test(file) && /process\.env/.test(readFileSync(file, 'utf8')),
  )
  expect(reading.filter((file) => file !== 'src/config.ts')).toEqual([])
})

it('the simulator imports nothing of the product', () => {
  const foreign = imports.filter(
    ({ from, to }) =>
      from.startsWith('test/zoho-simulator/') && layerOf(to) >= 0 && !to.startsWith('test/zoho-simulator/'),
  )
  expect(foreign.map(show)).toEqual([])
})
