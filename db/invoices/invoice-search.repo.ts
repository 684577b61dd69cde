/** What a search looks through, kept beside the staging table. */
import { type RawBuilder, sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import { named } from '../core/statement-name.ts'

/**
 * Takes some pages off the backlog and makes their invoices searchable, in one transaction: a reader finds an
 * invoice in the one or in the other. Several workers share the work.
 *
 * @returns how many pages were taken.
 */
export const indexBacklog = async (db: Db, pages: number): Promise<number> => {
  const { rows } = await sql<{ taken: number }>`${named('insert invoice_search')}
    with taken as (
      delete from search_backlog b
      using (select connection_id, id from search_backlog order by connection_id, id limit ${pages} for update skip locked) next
      where b.connection_id = next.connection_id and b.id = next.id
      returning b.connection_id, b.zoho_invoice_ids
    ),
    current as (
      select s.connection_id, s.zoho_invoice_id, s.client_id,
        ' ' || trim_scale(s.amount_to_recover)::text || invoice_search_text(s.creditor_reference, s.debtor_name, s.debtor_email, s.claim_description) as search_text
      from (select distinct connection_id, unnest(zoho_invoice_ids) as id from taken) wanted
      join staged_invoices s on s.connection_id = wanted.connection_id and s.zoho_invoice_id = wanted.id
      order by s.connection_id, s.zoho_invoice_id
      -- a row that is being deleted is not indexed after it is gone
      for key share of s
    ),
    written as (
      insert into invoice_search (connection_id, zoho_invoice_id, client_id, search_text)
      select c.* from current c
      left join invoice_search known on known.connection_id = c.connection_id and known.zoho_invoice_id = c.zoho_invoice_id
      where known.search_text is distinct from c.search_text
      on conflict (connection_id, zoho_invoice_id) do update set search_text = excluded.search_text
    )
    select count(*) as taken from taken`.execute(db)
  return rows[0]?.taken ?? 0
}

export interface SearchPattern {
  /** Pattern of which the index is asked; it matches whatever `text` matches. */
  readonly indexed: string
  readonly text: string
}

/** The call that gives ids of invoices that may match, at most so many; in SQL, for use in a query. */
export const searchCall = (
  connectionId: string,
  { indexed, text }: SearchPattern,
  atMost: number | null,
): RawBuilder<unknown> =>
  sql`select portal_search(${connectionId}, fold_text(${indexed}), fold_text(${text}), ${atMost}::integer) as id`

/**
 * Ids of at most `atMost` invoices that may match; all that do are among them unless there are `atMost`. Call it as
 * portal reader.
 */
export const searchCandidates = async (
  trx: Db | Trx,
  { connectionId, pattern, atMost }: { connectionId: string; pattern: SearchPattern; atMost: number },
): Promise<string[]> => {
  const { rows } = await sql<{ id: string }>`${searchCall(connectionId, pattern, atMost)}`.execute(trx)
  return rows.map(({ id }) => id)
}
