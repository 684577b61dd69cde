/** PostgreSQL and Redis of a test's own, to be stopped, flushed and started again under the same address. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, open as openFile, readFile, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../db/core/embedded-postgres.ts'
import { lookIntoCluster, watchRedis } from './secrets/stores.ts'
import { steadyPort } from './steady-port.ts'

export interface SmallDisk {
  /** Takes most of the room, which takes a moment. */
  readonly nearlyFill: () => Promise<void>
  /** Takes the rest. */
  readonly fill: () => Promise<void>
  /** Gives it back; the server is up afterwards. */
  readonly empty: () => Promise<void>
}

export interface OwnPostgres {
  readonly url: string
  /** Fast shutdown: sessions are cut off, transactions under way are lost. */
  readonly stop: () => Promise<void>
  /** Immediate shutdown, as a crash: the next start recovers from the log. */
  readonly crash: () => Promise<void>
  /** The same data under the same URL. */
  readonly start: () => Promise<void>
  /** Stops every process where it stands. @returns what lets them go on */
  readonly freeze: () => () => void
  /** Where it has a small disk of its own. */
  readonly disk: SmallDisk | undefined
  /** Stops and removes the data. */
  readonly remove: () => Promise<void>
}

/** Linux, and only for root: a disk in memory that can be filled without harm to others. */
const mountSmallDisk = (directory: string): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=700m,mode=777', 'tmpfs', directory]).status === 0

/** Writes until there is no room, in smaller and smaller pieces, or until only `leaving` bytes are left. */
const fillDisk = async (file: string, leaving = 0): Promise<void> => {
  const ballast = await openFile(file, 'w')
  for (const size of [1 << 22, 1 << 16, 1 << 12])
    for (;;) {
      if (leaving > 0) {
        const { bavail, bsize } = await statfs(file)
        if (bavail * bsize <= leaving) break
      }
      if ((await ballast.write(Buffer.alloc(size)).catch(() => undefined)) === undefined) break
    }
  await ballast.close()
}

const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]) === parent
      } catch {
        return false
      }
    })
    .map(Number)

/** A cluster of its own. Committed is committed, even when it crashes: only the disk is trusted not to fail. */
export const startOwnPostgres = async ({
  smallDisk = false,
}: {
  readonly smallDisk?: boolean
} = {}): Promise<OwnPostgres> => {
  const directory = await mkdtemp(join(tmpdir(), 'own-postgres-'))
  const port = await steadyPort()
  const mounted = smallDisk && mountSmallDisk(directory)
  const unmount = () => void spawnSync('umount', ['--lazy', directory])
  if (mounted) process.once('exit', unmount)
  const flags = [
    ...['fsync=off', 'max_connections=300', ...(mounted ? ['max_wal_size=64MB', 'min_wal_size=32MB'] : [])],
  ].flatMap((setting) => ['-c', setting])
  const open = () => startEmbeddedPostgres({ directory, port, flags })
  let running: EmbeddedPostgres | undefined = await open()
  const url = await running.database('app')
  const stop = async () => {
    await running?.stop()
    running = undefined
  }
  const pidFile = join(directory, 'postgres', 'postmaster.pid')
  const ballast = join(directory, 'ballast')
  const answers = async () => {
    const client = new pg.Client({ connectionString: url })
    return client.connect().then(
      () => client.end().then(() => true),
      () => false,
    )
  }
  return {
    url,
    stop,
    crash: async () => {
      const [pid] = (await readFile(pidFile, 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGQUIT')
      await stop()
    },
    start: async () => {
      running ??= await open()
    },
    freeze: () => {
      const postmaster = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
      const all = [postmaster]
      process.kill(postmaster, 'SIGSTOP')
      // With the postmaster stopped there are no new ones.
      for (const pid of childrenOf(postmaster)) {
        all.push(pid)
        process.kill(pid, 'SIGSTOP')
      }
      return () => {
        for (const pid of all.reverse()) process.kill(pid, 'SIGCONT')
      }
    },
    disk: mounted
      ? {
          nearlyFill: () => fillDisk(`${ballast}-1`, 4 << 20),
          fill: () => fillDisk(`${ballast}-2`),
          empty: async () => {
            for (const part of [1, 2]) await rm(`${ballast}-${part}`, { force: true })
            // Without room for its log it ends itself, and needs somebody to start it again.
            if (await answers()) return
            await stop()
            running = await open()
          },
        }
      : undefined,
    remove: async () => {
      running ??= await open()
      await lookIntoCluster(url)
      await stop()
      if (mounted) unmount()
      process.removeListener('exit', unmount)
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
  /** Takes what it may remember away: whatever is to be stored is refused. @returns what gives it back */
  readonly fill: () => Promise<() => Promise<void>>
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
    fill: async () => {
      const setLimit = async (limit: string) => {
        const redis = new Redis(url)
        await redis.config('SET', 'maxmemory', limit)
        redis.disconnect()
      }
      await setLimit('1')
      return () => setLimit('0')
    },
    kill: async () => {
      if (!running) return
      running.kill('SIGKILL')
      await ended(running)
      running = undefined
    },
  }
}
