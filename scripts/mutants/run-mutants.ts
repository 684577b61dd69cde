/** Runs mutants against their tests: many copies of the checkout in one run of Jest, so that its start is paid once. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import jestConfig from '../../jest.config.ts'
import { type Copies, makeCopies, readText } from './copies.ts'
import type { ListedMutant } from './list.ts'

/** `broken`: it cannot even run, so that any test would notice; that says nothing about the tests. */
export type Verdict = 'killed' | 'timed out' | 'survived' | 'argued' | 'broken'

const cannotRun =
  /syntax error at or near|SyntaxError|does not exist|could not determine data type|is not defined/

export interface Result {
  readonly mutant: ListedMutant
  readonly verdict: Verdict
  /** The test that noticed. */
  readonly by: string
}

interface Line {
  readonly project: string
  readonly file: string
  readonly failed: boolean
  readonly by: string
  readonly message: string
  readonly tests: number
}

/** A test that fails without any mutant would kill every one of them. */
export class FailsUnmutated extends Error {
  override readonly name = 'FailsUnmutated'
}

const migrations = 'db/migrations/'
/** A group of mutants may take so long, and so much longer for each of them; what is silent by then hangs. */
const limitMs = { group: 120_000, each: 15_000 }
/** A single test: most take milliseconds, and those of a mutant that hangs are the ones that wait. */
const testTimeoutMs = 30_000
const perGroup = 24

