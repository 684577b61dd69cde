/** Whatever is wrong with a secret variable: nothing that a process says before it has a logger, or as it crashes, repeats it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secretVariables } from '../../src/config.ts'
import { findSecrets } from '../support/find-secrets.ts'
import { built } from '../support/processes.ts'

const folder = mkdtempSync(join(tmpdir(), 'secret-variables-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const password = 'Correct-Horse-7391'
const key = Buffer.alloc(32, 'never printed').toString('base64')
const good = {
  DATABASE_URL: `postgres://somebody:${password}@127.0.0.1:1/database`,
  REDIS_URL: `redis://:${password}@127.0.0.1:1`,
  DOCUMENT_STORE_URL: `s3://AKIA:${password}@127.0.0.1:1/documents`,
  ZOHO_CLIENT_SECRET: 'a1b2c3d4e5f60718293a4b5c6d7e8f9012345678',
  ZOHO_CLIENT_SECRETS: '{"eu":"f1e2d3c4b5a60718293a4b5c6d7e8f9012345678"}',
  TOKEN_ENCRYPTION_KEYS: `2026:${key}`,
  PORTAL_JWT_SECRET: 'a secret that is shared with the host portal',
} satisfies Record<(typeof secretVariables)[number], string>
type Name = keyof typeof good

/** What no output may contain: of structured values the part that is secret. */
const cores: Record<Name, string> = {
  DATABASE_URL: password,
  REDIS_URL: password,
  DOCUMENT_STORE_URL: password,
  ZOHO_CLIENT_SECRET: good.ZOHO_CLIENT_SECRET,
  ZOHO_CLIENT_SECRETS: 'f1e2d3c4b5a60718293a4b5c6d7e8f9012345678',
  TOKEN_ENCRYPTION_KEYS: key,
  PORTAL_JWT_SECRET: good.PORTAL_JWT_SECRET,
}

const spoilt: Readonly<Record<string, (value: string, core: string) => string>> = {
  'as it should be': (value) => value,
  'with a line break at its end': (value) => `${value}\n`,
  'in quotes': (value) => `"${value}"`,
  'not ASCII': (value, core) => value.replace(core, `${core}é☃`),
  'with a control character inside': (value, core) => value.replace(core, `${core}\u0007${core}`),
  'with a line break inside': (value, core) => value.replace(core, `${core}\n${core}`),
  empty: () => '',
  huge: (value, core) => value.replace(core, core.repeat(2_000)),
  'of another form': (_value, core) => `:://${core}@[`,
  'cut short': (value, core) => value.slice(0, value.indexOf(core) + core.length - 3),
}

const base = {
  ...good,
  NODE_ENV: 'production',
  ZOHO_CLIENT_ID: '1000.CLIENT',
  PUBLIC_URL: 'http://localhost:1',
}

/** Runs a script to its end. Nothing can be reached, so every one ends by itself. */
const run = (script: string, env: Record<string, string>, options: readonly string[] = []) =>
  new Promise<{ code: number | null; output: string }>((done, fail) => {
    const child: ChildProcess = spawn(process.execPath, [...options, ...built(script)], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
    child.once('error', fail)
    child.once('close', (code) => done({ code, output }))
  })

const expectNothingIn = (output: string, name: Name, value: string) => {
  const core = cores[name].slice(0, -3)
  const secrets = [
    { kind: name, value: core },
    ...(value.length > 20 ? [{ kind: `${name}, whole`, value: value.trim() }] : []),
  ]
  expect(findSecrets(secrets, { output })).toEqual([])
}

it('tells every secret variable apart', () => {
  expect(Object.keys(good).sort()).toEqual([...secretVariables].sort())
  expect(findSecrets([{ kind: 'x', value: password }], { output: `it is ${password}` })).toHaveLength(1)
})

/** All of them at once: what is wrong with each is found in the same start. */
const spoiltBy = (how: string): Record<Name, string> =>
  Object.fromEntries(
    secretVariables.map((name) => [name, spoilt[how]?.(good[name], cores[name]) ?? '']),
  ) as Record<Name, string>

it.each(Object.keys(spoilt))(
  'no secret variable that is %s is said by a server that cannot start',
  async (how) => {
    const values = spoiltBy(how)
    const { code, output } = await run('server', { ...base, ...values })
    expect(code).toBe(1)
    expect(output).not.toBe('')
    for (const name of secretVariables) expectNothingIn(output, name, values[name])
  },
)

it('none is said when all are mounted as files', async () => {
  const files = secretVariables.map((name) => {
    const path = join(folder, name)
    writeFileSync(path, `${spoilt['not ASCII']?.(good[name], cores[name])}\n`)
    return [`${name}_FILE`, path] as const
  })
  const { code, output } = await run('worker', {
    NODE_ENV: 'production',
    ZOHO_CLIENT_ID: base.ZOHO_CLIENT_ID,
    PUBLIC_URL: base.PUBLIC_URL,
    ...Object.fromEntries(files),
  })
  expect(code).toBe(1)
  for (const name of secretVariables) expectNothingIn(output, name, good[name])
})

/** Throws what it knows as soon as somebody listens for crashes, before there is a logger. */
const crashing = (thrown: string) => {
  const path = join(folder, 'crash.mjs')
  writeFileSync(
    path,
    `process.on('newListener', (name) => {
      if (name === 'uncaughtException') setImmediate(() => { ${thrown} })
    })`,
  )
  return ['--import', path]
}

it.each([
  ['an error', 'throw new Error(Object.values(process.env).join(" "))'],
  [
    'an error with properties and a cause',
    'throw Object.assign(new Error("x", { cause: new Error(process.env.DATABASE_URL) }), { env: process.env })',
  ],
  ['a text', 'throw Object.values(process.env).join(" ")'],
  ['an object', 'throw { ...process.env }'],
  ['a rejection', 'Promise.reject(new Error(JSON.stringify(process.env)))'],
  ['a wrong URL', 'new URL(process.env.DATABASE_URL.replace("postgres:", ""))'],
])('a crash by %s ends with 1 and says no secret', async (_what, thrown) => {
  const { code, output } = await run('server', base, crashing(thrown))
  expect(code).toBe(1)
  for (const name of secretVariables) expectNothingIn(output, name, good[name])
})

it.each(['as it should be', 'not ASCII', 'of another form', 'with a line break inside'])(
  'the password of the database, %s, is not said by migrate',
  async (how) => {
    const value = spoilt[how]?.(good.DATABASE_URL, password) ?? ''
    const { code, output } = await run('migrate', { DATABASE_URL: value })
    expect(code).toBe(1)
    expectNothingIn(output, 'DATABASE_URL', value)
  },
)
