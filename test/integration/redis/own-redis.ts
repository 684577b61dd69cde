/** Redis servers of a test's own, to kill, fill and flush. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../../db/core/free-port.ts'
import { watchRedis } from '../../support/secrets/stores.ts'
import type { Certificates } from './certificates.ts'

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0
export const hasRedisCli = spawnSync('redis-cli', ['--version']).status === 0
if (!hasRedis) console.log('redis-server was not found: the tests of a failing Redis are skipped.')

/** `describe` where there is a redis-server, else a skipped one. */
export const withRedis = hasRedis ? describe : describe.skip

export interface OwnRedis {
  readonly url: string
  readonly port: number
  /** Starts it again on the same port, empty. */
  readonly start: () => Promise<void>
  /** Ends it at once, as a crash does. */
  readonly kill: () => Promise<void>
  /** Ends it and removes its folder. */
  readonly close: () => Promise<void>
}

const started = (process: ChildProcess) =>
  new Promise<void>((ready, fail) => {
    let said = ''
    process.once('exit', () => fail(new Error(`redis-server ended: ${said}`)))
    process.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('Ready to accept connections')) ready()
    })
  })

/** Nobody gets in without TLS; clients show no certificate of theirs. */
const listeningWith = ({ authority, certificate, key }: Certificates, port: number): readonly string[] => [
  ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no'],
  ...['--tls-cert-file', certificate, '--tls-key-file', key, '--tls-ca-cert-file', authority],
]

/** Starts a server without persistence. `arguments` are options of redis-server. */
export const startOwnRedis = async (
  options: readonly string[] = [],
  { password, tls }: { readonly password?: string; readonly tls?: Certificates } = {},
): Promise<OwnRedis> => {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'own-redis-'))
  const credentials = password === undefined ? '' : `:${password}@`
  const url = `${tls ? 'rediss' : 'redis'}://${credentials}127.0.0.1:${port}`
  let server: ChildProcess | undefined
  const start = async () => {
    server = spawn(
      'redis-server',
      [
        ...(tls ? listeningWith(tls, port) : ['--port', String(port)]),
        ...['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
        ...['--dir', directory, '--maxmemory-policy', 'noeviction'],
        ...(password === undefined ? [] : ['--requirepass', password, '--masterauth', password]),
        ...options,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    await started(server)
    await watchRedis(url, tls ? { ca: readFileSync(tls.authority, 'utf8') } : {})
  }
  const kill = async () => {
    const ending = server
    server = undefined
    if (!ending || ending.exitCode !== null) return
    const ended = new Promise((done) => ending.once('exit', done))
    ending.kill('SIGKILL')
    await ended
  }
  await start()
  return {
    url,
    port,
    start,
    kill,
    close: async () => {
      await kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
