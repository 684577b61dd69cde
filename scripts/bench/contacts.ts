/**
 * The first hour of a client with many customers (docs/performance.md): its invoices and then its customers, read by a worker within
 * the 100 requests that the simulator lets pass in any 60 s. Simulator, worker and Postgres are processes of their own.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'kysely'
import { createDatabase } from '../../db/core/database.ts'
import { startEmbeddedPostgres } from '../../db/core/embedded-postgres.ts'
import { loadConfig } from '../../src/config.ts'
import { migrate } from '../support/migrate.ts'
import { startCommand, startSimulatorProcess, stopCommand } from './child.ts'
import { connectOrganization } from './connect-organization.ts'

export interface ContactsBenchOptions {
  readonly contacts?: number
  readonly report?: (line: string) => void
}

export interface ContactsBench {
  readonly invoices: number
  readonly contacts: number
  readonly requests: {
    readonly invoices: number
    readonly contacts: number
    readonly all: number
    readonly refused: number
  }
  /** Most requests that arrived within any 60 s. */
  readonly mostInAMinute: number
  readonly invoicesStagedAfterSeconds: number
  readonly contactsStagedAfterSeconds: number
}

interface Request {
  readonly path: string
  readonly status: number
  readonly receivedAt: number
}

const minute = 60_000

const mostWithinAMinute = (times: readonly number[]): number =>
  times.reduce((most, time, at) => {
    const first = times.findIndex((other) => other > time - minute)
    return Math.max(most, at - first + 1)
  }, 0)

/** Runs the benchmark; with the defaults, that of docs/performance.md: 10,000 contacts and twice as many invoices. */
export const benchContacts = async ({
  contacts = 10_000,
  report = () => undefined,
}: ContactsBenchOptions = {}): Promise<ContactsBench> => {
  const directory = await mkdtemp(join(tmpdir(), 'bench-contacts-'))
  const postgres = await startEmbeddedPostgres({ directory })
  const simulator = await startSimulatorProcess('real')
  const url = await postgres.database('bench')
  const db = createDatabase({ url, poolSize: 2 })
  const invoices = contacts * 2
  try {
    await migrate(url)
    const environment = {
      DATABASE_URL: url,
      DATA_DIR: directory,
      TOKEN_ENCRYPTION_KEYS: `bench:${randomBytes(32).toString('base64')}`,
      PORTAL_JWT_SECRET: randomBytes(32).toString('hex'),
      ZOHO_CLIENT_ID: '1000.SIMULATORCLIENT0000000000000000',
      ZOHO_CLIENT_SECRET: 'simulator-client-secret-of-no-value',
      ZOHO_SIMULATOR_URL: simulator.url,
      LOG_LEVEL: 'error',
    }
    const organizationId = await simulator.command<string>('addOrganization', { invoices })
    // The books come with a customer for some five invoices; the others have none that is unpaid.
    const more = contacts - Math.ceil(invoices / 5)
    for (let at = 0; at < more; at += 1)
      await simulator.command('editContact', {
        customerId: `9${String(at).padStart(12, '0')}`,
        organizationId,
        fields: { contact_name: `Customer ${at}` },
      })
    const connectionId = await connectOrganization(db, {
      clientId: 'bench',
      organizationId,
      grant: simulator.grant,
      keys: loadConfig(environment).tokenEncryptionKeys,
      nextSyncAt: new Date(),
      grantedScopes: ['ZohoBooks.invoices.READ', 'ZohoBooks.contacts.READ'],
    })
    const count = async (table: 'staged_invoices' | 'staged_debtors') => {
      const { rows } = await sql<{ count: number }>`
        select count(*)::int as count from ${sql.table(table)} where connection_id = ${connectionId}`.execute(
        db,
      )
      return rows[0]?.count ?? 0
    }
    const ended = async (query: ReturnType<typeof sql>) => (await query.execute(db)).rows.length > 0
    const worker = await startCommand('worker', environment)
    const started = performance.now()
    const seconds = () => Math.round((performance.now() - started) / 100) / 10
    try {
      while (
        !(await ended(
          sql`select 1 from sync_runs where connection_id = ${connectionId} and state = 'completed'`,
        ))
      )
        await pause(200)
      const invoicesStagedAfterSeconds = seconds()
      report(`${await count('staged_invoices')} invoices after ${invoicesStagedAfterSeconds} s`)
      while (
        !(await ended(
          sql`select 1 from debtor_syncs where connection_id = ${connectionId} and completed_at is not null`,
        ))
      )
        await pause(200)
      const contactsStagedAfterSeconds = seconds()
      report(`${await count('staged_debtors')} contacts after ${contactsStagedAfterSeconds} s`)
      const requests = await simulator.command<readonly Request[]>('requests', {
        query: { organization_id: organizationId },
      })
      const to = (path: string) => requests.filter((request) => request.path === `/books/v3/${path}`).length
      return {
        invoices: await count('staged_invoices'),
        contacts: await count('staged_debtors'),
        requests: {
          invoices: to('invoices'),
          contacts: to('contacts'),
          all: requests.length,
          refused: requests.filter(({ status }) => status === 429).length,
        },
        mostInAMinute: mostWithinAMinute(requests.map(({ receivedAt }) => receivedAt)),
        invoicesStagedAfterSeconds,
        contactsStagedAfterSeconds,
      }
    } finally {
      await stopCommand(worker)
    }
  } finally {
    await db.destroy()
    await simulator.stop()
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
