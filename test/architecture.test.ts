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
  // show the previews that the tests of the pages look at.
  const allowed = backwards.filter(
    ({ from, to }) =>
      (from.startsWith('scripts/') && to.startsWith('test/zoho-simulator/')) ||
      (from === 'scripts/screenshots.ts' && previewFiles.includes(to)),
  )
  expect(backwards.filter((one) => !allowed.includes(one)).map(show)).toEqual([])
})

it('src/zoho knows errors, config and logger, and nothing else of ours', () => {
  const foreign = imports.filter(
    ({ from, to }) =>
      from.startsWith('src/zoho/') &&
      layerOf(to) >= 0 &&
      !to.startsWith('src/zoho/') &&
      !['src/errors.ts', 'src/config.ts', 'src/logger.ts'].includes(to),
  )
  expect(foreign.map(show)).toEqual([])
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
