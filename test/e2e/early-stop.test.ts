/** SIGTERM at any time of a start, from the first moment on, ends a process with 0. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { built } from '../support/processes.ts'

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await createTestDatabase()
  folder = mkdtempSync(join(tmpdir(), 'early-stop-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await database.drop()
})

/** Says on stdout as soon as the process listens for SIGTERM. Node itself catches it from the start, only to die of it. */
const announcing = `data:text/javascript,${encodeURIComponent(`
  process.on('newListener', (name) => {
    if (name === 'SIGTERM') queueMicrotask(() => process.stdout.write('listening\\n'))
  })`)}`

const environments: Readonly<Record<string, () => Record<string, string>>> = {
  server: () => ({ DATABASE_URL: database.url, PORT: '0' }),
  worker: () => ({ DATABASE_URL: database.url }),
  start: () => ({ DATABASE_URL: database.url, PORT: '0' }),
  simulator: () => ({}),
}
const ofAll = {
  ZOHO_CLIENT_ID: '1000.CLIENT',
  ZOHO_CLIENT_SECRET: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
  TOKEN_ENCRYPTION_KEYS: `2026:${Buffer.alloc(32, 7).toString('base64')}`,
  PORTAL_JWT_SECRET: 'a secret that is shared with the host portal',
  LOG_LEVEL: 'silent',
}

/** `npm start` is not on the image: it runs from its source. */
const program = (script: string) =>
  script === 'start' ? ['--import', 'tsx', 'scripts/start.ts'] : built(script)

const stopAfter = async (script: string, waitMs: number) => {
  const child = spawn(process.execPath, ['--import', announcing, ...program(script)], {
    env: { PATH: process.env['PATH'] ?? '', DATA_DIR: folder, ...ofAll, ...environments[script]?.() },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  await sleep(waitMs)
  const listening = output.includes('listening')
  child.kill('SIGTERM')
  const [code, signal] = await ended
  return { waitMs, listening, ready: /^ready /m.test(output), code, signal }
}

describe.each(Object.keys(environments))('%s', (script) => {
  it('ends with 0, whenever it is told to', async () => {
    const seen: Awaited<ReturnType<typeof stopAfter>>[] = []
    const between = () => seen.filter(({ listening, ready }) => listening && !ready).length
    for (const waitMs of [0, 25, 50, 75, 100, 150, 200, 300, 400, 500, 650, 800, 1_000, 1_300])
      seen.push(await stopAfter(script, waitMs))
    // A busy machine takes longer to start.
    for (let waitMs = 1_600; between() < 3 && waitMs < 20_000; waitMs *= 1.2)
      seen.push(await stopAfter(script, Math.round(waitMs)))
    // Before Node runs our first line nobody can say how to end: then it is the signal that ends it, and nothing else.
    const wrong = seen.filter(
      ({ listening, code, signal }) => code !== 0 && (listening || signal !== 'SIGTERM'),
    )
    expect(wrong).toEqual([])
    // Of the time before it is ready, most was put to the test.
    expect(between()).toBeGreaterThan(2)
  })
})