/** @throws FailsUnmutated */
export const runMutants = async (
  mutants: readonly ListedMutant[],
  tell: (result: Result) => void,
): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'mutants-'))
  // Ctrl-C or a time limit: what was started is stopped and what was written goes.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  try {
    const copies = makeCopies(folder)
    const sound = new Set<string>()
    for (let at = 0; at < mutants.length; at += perGroup) {
      const group = mutants.slice(at, at + perGroup)
      const silent = await runGroup(copies, group, sound, tell)
      // One that hangs takes a worker with it, so each of the silent ones is tried again by itself.
      for (const one of silent)
        for (const hung of await runGroup(copies, [one], sound, tell))
          tell({ mutant: hung, verdict: 'timed out', by: `no answer within ${limitMs.group / 1000} s` })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @returns those that gave no answer in time. */
const runGroup = async (
  copies: Copies,
  group: readonly ListedMutant[],
  sound: Set<string>,
  tell: (result: Result) => void,
): Promise<readonly ListedMutant[]> => {
  const place = mkdtempSync(join(copies.original, '..', 'run-'))
  const names = new Map(group.map((mutant, at) => [`mutant-${at}`, mutant]))
  const made = [...names].map(([name, mutant]) => ({
    name,
    mutant,
    folder: copyOf(copies, place, name, mutant),
  }))
  const baseline = [...new Set(group.flatMap(({ killedBy }) => killedBy))].filter((file) => !sound.has(file))
  const results = join(place, 'results.jsonl')
  const config = {
    rootDir: copies.original,
    globalSetup: writeSetup(copies.original, made),
    globalTeardown: join(copies.original, 'test/support/global-teardown.ts'),
    maxWorkers: 3,
    testTimeout: testTimeoutMs,
    workerIdleMemoryLimit: '700MB',
    reporters: [[resolve('scripts/mutants/reporter.mjs'), { file: results }]],
    projects: [
      ...(baseline.length > 0 ? [projectOf('original', copies.original, baseline)] : []),
      ...made.map(({ name, mutant, folder }) => projectOf(name, folder, mutant.killedBy)),
    ],
  }
  const configFile = join(place, 'jest.config.json')
  writeFileSync(configFile, JSON.stringify(config))
  const told = new Map<string, Line[]>()
  try {
    rmSync(join(copies.original, servicesFile), { force: true })
    await jest(copies.original, configFile, limitMs.group + limitMs.each * group.length)
    if (!existsSync(results)) throw new Error('Jest wrote no results: is the machine out of memory?')
    for (const text of readText(results).trimEnd().split('\n')) {
      const line = JSON.parse(text) as Line
      told.set(line.project, [...(told.get(line.project) ?? []), line])
    }
  } finally {
    for (const { folder } of made) rmSync(folder, { recursive: true, force: true })
    rmSync(place, { recursive: true, force: true })
  }
  const broken = told.get('original')?.find(({ failed }) => failed)
  if (broken)
    throw new FailsUnmutated(`${broken.file} fails without any mutant: ${broken.by}\n${broken.message}`)
  for (const file of baseline) sound.add(file)
  const silent: ListedMutant[] = []
  for (const { name, mutant } of made) {
    const lines = told.get(name) ?? []
    const killer = lines.find(({ failed }) => failed)
    if (killer)
      tell({
        mutant,
        verdict: cannotRun.test(killer.message) ? 'broken' : 'killed',
        by: cannotRun.test(killer.message) ? killer.message : killer.by,
      })
    else if (lines.length < mutant.killedBy.length) silent.push(mutant)
    else
      tell({
        mutant,
        verdict: mutant.survives === undefined ? 'survived' : 'argued',
        by: mutant.survives ?? '',
      })
  }
  return silent
}

const databaseFile = 'test/support/database.ts'

/** The copy; one with another schema clones a template of its own. */
const copyOf = (
  copies: Copies,
  place: string,
  name: string,
  { file, find, replace }: ListedMutant,
): string => {
  const text = readText(join(copies.original, file)).replace(find, () => replace)
  const ownSchema = file.startsWith(migrations)
  return copies.copy(join(place, name), {
    [file]: text,
    ...(ownSchema && {
      [databaseFile]: readText(join(copies.original, databaseFile)).replace('app_template', templateOf(name)),
    }),
  })
}

const templateOf = (name: string) => `app_template_${name.replace('-', '_')}`

/** The set-up of all tests, which then migrates a template for each mutant of the schema. */
const writeSetup = (
  original: string,
  made: readonly { readonly name: string; readonly mutant: ListedMutant; readonly folder: string }[],
): string => {
  const schemas = made
    .filter(({ mutant }) => mutant.file.startsWith(migrations))
    .map(({ name, folder }) => [templateOf(name), folder])
  const file = join(original, 'test/support/mutants-setup.ts')
  writeFileSync(
    file,
    `import { writeFileSync } from 'node:fs'
import { createDatabase } from '../../db/core/database.ts'
import setUp, { type TestServices } from './global-setup.ts'
export default async () => {
  await setUp()
  const { testServices } = globalThis as unknown as { testServices: TestServices }
  // read after a run that had to be killed
  writeFileSync('services.json', JSON.stringify(testServices.folders))
  const { migrateQueues } = await import('../../jobs/queues.ts')
  for (const [template, folder] of ${JSON.stringify(schemas)}) {
    const url = await testServices.postgres.database(template)
    const db = createDatabase({ url, poolSize: 2 })
    try {
      const { migrateToLatest } = await import(folder + '/db/core/migrate.ts')
      await migrateToLatest(db)
      await migrateQueues(url)
    } catch (error) {
      console.error('a schema could not be migrated: ' + String(error))
    }
    await db.destroy()
  }
}
`,
  )
  return file
}

const servicesFile = 'services.json'

/** After Jest was killed: its PostgreSQL has a process group of its own and would go on. */
const stopServices = (folder: string): void => {
  const file = join(folder, servicesFile)
  if (!existsSync(file)) return
  for (const data of JSON.parse(readText(file)) as readonly string[]) {
    const pidFile = join(data, 'postgres', 'postmaster.pid')
    // SIGINT: it ends its connections and itself at once, but in order
    if (existsSync(pidFile)) process.kill(Number(readText(pidFile).split('\n')[0]), 'SIGINT')
    rmSync(data, { recursive: true, force: true, maxRetries: 5 })
  }
}

type Project = Record<string, unknown> & { readonly displayName: string }
const projects = jestConfig.projects as unknown as readonly Project[]

const projectOf = (name: string, folder: string, tests: readonly string[]) => ({
  ...projects.find(({ displayName }) => displayName === 'integration'),
  displayName: name,
  rootDir: folder,
  testMatch: tests.map((file) => join(folder, file)),
  testEnvironment: resolve('scripts/mutants/environment.mjs'),
})

/** Runs Jest in a process group of its own, so that its end is the end of all that it started. */
const jest = (folder: string, config: string, withinMs: number): Promise<void> =>
  new Promise((done, fail) => {
    const child = spawn(
      process.execPath,
      [
        '--max-semi-space-size=64',
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        resolve('node_modules/jest/bin/jest.js'),
        '--config',
        config,
        '--forceExit',
        '--silent',
      ],
      { cwd: folder, detached: true, stdio: process.env['MUTANTS_SHOW_JEST'] ? 'inherit' : 'ignore' },
    )
    const stopAll = () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      stopServices(folder)
    }
    const timer = setTimeout(stopAll, withinMs)
    process.prependOnceListener('exit', stopAll)
    child.once('error', fail)
    child.once('exit', () => {
      clearTimeout(timer)
      process.off('exit', stopAll)
      done()
    })
  })
