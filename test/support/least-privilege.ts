/** The roles of docker/postgres-roles.sql on a cluster of their own, without psql. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbeddedPostgres } from '../../db/core/embedded-postgres.ts'
import { lookIntoCluster } from './secrets/stores.ts'

export interface LeastPrivilegeDatabase {
  readonly migratorUrl: string
  readonly workerUrl: string
  readonly portalUrl: string
  readonly stop: () => Promise<void>
}

const passwords = {
  migrator_password: 'm-password',
  worker_password: 'w-password',
  portal_password: 'p-password',
}

/** What psql does with the file: `\set` fills variables, `\connect` changes the database. */
const sections = (text: string): readonly string[] => {
  const filled = Object.entries(passwords).reduce(
    (sql, [name, value]) => sql.replaceAll(`:'${name}'`, `'${value}'`),
    text,
  )
  return filled.replaceAll(/^\\set .*$/gm, '').split(/^\\connect collector$/m)
}

const run = async (url: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // One by one: CREATE DATABASE does not run inside a multi-statement query.
    for (const statement of sql.replaceAll(/^--.*$/gm, '').split(';'))
      if (statement.trim() !== '') await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Starts a cluster and makes database and roles as the compose file's postgres service does. */
export const startLeastPrivilegeDatabase = async (): Promise<LeastPrivilegeDatabase> => {
  const directory = await mkdtemp(join(tmpdir(), 'least-privilege-'))
  const postgres = await startEmbeddedPostgres({ directory, flags: ['-c', 'fsync=off'] })
  const admin = await postgres.database('postgres')
  const [cluster = '', database = ''] = sections(readFileSync('docker/postgres-roles.sql', 'utf8'))
  await run(admin, cluster)
  const as = (user: string, password: string) => {
    const url = new URL(admin)
    Object.assign(url, { username: user, password, pathname: '/collector' })
    return url.href
  }
  const superuser = new URL(admin)
  superuser.pathname = '/collector'
  await run(superuser.href, database)
  return {
    migratorUrl: as('migrator', passwords.migrator_password),
    workerUrl: as('worker', passwords.worker_password),
    portalUrl: as('portal', passwords.portal_password),
    stop: async () => {
      await lookIntoCluster(admin)
      await postgres.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
