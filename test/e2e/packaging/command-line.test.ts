/** The command line as it is on the image: what it says to a person, and what it asks of the environment. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ImageLayout, layOutImage } from './image-layout.ts'

let image: ImageLayout
beforeAll(() => {
  image = layOutImage()
})
afterAll(() => image.remove())

const commands = readdirSync('scripts/commands').map((file) => file.replace(/\.ts$/, ''))
const collector = (args: readonly string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, ['bin/collector.js', ...args], {
    cwd: image.folder,
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  })

it('lists its commands, and says so when one does not exist', () => {
  const help = collector(['--help'])
  expect(help.status).toBe(0)
  for (const command of commands) expect(help.stdout).toMatch(new RegExp(`^  ${command} +\\S`, 'm'))
  const unknown = collector(['mirgate'])
  expect(unknown.status).toBe(1)
  expect(unknown.stderr).toContain('There is no command "mirgate".')
  expect(unknown.stderr).toContain('migrate')
  expect(collector([]).status).toBe(1)
})

it.each(commands)('%s has help, and refuses an option that it does not know', (command) => {
  const help = collector([command, '--help'])
  expect(help.stdout).toContain(`Usage: collector ${command}`)
  expect(help.status).toBe(0)
  const wrong = collector([command, '--colour'])
  expect(wrong.stderr).toContain("Unknown option '--colour'")
  expect(wrong.status).toBe(1)
})

const database = { DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:1/none' }
/** Variables that a command names as missing, in production, with nothing but a database. */
const missing = (args: readonly string[]): readonly string[] =>
  [
    ...collector(args, { ...database, NODE_ENV: 'production' }).stderr.matchAll(/^ {2}(\w+): is required/gm),
  ].map(([, name = '']) => name)
const zoho = ['ZOHO_CLIENT_ID', 'ZOHO_CLIENT_SECRET']

it.each([
  ['server', ['TOKEN_ENCRYPTION_KEYS', 'PORTAL_JWT_SECRET', ...zoho]],
  ['worker', ['TOKEN_ENCRYPTION_KEYS', ...zoho]],
  ['verify --sample 3', ['TOKEN_ENCRYPTION_KEYS', ...zoho]],
  ['client erase someone --yes', ['TOKEN_ENCRYPTION_KEYS', ...zoho]],
  ['rotate-keys', ['TOKEN_ENCRYPTION_KEYS']],
  ['verify', []],
  ['client export someone', []],
  ['migrate', []],
])('%s asks for what it needs and for nothing else: %j', (line, names) => {
  expect(missing(line.split(' '))).toEqual(names)
})

it.each([
  ['verify', {}],
  ['worker', { TOKEN_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32).toString('base64')}` }],
])('%s gets as far as the database, and writes no secrets that it has no use for', (command, secrets) => {
  const zohoClient = { ZOHO_CLIENT_ID: '1000.A', ZOHO_CLIENT_SECRET: 'secret' }
  const { stderr, status } = collector([command], { ...database, ...zohoClient, ...secrets })
  expect(stderr).toContain('database_unavailable')
  expect(status).toBe(1)
  expect(existsSync(join(image.folder, '.data'))).toBe(false)
})

it('npm run names the same commands', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const byNpm = Object.entries(scripts).filter(([, line]) => line.startsWith('node bin/collector.js'))
  expect(Object.fromEntries(byNpm)).toEqual(
    Object.fromEntries(
      commands
        .filter((command) => command !== 'healthcheck')
        .map((command) => [command, `node bin/collector.js ${command}`]),
    ),
  )
})
