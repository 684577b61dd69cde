/**
 * docs/deploy.md and docs/backup.md, typed into a shell in a clean clone, with real containers: up, the main job through the
 * published port, each service killed under load, backup and restore, the next image, secrets in files.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { z } from 'zod'
import { completed, order, proven, stagedInvoices } from '../support/installation.ts'
import { keepOrdering, type Load } from '../support/keep-ordering.ts'
import { allItems, connectionAnswer } from '../support/main-job.ts'
import { simulatorControl } from '../support/simulator-control.ts'
import { createSteadyClient, type SteadyClient } from '../support/steady-client.ts'
import { waitFor } from '../support/wait-for.ts'
import { SIMULATOR_CLIENT_ID, SIMULATOR_CLIENT_SECRET } from '../zoho-simulator/index.ts'
import { type Clone, makeClone } from './deployment.ts'
import { shellBlock } from './documented-lines.ts'
import { type Engine, findEngine } from './engine.ts'
import { provideBaseImages } from './stand-ins.ts'

const url = 'http://localhost:3000'
const patience = { timeoutMs: 180_000, everyMs: 500 }
const recoveredWithinMs = 60_000
const deploy = (heading: string, words: string) => shellBlock('docs/deploy.md', heading, words)
const backup = (heading: string, words: string) => shellBlock('docs/backup.md', heading, words)
const say = (line: string) => process.stdout.write(`  ${line}\n`)
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`

let directory: string
let engine: Engine | undefined
let clone: Clone
let portal: SteadyClient
let eligible: readonly string[]
/** Cases that the commands of this run say they created. */
let created = 0

const status = (path: string) =>
  fetch(`${url}${path}`, { redirect: 'manual', signal: AbortSignal.timeout(5_000) }).then(
    (answer) => answer.status,
    () => 0,
  )
const ready = async () => (await status('/readyz')) === 200
const healthy = async (service: string) => {
  const id = await clone.container(service)
  return (
    id !== '' &&
    (await clone.type(`docker inspect --format '{{.State.Health.Status}}' ${id}`)).trim() === 'healthy'
  )
}
const untilUp = async () => {
  await waitFor('the server to be ready', ready, patience)
  for (const service of ['server', 'worker'])
    await waitFor(`a healthy ${service}`, () => healthy(service), patience)
}
const verified = async (line = 'docker compose exec worker npm run verify') =>
  expect(await clone.type(line)).toContain('All invariants hold.')
const cases = () => allItems(portal, '/api/cases', z.object({ id: z.string(), zohoInvoiceId: z.string() }))
/** Ends a load: every order that was taken is complete, and there are as many cases as were created. */
const settled = async (load: Load) => {
  const ordered = await load.stop()
  for (const id of ordered) {
    const counts = await completed(portal, id, 120_000)
    expect(counts.failed).toBe(0)
    created += counts.created
  }
  const all = await cases()
  expect(all).toHaveLength(created)
  expect(new Set(all.map((one) => one.zohoInvoiceId)).size).toBe(created)
  return ordered.length
}

let failed: string | undefined
/** One after the other: what comes after a failure is not tried, and the containers say what they have to say. */
const step = (name: string, run: () => Promise<void>) =>
  it(name, async () => {
    if (failed) throw new Error(`Not tried, since this failed: ${failed}`)
    failed = name
    try {
      await run()
    } catch (error) {
      console.error(await clone.type('docker compose logs --tail=40').catch(String))
      throw error
    }
    failed = undefined
  })

beforeAll(async () => {
  directory = await mkdtemp(join(process.env['CONTAINERS_DIR'] || tmpdir(), 'containers-'))
  engine = await findEngine(directory)
  const standIns = provideBaseImages(engine, directory)
  say(standIns.length > 0 ? `stand-ins for ${standIns.join(', ')}` : 'the official base images')
  clone = makeClone(engine, directory, { hostNetwork: standIns.length > 0 })
})
afterAll(async () => {
  await clone
    ?.type('docker compose --profile simulator down --volumes --remove-orphans')
    .catch((error: unknown) => console.error(error))
  await engine?.stop()
  await rm(directory, { recursive: true, force: true })
})
step('a clean clone comes up in production, with nothing but the lines of the document', async () => {
  await clone.type(deploy('One machine', 'cp .env.example .env'))
  clone.addToEnv({ ZOHO_CLIENT_ID: '1000.EXAMPLE', ZOHO_CLIENT_SECRET: 'never used here' })
  const begun = performance.now()
  await clone.type(deploy('One machine', 'docker compose up'))
  await untilUp()
  say(`built and up in ${seconds(performance.now() - begun)}`)
  const sizes = await clone.type(
    "docker image inspect --format '{{.Size}}' zoho-books-collector $(sed -n 's/^FROM \\([^ ]*\\)$/\\1/p' Dockerfile)",
  )
  const [own = 0, base = 0] = sizes.trim().split('\n').map(Number)
  say(`image: ${Math.round((own - base) / 1e6)} MB above its base of ${Math.round(base / 1e6)} MB`)
  expect(await status('/healthz')).toBe(200)
  expect(await status('/metrics')).toBe(404)
  expect(await status('/docs')).toBe(404)
  expect(await status('/docs/errors')).toBe(200)
  await verified()
  const help = await clone.type('docker compose exec worker collector --help')
  for (const command of ['migrate', 'server', 'worker', 'verify', 'rotate-keys', 'client', 'simulator'])
    expect(help).toContain(command)
  await clone.type('docker compose down --volumes')
})

