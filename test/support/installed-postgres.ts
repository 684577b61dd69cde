/** PostgreSQL with its client programs, where the machine has them: the embedded one comes without pg_dump. */
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../db/core/free-port.ts'
import { lookIntoCluster } from './secrets/stores.ts'
import { waitFor } from './wait-for.ts'

const needed = ['initdb', 'postgres', 'pg_dump', 'pg_dumpall', 'pg_restore', 'psql']

const bindir = (): string | undefined => {
  const { stdout } = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' })
  const directory = stdout?.trim()
  return directory && needed.every((program) => existsSync(join(directory, program))) ? directory : undefined
}

/** PostgreSQL refuses to run as root; the account of the package is used then. */
const account = (): { uid: number; gid: number } | undefined => {
  if (process.getuid?.() !== 0) return {} as { uid: number; gid: number }
  const id = (flag: string) => spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' })
  const uid = id('-u')
  const gid = id('-g')
  return uid.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : undefined
}

const programs = bindir()
const runAs = account()

/** False where there is no PostgreSQL with client programs, or nobody to run it as. */
export const hasInstalledPostgres = programs !== undefined && runAs !== undefined

export interface InstalledPostgres {
  readonly url: (database: string) => string
  /** Runs a client program. @throws with what it said. */
  readonly run: (program: string, ...options: readonly string[]) => string
  readonly close: () => Promise<void>
}

/** A fresh cluster on a free port, without durability. */
export const startInstalledPostgres = async (): Promise<InstalledPostgres> => {
  if (programs === undefined || runAs === undefined) throw new Error('there is no PostgreSQL')
  const directory = mkdtempSync(join(tmpdir(), 'installed-postgres-'))
  if (runAs.uid !== undefined) chownSync(directory, runAs.uid, runAs.gid)
  const run = (program: string, ...options: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(join(programs, program), options, {
      encoding: 'utf8',
      cwd: directory,
      ...runAs,
    })
    if (status !== 0) throw new Error(`${program}: ${stdout}${stderr}`)
    return stdout
  }
  const data = join(directory, 'data')
  run('initdb', '--pgdata', data, '--username', 'owner', '--auth', 'trust', '--no-sync', '--encoding', 'UTF8')
  const port = await freePort()
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-k', directory, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
    { stdio: 'ignore', ...runAs },
  )
  const url = (database: string) => `postgres://owner@127.0.0.1:${port}/${database}`
  await waitFor('PostgreSQL', () => {
    const asked = spawnSync(join(programs, 'psql'), ['--dbname', url('postgres'), '--command', 'select 1'])
    return asked.status === 0
  })
  return {
    url,
    run,
    close: async () => {
      await lookIntoCluster(url('postgres'))
      const ended = new Promise((done) => server.once('exit', done))
      server.kill('SIGINT')
      await ended
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
