/** PostgreSQL and Redis of a test's own, to be stopped, flushed and started again under the same address. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../db/core/embedded-postgres.ts'
import { lookIntoCluster, watchRedis } from './secrets/stores.ts'
import { steadyPort } from './steady-port.ts'

export interface OwnPostgres {
  readonly url: string
  /** Fast shutdown: sessions are cut off, transactions under way are lost. */
  readonly stop: () => Promise<void>
  /** Immediate shutdown, as a crash: the next start recovers from the log. */
  readonly crash: () => Promise<void>
  /** The same data under the same URL. */
  readonly start: () => Promise<void>
  /** Stops and removes the data. */
  readonly remove: () => Promise<void>
}

/** A cluster of its own. Committed is committed, even when it crashes: only the disk is trusted not to fail. */
export const startOwnPostgres = async (): Promise<OwnPostgres> => {
  const directory = await mkdtemp(join(tmpdir(), 'own-postgres-'))
  const port = await steadyPort()
  const flags = ['-c', 'fsync=off', '-c', 'max_connections=300']
  const open = () => startEmbeddedPostgres({ directory, port, flags })
  let running: EmbeddedPostgres | undefined = await open()
  const url = await running.database('app')
  const stop = async () => {
    await running?.stop()
    running = undefined
  }
  return {
    url,
    stop,
    crash: async () => {
      const [pid] = (await readFile(join(directory, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGQUIT')
      await stop()
    },
    start: async () => {
      running ??= await open()
    },
    remove: async () => {
      running ??= await open()
      await lookIntoCluster(url)
      await stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export interface OwnRedis {
  readonly url: string
  readonly flush: () => Promise<void>
  /** Kills it; with nothing on disk, all it knew is lost. */
  readonly kill: () => Promise<void>
  readonly start: () => Promise<void>
}

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done()
    else child.once('exit', () => done())
  })

/** Whether this machine can have one. */
export const hasRedisServer = spawnSync('which', ['redis-server']).status === 0

/** A redis-server of its own that keeps nothing on disk. */
export const startOwnRedis = async (): Promise<OwnRedis> => {
  const port = await steadyPort()
  const url = `redis://127.0.0.1:${port}/0`
  let running: ChildProcess | undefined
  const endWithUs = () => running?.kill('SIGKILL')
  const start = async () => {
    if (running) return
    const options = { '--port': port, '--bind': '127.0.0.1', '--save': '', '--appendonly': 'no' }
    const child = spawn('redis-server', Object.entries(options).flat().map(String), {
      cwd: tmpdir(),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    running = child
    await new Promise<void>((ready, fail) => {
      child.once('exit', () => fail(new Error('redis-server ended before it was ready')))
      child.stdout.on('data', (chunk: Buffer) => {
        if (chunk.includes('Ready to accept connections')) ready()
      })
    })
    await watchRedis(url)
  }
  process.once('exit', endWithUs)
  await start()
  return {
    url,
    start,
    flush: async () => {
      const redis = new Redis(url)
      await redis.flushall()
      redis.disconnect()
    },
    kill: async () => {
      if (!running) return
      running.kill('SIGKILL')
      await ended(running)
      running = undefined
    },
  }
}