step('with the simulator the main job is done in a browser, through the published ports', async () => {
  clone.addToEnv({ ZOHO_CLIENT_ID: '', ZOHO_CLIENT_SECRET: '' })
  // The load asks Zoho more often than a creditor would.
  clone.addToEnv({ ZOHO_REQUESTS_PER_MINUTE: '100000', PROOF_MAX_AGE_SECONDS: '5' })
  const begun = performance.now()
  await clone.type(deploy('One machine', '--profile simulator'))
  await untilUp()
  say(`up with the simulator in ${seconds(performance.now() - begun)}`)
  portal = createSteadyClient({
    urls: () => [url],
    jwtSecret: clone.variable('PORTAL_JWT_SECRET'),
    clientId: 'demo-client',
    timeoutMs: 120_000,
  })

  const browser = await chromium.launch({
    executablePath: process.env['TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  })
  try {
    const page = await browser.newPage({ locale: 'en-GB' })
    expect((await page.goto(url))?.status()).toBe(200)
    await page.getByRole('button', { name: 'Sign in as a client' }).click()
    await page.getByRole('link', { name: 'Connect', exact: true }).click()
    await page.getByRole('button', { name: 'Accept' }).click()
    await page.getByText('Zoho Books is connected.').waitFor()
    await proven(portal)
    await page.goto(`${url}/bulk-import?eligibility=eligible`)
    for (const at of [0, 1, 2]) await page.locator('input[name="ids"][type="checkbox"]').nth(at).check()
    await page.getByRole('button', { name: 'Create Cases' }).click()
    await page.getByLabel('I confirm that these claims are undisputed').check()
    await page.getByRole('button', { name: 'Create 3 Cases' }).click()
    await page.getByRole('heading', { name: '3 cases were created' }).waitFor({ timeout: 60_000 })
    created = 3
  } finally {
    await browser.close()
  }

  const staged = await stagedInvoices(portal)
  const { organization } = await portal.request(connectionAnswer, '/api/connection')
  const truth = await simulatorControl('http://127.0.0.1:4000')<unknown[]>('unpaidTruth', {
    organizationId: organization?.id,
  })
  expect(staged).toHaveLength(truth.length)
  eligible = staged.filter((one) => one.eligible).map((one) => one.zohoInvoiceId)
  const half = eligible.slice(0, Math.floor(eligible.length / 2))
  const counts = await completed(portal, (await order(portal, half, 'half')).id)
  expect(counts).toMatchObject({ failed: 0, ineligible: 0 })
  created += counts.created
  expect(await cases()).toHaveLength(created)
  say(`${truth.length} unpaid = ${staged.length} staged, ${eligible.length} eligible, ${created} cases`)
  await verified()
})

for (const service of ['postgres', 'redis', 'worker', 'server'])
  step(`${service} is killed under load and started again: nothing is lost or doubled`, async () => {
    const load = keepOrdering(portal, eligible, `kill-${service}`)
    await waitFor('orders', () => load.ordered.length >= 5, patience)
    const id = await clone.container(service)
    await clone.type(`docker kill ${id}`)
    expect((await clone.type(`docker inspect --format '{{.State.Running}}' ${id}`)).trim()).toBe('false')
    await clone.type(`docker start ${id}`)
    const begun = performance.now()
    await waitFor('the server to be ready', ready, { timeoutMs: recoveredWithinMs, everyMs: 250 })
    const { id: command } = await order(portal, eligible.slice(0, 2), `after-${service}`)
    await completed(portal, command, recoveredWithinMs)
    await waitFor(`a healthy ${service}`, () => healthy(service), {
      timeoutMs: recoveredWithinMs,
      everyMs: 500,
    })
    const took = performance.now() - begun
    expect(took).toBeLessThan(recoveredWithinMs)
    const orders = await settled(load)
    created += (await completed(portal, command)).created
    say(`${service} killed: recovered in ${seconds(took)}; ${orders} orders, 0 failed, ${created} cases`)
    await verified()
  })

step(
  'the documented backup is taken under load and restored: nothing of what it held is missing',
  async () => {
    const access =
      'docker compose exec -T postgres psql --username postgres --tuples-only --command "select datname, datacl from pg_database where datname = \'collector\'"'
    const before = await cases()
    const allowed = await clone.type(access)
    const load = keepOrdering(portal, eligible, 'backup')
    await waitFor('orders', () => load.ordered.length >= 3, patience)
    await clone.type(backup('Backup', 'docker compose'))
    await settled(load)
    const settledCases = await cases()
    const known = new Set(settledCases.map((one) => one.id))
    // Made after the dump, so that a restore which did nothing would be seen.
    const withCase = new Set(settledCases.map((one) => one.zohoInvoiceId))
    const free = eligible.filter((id) => !withCase.has(id)).slice(0, 3)
    const late = await completed(portal, (await order(portal, free, 'after-dump')).id, 120_000)
    expect(late).toMatchObject({ created: 3, failed: 0 })
    const begun = performance.now()
    await clone.type(backup('Restore', 'docker compose stop'))
    await untilUp()
    say(`restored and up in ${seconds(performance.now() - begun)}`)
    const after = (await cases()).map((one) => one.id)
    expect(after).toEqual(expect.arrayContaining(before.map((one) => one.id)))
    expect(after.filter((id) => !known.has(id))).toEqual([])
    created = after.length
    expect(allowed).toContain('collector')
    expect(await clone.type(access)).toBe(allowed)
    // It works on with what it has.
    const { id } = await order(portal, eligible, 'after-restore')
    const counts = await completed(portal, id, 120_000)
    expect(counts.failed).toBe(0)
    created += counts.created
    expect(await cases()).toHaveLength(created)
    await verified()
  },
)

step('the next image takes over under load, as the document says', async () => {
  const load = keepOrdering(portal, eligible, 'upgrade')
  const old = (await clone.type('docker compose images -q server')).trim()
  clone.addToEnv({ VERSION: 'next' })
  await clone.type(deploy('Upgrade', 'docker compose build'))
  await untilUp()
  expect((await clone.type('docker compose images -q server')).trim()).not.toBe(old)
  for (const service of ['server', 'worker']) {
    const label = await clone.type(
      `docker inspect --format '{{index .Config.Labels "org.opencontainers.image.version"}}' ${await clone.container(service)}`,
    )
    expect(label.trim()).toBe('next')
  }
  const orders = await settled(load)
  say(`next image: ${orders} orders, 0 failed, ${created} cases`)
})

step('secrets move into files, where no inspection of a container shows them', async () => {
  const before = {
    keys: clone.variable('TOKEN_ENCRYPTION_KEYS'),
    jwt: clone.variable('PORTAL_JWT_SECRET'),
  }
  await clone.type(deploy('Secrets in files', 'mkdir'), { ZOHO_CLIENT_SECRET: SIMULATOR_CLIENT_SECRET })
  clone.addToEnv({ ZOHO_CLIENT_ID: SIMULATOR_CLIENT_ID, TOKEN_ENCRYPTION_KEYS: '', PORTAL_JWT_SECRET: '' })
  // A new key first, the old one behind it, as a rotation has it.
  const keys = join(clone.folder, 'secrets/token_encryption_keys')
  const fresh = (await readFile(keys, 'utf8')).trim().replace(/^k1:/, 'k2:')
  await writeFile(keys, `${fresh},${before.keys}\n`)
  await writeFile(join(clone.folder, 'secrets/portal_jwt_secret'), `${before.jwt}\n`)
  await clone.type('docker compose up --detach --no-deps server worker')
  await untilUp()
  const shown = await clone.type(
    `docker inspect ${await clone.container('server')} ${await clone.container('worker')}`,
  )
  for (const secret of [before.jwt, before.keys, fresh.slice(3), SIMULATOR_CLIENT_SECRET])
    expect(shown.includes(secret)).toBe(false)
  const rotated = await clone.type('docker compose exec worker npm run rotate-keys')
  expect(rotated).toMatch(/[1-9]\d* tokens re-encrypted with key k2\./)
  const { id } = await order(portal, eligible.slice(0, 3), 'with-files')
  expect((await completed(portal, id)).failed).toBe(0)
  await verified()
  await verified('docker compose exec worker npm run verify -- --sample 20')
})

step('the commands of the documents run in the containers, and all end when they are told to', async () => {
  const typed = (lines: string) => clone.type(lines.replaceAll('<client id>', 'demo-client'))
  const inContainers = (lines: string) =>
    lines
      .split('\n')
      .filter((line) => line.startsWith('docker compose'))
      .join('\n')
  await clone.type(deploy('Commands in the containers', 'docker compose'))
  await typed(inContainers(backup('Export', 'docker compose')))
  const exported = JSON.parse(await readFile(join(clone.folder, 'client.json'), 'utf8')) as {
    cases: unknown[]
  }
  expect(exported.cases).toHaveLength(created)
  await typed(inContainers(backup('Erasure', 'docker compose')))
  await verified()
  const [server, worker] = [await clone.container('server'), await clone.container('worker')]
  await clone.type('docker compose stop')
  const codes = await clone.type(`docker inspect --format '{{.State.ExitCode}}' ${server} ${worker}`)
  expect(codes.trim().split('\n')).toEqual(['0', '0'])
})
