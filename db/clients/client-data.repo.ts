/** Everything that is held about one client: to hand it out, and to erase it. */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import type { Finding } from '../core/schema.ts'
import { lockClient } from './clients.repo.ts'

/** Columns that are never handed out: secrets, and what only serves the program. */
const hidden = [
  'refresh_token_jwe',
  'access_token_jwe',
  'webhook_salt',
  'webhook_token_hash',
  'person_salt',
  'person_digest',
  'previous_hash',
  'hash',
  'id_hash',
  'state_hash',
  'lease_token',
  'content_hash',
]

interface Part {
  /** Its name in the document. */
  readonly name: string
  readonly table: string
  readonly where: string
  readonly orderBy: string
  /** Decimal columns, handed out as strings: a JSON reader would round them. */
  readonly money?: string | readonly string[]
  /** Column of bytes, handed out as base64. */
  readonly bytes?: string
  /** Columns of findings. */
  readonly findings?: readonly string[]
  /** Rows that are in memory at once, where they are large. */
  readonly batch?: number
}

/** A cursor takes no parameters, so the id is a setting of the transaction. */
const setting = 'app.exported_client'
const ofClient = `client_id = current_setting('${setting}')`
const parts: readonly Part[] = [
  { name: 'client', table: 'clients', where: `id = current_setting('${setting}')`, orderBy: 'id' },
  { name: 'connections', table: 'connections', where: ofClient, orderBy: 'connected_at, id' },
  { name: 'grants', table: 'oauth_tokens', where: ofClient, orderBy: 'connection_id' },
  { name: 'consentAttempts', table: 'oauth_states', where: ofClient, orderBy: 'created_at' },
  { name: 'revocations', table: 'token_revocations', where: ofClient, orderBy: 'created_at, id' },
  { name: 'connectionEvents', table: 'connection_events', where: ofClient, orderBy: 'created_at, id' },
  { name: 'sessions', table: 'portal_sessions', where: ofClient, orderBy: 'created_at' },
  { name: 'syncRuns', table: 'sync_runs', where: ofClient, orderBy: 'started_at, id' },
  { name: 'rowsSetAside', table: 'set_aside_rows', where: ofClient, orderBy: 'first_seen_at, id' },
  {
    name: 'stagedInvoices',
    table: 'staged_invoices',
    where: ofClient,
    orderBy: 'connection_id, zoho_invoice_id',
    money: 'amount_to_recover',
    findings: ['blockers', 'warnings'],
  },
  {
    name: 'stagedDebtors',
    table: 'staged_debtors',
    where: ofClient,
    orderBy: 'connection_id, zoho_customer_id',
    money: 'unused_credits',
  },
  {
    name: 'debtorTypes',
    table: 'debtor_types',
    where: ofClient,
    orderBy: 'zoho_organization_id, zoho_customer_id',
  },
  { name: 'debtorSyncs', table: 'debtor_syncs', where: ofClient, orderBy: 'connection_id' },
  { name: 'caseCommands', table: 'case_commands', where: ofClient, orderBy: 'created_at, id' },
  {
    name: 'caseCommandItems',
    table: 'case_command_items',
    where: ofClient,
    orderBy: 'command_id, ordinal',
    findings: ['reasons'],
  },
  {
    name: 'cases',
    table: 'cases',
    where: ofClient,
    orderBy: 'created_at, id',
    money: ['amount_to_recover', 'outstanding'],
    findings: ['warnings'],
  },
  { name: 'caseDocuments', table: 'case_documents', where: ofClient, orderBy: 'case_id, created_at, id' },
  { name: 'documentFiles', table: 'document_files', where: ofClient, orderBy: 'id' },
  {
    name: 'documentChunks',
    table: 'document_chunks',
    where: ofClient,
    orderBy: 'file_id, ordinal',
    bytes: 'bytes',
    batch: 4,
  },
  { name: 'caseEvents', table: 'case_events', where: ofClient, orderBy: 'id', money: 'outstanding' },
  { name: 'events', table: 'events', where: ofClient, orderBy: 'entry' },
  { name: 'auditEvents', table: 'audit_events', where: ofClient, orderBy: 'id' },
]

export const clientDataParts = parts.map(({ name }) => name)

const usualBatch = 500

