/**
 * The feed of events. A fact's transaction writes its events without a number (triggers of the migration); the publisher
 * numbers what has been committed, one publisher at a time, so whoever reads number n finds all smaller ones (ADR 12).
 */
import { sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'

export interface FeedEvent {
  readonly id: string
  readonly sequence: number
  readonly clientId: string
  readonly type: string
  readonly subject: string
  readonly occurredAt: Date
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * Numbers up to `limit` committed events, oldest first, and writes a delivery of each for every endpoint that wants it.
 * Who does it holds the feed's row until the commit. The second statement begins after that lock was given, so it sees all
 * that the holder before has numbered.
 *
 * @returns how many were numbered; 0: nothing is left.
 */
export const publishEvents = async (db: Db, limit: number): Promise<number> => {
  const { rows: waiting } = await sql`select 1 from events where sequence is null limit 1`.execute(db)
  if (waiting.length === 0) return 0
  return db.transaction().execute(async (trx) => {
    // 1. The feed: one publisher at a time.
    await sql`select last_sequence from event_feed for update`.execute(trx)
    const { rows } = await sql<{ published: number }>`
      with fresh as (
        select id, row_number() over (order by entry) as place
        from (select id, entry from events where sequence is null order by entry limit ${limit}) oldest
      ),
      numbered as (
        update events e set sequence = feed.last_sequence + fresh.place
        from fresh, event_feed feed where e.id = fresh.id
        returning e.id, e.type, e.client_id, e.sequence
      ),
      -- 2. One delivery each, for whoever wants it. An endpoint that goes meanwhile waits for us.
      wanting as (select id, types, client_ids from webhook_endpoints where enabled order by id for key share),
      delivered as (
        insert into event_deliveries (endpoint_id, event_id, cause, next_attempt_at)
        -- by the clock, so that they are taken in about their order
        select w.id, n.id, 'event', clock_timestamp() from numbered n join wanting w
          on (w.types is null or n.type = any(w.types)) and (w.client_ids is null or n.client_id = any(w.client_ids))
        order by n.sequence
        on conflict do nothing
      )
      update event_feed set last_sequence = last_sequence + (select count(*) from numbered)
      returning (select count(*) from numbered)::int as published`.execute(trx)
    return rows[0]?.published ?? 0
  })
}

export interface Feed {
  /** The last number given. */
  readonly lastSequence: number
  /** What had this number or a smaller one may have been deleted. */
  readonly expiredThrough: number
}

export const readFeed = async (db: Db): Promise<Feed> => {
  const row = await db.selectFrom('event_feed').selectAll().executeTakeFirstOrThrow()
  return { lastSequence: row.last_sequence, expiredThrough: row.expired_through }
}

export interface EventQuery {
  readonly after: number
  readonly types: readonly string[] | undefined
  readonly clientId: string | undefined
  readonly limit: number
}

/** Events after a number, in order. As `portal_reader`, through the view: those of its client. */
export const listEvents = async (
  db: Db | Trx,
  from: 'events' | 'portal_events',
  { after, types, clientId, limit }: EventQuery,
): Promise<readonly FeedEvent[]> => {
  const { rows } = await sql<FeedEvent>`
    select id, sequence, client_id as "clientId", type, subject, occurred_at as "occurredAt", data
    from ${sql.table(from)}
    where sequence > ${after}
      and ${types === undefined ? sql`true` : sql`type = any(${[...types]})`}
      and ${clientId === undefined ? sql`true` : sql`client_id = ${clientId}`}
    order by sequence limit ${limit}`.execute(db)
  return rows
}

/** Deletes what has been in the feed for so many days, with its deliveries, and notes up to which number; and old tests. @returns how many events. */
export const expireEvents = async (db: Db, days: number, batch = 5_000): Promise<number> => {
  await sql`delete from event_deliveries where event_id is null and created_at < now() - make_interval(days => ${days})`.execute(
    db,
  )
  let expired = 0
  for (;;) {
    const { rows } = await sql<{ rows: number }>`
      with gone as (
        delete from events where id in (
          select id from events where sequence is not null and occurred_at < now() - make_interval(days => ${days})
          order by sequence limit ${batch})
        returning sequence
      )
      update event_feed set expired_through = greatest(expired_through, (select coalesce(max(sequence), 0) from gone))
      returning (select count(*) from gone)::int as rows`.execute(db)
    const count = rows[0]?.rows ?? 0
    expired += count
    if (count < batch) return expired
  }
}
