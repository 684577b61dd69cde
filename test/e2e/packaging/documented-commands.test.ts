/** Every command that a document shows is there, and what an operator is to type runs on the image as it is shown. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RunningDeployment, startDeployment } from '../../support/deployments.ts'
import { type LeastPrivilegeDatabase, startLeastPrivilegeDatabase } from '../../support/least-privilege.ts'
import { doMainJob } from '../../support/main-job.ts'
import { killAllScripts, startScript } from '../../support/processes.ts'
import { type ImageLayout, layOutImage } from './image-layout.ts'

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'test/zoho-simulator/README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md') && name !== 'zoho-contract.md')
    .map((name) => `docs/${name}`),
]

/** `npm …` as it stands in code spans and blocks: without assignments before it, comments and table escapes. */
const npmCommandsIn = (text: string): readonly string[] => {
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block = '']) => block.split('\n'))
  const spans = [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`]+)`/g)].map(
    ([, span = '']) => span,
  )
  return [...blocks, ...spans]
    .flatMap((line) => line.replace(/#.*$/, '').replaceAll('\\|', '|').split('&&'))
    .map((line) => line.trim().replace(/^(docker compose exec (-T )?\w+ |[A-Z_]+=\S+ )+/, ''))
    .filter((line) => /^npm (run|start|test)\b/.test(line) && line !== 'npm run <command>')
}
const shown = [
  ...new Set(documents.flatMap((document) => npmCommandsIn(readFileSync(document, 'utf8')))),
].sort()

const nameOf = (line: string) => /^npm (?:run )?(?:--silent )?(\S+)/.exec(line)?.[1] ?? ''
const argsOf = (line: string) => line.split(' -- ')[1]?.split(' ') ?? []
const commands = readdirSync('scripts/commands').map((file) => file.replace(/\.ts$/, ''))
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

it('finds the commands of the documents', () => {
  expect(shown.length).toBeGreaterThan(15)
  for (const command of ['migrate', 'verify', 'rotate-keys', 'client', 'simulator'])
    expect(shown.map(nameOf)).toContain(command)
})

it('every npm command that a document shows is a script', () => {
  expect(shown.filter((line) => scripts[nameOf(line)] === undefined)).toEqual([])
})

const developers = shown.filter((line) => scripts[nameOf(line)]?.startsWith('tsx '))
it.each([...new Set(developers.map(nameOf))])(
  'npm run %s: its help knows the options that are shown',
  (name) => {
    const help = spawnSync('npm', ['run', '--silent', name, '--', '--help'], { encoding: 'utf8' })
    expect(help.status).toBe(0)
    for (const line of developers.filter((one) => nameOf(one) === name))
      for (const option of argsOf(line).filter((arg) => arg.startsWith('--')))
        expect(help.stdout).toContain(option)
  },
)

describe('on the image', () => {
  let image: ImageLayout
  let database: LeastPrivilegeDatabase
  let deployment: RunningDeployment
  beforeAll(async () => {
    image = layOutImage()
    database = await startLeastPrivilegeDatabase()
    deployment = await startDeployment({
      databaseUrl: database.workerUrl,
      migratorUrl: database.migratorUrl,
      invoices: 60,
    })
    await doMainJob(deployment)
  })
  afterAll(async () => {
    await deployment?.stop()
    await killAllScripts()
    await database?.stop()
    image.remove()
  })

  /** Words that stand for something, replaced; `a|b` is two commands. */
  const filled = (line: string): readonly string[] => {
    const one = line.replaceAll(/<(client )?id>/g, 'black-box').replaceAll('<name>', 'jane')
    const either = /(\w+)\|(\w+)/.exec(one)
    return either ? [either[1], either[2]].map((word) => one.replace(either[0], word ?? '')) : [one]
  }
  const oneShot = ['migrate', 'verify', 'rotate-keys', 'client']
  const lines = [...new Set(shown.filter((line) => commands.includes(nameOf(line))).flatMap(filled))]
  // Nothing is left of a client after its erasure.
  const ordered = lines.sort((a, b) => Number(a.includes('erase')) - Number(b.includes('erase')))

  it.each(ordered.filter((line) => oneShot.includes(nameOf(line))))('%s', (line) => {
    const url = nameOf(line) === 'migrate' ? database.migratorUrl : database.workerUrl
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
      cwd: image.folder,
      env: { PATH: process.env['PATH'], ...deployment.env, DATABASE_URL: url },
      encoding: 'utf8',
    })
    // Once the client is erased it cannot be erased again; and it asks before it does it.
    const asks = line.includes('erase') && !line.includes('--yes')
    expect({ status, said: `${stdout}${stderr}` }).toMatchObject({ status: asks ? 1 : 0 })
    if (asks) expect(stderr).toContain('Once more with --yes')
    const file = /(?:--output|>) (\S+)/.exec(line)?.[1]
    if (file) expect(readFileSync(join(image.folder, file), 'utf8')).toContain('black-box')
  })

  it.each(ordered.filter((line) => !oneShot.includes(nameOf(line))))('%s', async (line) => {
    const script = startScript(
      [join(image.folder, 'bin/collector.js'), nameOf(line)],
      { ...deployment.env, PORT: '0' },
      argsOf(line),
    )
    await script.ready
    expect(await script.stop()).toBe(0)
  })
})