export interface ExportedRow {
  /** A JSON object of all columns but those of findings. Text, because a JSON reader would round numbers. */
  readonly row: string
  readonly findings: Readonly<Record<string, readonly Finding[]>>
}

/**
 * Hands out each part of a client's data, row by row, as of one moment. At most one batch of rows is in
 * memory.
 *
 * @returns false when there is no such client.
 */
export const readClientData = (
  db: Db,
  clientId: string,
  onRows: (part: string, rows: readonly ExportedRow[]) => Promise<void>,
): Promise<boolean> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const client = await trx
        .selectFrom('clients')
        .select('id')
        .where('id', '=', clientId)
        .executeTakeFirst()
      if (!client) return false
      await sql`select set_config(${setting}, ${clientId}, true)`.execute(trx)
      for (const part of parts) await readPart(trx, part, onRows)
      return true
    })

const readPart = async (
  trx: Trx,
  { name, table, where, orderBy, money, bytes, findings = [], batch = usualBatch }: Part,
  onRows: (part: string, rows: readonly ExportedRow[]) => Promise<void>,
) => {
  const asText = [money ?? []]
    .flat()
    .map((column) => ` || jsonb_build_object('${column}', ${column}::text)`)
    .join('')
  const asBase64 =
    bytes === undefined
      ? ''
      : ` || jsonb_build_object('${bytes}', translate(encode(${bytes}, 'base64'), E'\\n', ''))`
  const apart = findings.map((column) => `'${column}', ${column}`).join(', ')
  const left = `array['${[...hidden, ...findings].join("', '")}']::text[]`
  await sql`
    declare client_data no scroll cursor for
    select ((to_jsonb(part)${sql.raw(asText + asBase64)}) - ${sql.raw(left)})::text as row,
      jsonb_build_object(${sql.raw(apart)}) as findings
    from ${sql.table(table)} part
    where ${sql.raw(where)}
    order by ${sql.raw(orderBy)}`.execute(trx)
  for (;;) {
    const { rows } = await sql<ExportedRow>`fetch ${sql.lit(batch)} from client_data`.execute(trx)
    await onRows(name, rows)
    if (rows.length < batch) break
  }
  await sql`close client_data`.execute(trx)
}

/** Counts of what erasing a client deletes, makes anonymous and keeps. */
export interface ErasedRows {
  readonly deleted: Readonly<Record<string, number>>
  readonly madeAnonymous: Readonly<Record<string, number>>
  readonly keptCases: number
}

const nobody = 'erased'

/**
 * Erases a client that is no longer connected. Cases with their documents, and the commands that prove who gave them and when, are legal
 * records: they stay without the names of the people who pressed the button. Without any case nothing of the client stays.
 *
 * @returns undefined when it is connected: then nothing was erased.
 */
export const eraseClientRows = (db: Db, clientId: string): Promise<ErasedRows | undefined> =>
  db.transaction().execute(async (trx) => {
    // 0. Nobody connects it meanwhile, and the commands that are being carried out have had their chunk.
    await lockClient(trx, clientId)
    const live = await trx
      .selectFrom('connections')
      .select('id')
      .where('client_id', '=', clientId)
      .where('state', '<>', 'disconnected')
      .executeTakeFirst()
    if (live) return undefined
    await sql`select 1 from case_commands where client_id = ${clientId} order by id for update`.execute(trx)
    const count = async (query: ReturnType<typeof sql>) =>
      Number((await query.execute(trx)).numAffectedRows ?? 0)
    // Before the deliveries, which go with the events: in this order they are locked everywhere.
    await sql`update webhook_endpoints set client_ids = array_remove(client_ids, ${clientId})
      where ${clientId} = any(client_ids)`.execute(trx)
    // 1. The people: sessions and consents under way.
    const deleted: Record<string, number> = {
      portal_sessions: await count(sql`delete from portal_sessions where client_id = ${clientId}`),
      oauth_states: await count(sql`delete from oauth_states where client_id = ${clientId}`),
      // 2. The books: staged rows, what was set aside, runs with their pages. A grant that Zoho has not confirmed as
      //    revoked keeps its row, or nobody would revoke it.
      staged_invoices: await count(sql`delete from staged_invoices where client_id = ${clientId}`),
      staged_debtors: await count(sql`delete from staged_debtors where client_id = ${clientId}`),
      debtor_syncs: await count(sql`delete from debtor_syncs where client_id = ${clientId}`),
      debtor_types: await count(sql`delete from debtor_types where client_id = ${clientId}`),
      document_files: await count(sql`
        delete from document_files f where client_id = ${clientId}
          and not exists (select 1 from case_documents d where d.file_id = f.id)`),
      set_aside_rows: await count(sql`delete from set_aside_rows where client_id = ${clientId}`),
      sync_runs: await count(sql`delete from sync_runs where client_id = ${clientId}`),
      token_revocations: await count(
        sql`delete from token_revocations where client_id = ${clientId} and refresh_token_jwe is null`,
      ),
      // What was told of it, with its deliveries.
      events: await count(sql`delete from events where client_id = ${clientId}`),
      // 3. Commands that led to no case. Items go with them.
      case_commands: await count(sql`
        delete from case_commands command where client_id = ${clientId}
          and not exists (select 1 from cases where cases.command_id = command.id)`),
      // 4. Connections, with their events and tokens. Cases keep the organization's id themselves.
      connections: await count(sql`delete from connections where client_id = ${clientId}`),
    }
    // 5. What stays, without the people.
    const madeAnonymous: Record<string, number> = {
      cases: await count(
        sql`update cases set created_by = ${nobody}, described_by = case when described_by is not null then ${nobody} end, withdrawn_reason = case when withdrawn_reason is not null then ${nobody} end where client_id = ${clientId}`,
      ),
      case_documents: await count(sql`
        update case_documents set added_by = case when added_by = 'zoho' then added_by else ${nobody} end,
          file_name = case when kind = 'upload' then ${nobody} || substring(file_name from '\\.[a-z]+$') else file_name end
        where client_id = ${clientId}`),
      case_events: await count(sql`
        update case_events set actor = case when actor = 'zoho' then actor else ${nobody} end, reason = null where client_id = ${clientId}`),
      case_commands: await count(sql`
        update case_commands set requested_by = ${nobody}, requested_by_name = null, selection = '{}', idempotency_key = null
        where client_id = ${clientId}`),
      audit_events: await erasePeopleFromAudit(trx, clientId),
    }
    const { cases } = await trx
      .selectFrom('cases')
      .where('client_id', '=', clientId)
      .select(({ fn }) => fn.countAll<number>().as('cases'))
      .executeTakeFirstOrThrow()
    // 6. The client itself: gone when nothing refers to it, else without its name.
    const unused = sql`not exists (select 1 from cases where client_id = ${clientId})
        and not exists (select 1 from token_revocations where client_id = ${clientId})`
    await sql`select delete_client_from_audit(${clientId}) where ${unused}`.execute(trx)
    const gone = await count(sql`delete from clients where id = ${clientId} and ${unused}`)
    if (gone === 0) await sql`update clients set name = ${nobody} where id = ${clientId}`.execute(trx)
    // 7. What an open page was told of it in the last minutes, by the deletions above too.
    const signals = await count(sql`delete from live_signals where client_id = ${clientId}`)
    return {
      deleted: { ...deleted, clients: gone, live_signals: signals },
      madeAnonymous,
      keptCases: cases,
    }
  })

/** Only a function of the database may: the audit is insert-only for the role that runs this. */
const erasePeopleFromAudit = async (trx: Trx, clientId: string): Promise<number> => {
  const { rows } = await sql<{
    rows: number
  }>`select erase_people_from_audit(${clientId}, ${nobody}) as rows`.execute(trx)
  return rows[0]?.rows ?? 0
}

/** Open revocations of grants of this client at Zoho. */
export const openRevocationsOf = async (db: Db, clientId: string): Promise<readonly string[]> => {
  const rows = await db
    .selectFrom('token_revocations')
    .select('id')
    .where('client_id', '=', clientId)
    .where('refresh_token_jwe', 'is not', null)
    .where('revoked_at', 'is', null)
    .execute()
  return rows.map(({ id }) => id)
}

export const clientExists = async (db: Db, clientId: string): Promise<boolean> =>
  (await db.selectFrom('clients').select('id').where('id', '=', clientId).executeTakeFirst()) !== undefined
