/** What is to be told to whom, and how each attempt went. */
import { type RawBuilder, sql } from 'kysely'
import type { Db, Trx } from '../core/database.ts'
import { type Cursor, keysetPage, type Page } from '../core/keyset-page.ts'
import type { DeliveryCause, DeliveryState, WebhookEndpoint } from '../core/schema.ts'
import { named } from '../core/statement-name.ts'
import type { FeedEvent } from './events.repo.ts'

/** Longer than an attempt can take. */
const leaseSeconds = 30

export interface TakenDelivery {
  readonly id: string
  readonly cause: DeliveryCause
  readonly attempts: number
  readonly createdAt: Date
  readonly lease: string
  readonly endpoint: Pick<
    WebhookEndpoint,
    'id' | 'url' | 'secret_jwe' | 'previous_secret_jwe' | 'previous_secret_until' | 'failing_since'
  >
  /** Null: a test of the endpoint. */
  readonly event: FeedEvent | null
}

/** What a worker needs of a row that it takes, and how it takes it. */
const take = async (db: Db, which: RawBuilder<unknown>): Promise<TakenDelivery | undefined> => {
  const { rows } = await sql<
    Omit<TakenDelivery, 'endpoint' | 'event'> & {
      endpoint: TakenDelivery['endpoint']
      event: FeedEvent | null
    }
  >`${named('update event_deliveries')}
    -- materialized: it locks a row, so it must not be run again for each row that it is joined with
    with chosen as materialized (${which})
    update event_deliveries d
    set lease_token = gen_random_uuid(), lease_until = now() + make_interval(secs => ${leaseSeconds}),
      enqueued_at = coalesce(d.enqueued_at, now())
    from webhook_endpoints w, chosen
    left join lateral (
      select jsonb_build_object('id', e.id, 'sequence', e.sequence, 'clientId', e.client_id, 'type', e.type, 'subject', e.subject,
        'occurredAt', e.occurred_at, 'data', e.data) as event
      from events e where e.id = chosen.event_id
    ) told on true
    where d.id = chosen.id and w.id = d.endpoint_id and w.enabled and d.state = 'pending' and d.next_attempt_at <= now()
      and (d.lease_until is null or d.lease_until < now())
      -- erased meanwhile, and the delivery with it
      and (d.event_id is null or told.event is not null)
    returning d.id, d.cause, d.attempts, d.created_at as "createdAt", d.lease_token as lease, told.event,
      jsonb_build_object('id', w.id, 'url', w.url, 'secret_jwe', w.secret_jwe, 'previous_secret_jwe', w.previous_secret_jwe,
        'previous_secret_until', w.previous_secret_until, 'failing_since', w.failing_since) as endpoint`.execute(
    db,
  )
  const [row] = rows
  if (!row) return undefined
  const date = (value: unknown) => (value === null ? null : new Date(String(value)))
  return {
    ...row,
    endpoint: {
      ...row.endpoint,
      previous_secret_until: date(row.endpoint.previous_secret_until),
      failing_since: date(row.endpoint.failing_since),
    },
    event: row.event && { ...row.event, occurredAt: new Date(row.event.occurredAt) },
  }
}

/** Takes a delivery that is due, for one attempt. Undefined: it is done, not due, or somebody else is at it. */
export const takeDelivery = (db: Db, id: string): Promise<TakenDelivery | undefined> =>
  take(db, sql`select id, event_id from event_deliveries where id = ${id} for update`)

/** Takes the next one of an endpoint that is due and for which there is no job. */
export const takeNextDelivery = (db: Db, endpointId: string): Promise<TakenDelivery | undefined> =>
  take(
    db,
    sql`
      select id, event_id from event_deliveries
      where endpoint_id = ${endpointId} and state = 'pending' and next_attempt_at <= now()
        and (enqueued_at is null or enqueued_at < next_attempt_at) and (lease_until is null or lease_until < now())
      order by next_attempt_at, id limit 1 for update skip locked`,
  )

export interface Attempt {
  readonly ms: number
  readonly status: number | null
  readonly error: string | null
  readonly answer: string
}

export const insertAttempt = async (trx: Trx, deliveryId: string, attempt: Attempt): Promise<void> => {
  await trx
    .insertInto('event_delivery_attempts')
    .values({
      delivery_id: deliveryId,
      ms: attempt.ms,
      status: attempt.status,
      error_code: attempt.error,
      answer: attempt.answer,
    })
    .execute()
}

const ended = { lease_token: null, lease_until: null, finished_at: sql<Date>`now()`, next_attempt_at: null }

/** It was taken: that holds whoever else is at it. With the attempt, in one statement. */
export const endDelivered = async (db: Db, id: string, { ms, status, answer }: Attempt): Promise<void> => {
  await sql`${named('update event_deliveries')}
    with attempt as (
      insert into event_delivery_attempts (delivery_id, ms, status, answer) values (${id}, ${ms}, ${status}, ${answer})
    )
    update event_deliveries set state = 'delivered', error_code = null, attempts = attempts + 1, lease_token = null,
      lease_until = null, finished_at = now(), next_attempt_at = null
    where id = ${id} and state = 'pending'`.execute(db)
}

/**
 * An attempt failed. With `pauseSeconds` there is another one then, else it was the last.
 *
 * @returns false when another worker has it.
 */
export const endFailed = async (
  trx: Trx,
  { id, lease }: { readonly id: string; readonly lease: string },
  { error, pauseSeconds }: { readonly error: string; readonly pauseSeconds: number | null },
): Promise<boolean> => {
  const { numUpdatedRows } = await trx
    .updateTable('event_deliveries')
    .set(({ eb }) => ({
      attempts: eb('attempts', '+', 1),
      error_code: error,
      ...(pauseSeconds === null
        ? { ...ended, state: 'failed' as const }
        : {
            lease_token: null,
            lease_until: null,
            next_attempt_at: sql<Date>`now() + make_interval(secs => ${pauseSeconds}::double precision)`,
          }),
    }))
    .where('id', '=', id)
    .where('lease_token', '=', lease)
    .where('state', '=', 'pending')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Whether the endpoint has taken nothing since the first attempt of this delivery. */
export const tookNothingSince = async (trx: Trx, deliveryId: string): Promise<boolean> => {
  const { rows } = await sql`
    select 1 from event_deliveries d join webhook_endpoints e on e.id = d.endpoint_id
    where d.id = ${deliveryId}
      and e.failing_since <= (select min(at) from event_delivery_attempts where delivery_id = d.id)`.execute(
    trx,
  )
  return rows.length > 0
}

/** A request that says that it is a test. */
export const insertTestDelivery = async (trx: Trx, endpointId: string): Promise<string> => {
  const { id } = await trx
    .insertInto('event_deliveries')
    .values({ endpoint_id: endpointId, event_id: null, cause: 'test' })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** The event of a delivery once more. Undefined: there is no such delivery of this endpoint, or it was a test. */
export const insertReplay = async (
  trx: Trx,
  { endpointId, deliveryId }: { readonly endpointId: string; readonly deliveryId: string },
): Promise<string | undefined> => {
  const { rows } = await sql<{ id: string }>`
    insert into event_deliveries (endpoint_id, event_id, cause)
    select endpoint_id, event_id, 'replay' from event_deliveries
    where id = ${deliveryId} and endpoint_id = ${endpointId} and event_id is not null
    returning id`.execute(trx)
  return rows[0]?.id
}

/** Everything of a period that the endpoint wants by its filter, delivered before or not. @returns how many. */
export const insertReplays = async (
  trx: Trx,
  { endpointId, from, to }: { readonly endpointId: string; readonly from: Date; readonly to: Date },
): Promise<number> => {
  const { numAffectedRows = 0n } = await sql`
    insert into event_deliveries (endpoint_id, event_id, cause)
    select w.id, e.id, 'replay' from webhook_endpoints w join events e
      on (w.types is null or e.type = any(w.types)) and (w.client_ids is null or e.client_id = any(w.client_ids))
    where w.id = ${endpointId} and e.sequence is not null
      and e.occurred_at >= ${from}::timestamptz and e.occurred_at < ${to}::timestamptz
      -- what waits to be delivered anyway is not sent twice
      and not exists (select 1 from event_deliveries d where d.endpoint_id = w.id and d.event_id = e.id and d.state = 'pending')
    order by e.sequence`.execute(trx)
  return Number(numAffectedRows)
}

interface DeliveryRow {
  readonly id: string
  readonly event_id: string | null
  readonly cause: DeliveryCause
  readonly state: DeliveryState
  readonly attempts: number
  readonly error_code: string | null
  readonly next_attempt_at: Date | null
  readonly created_at: Date
  readonly finished_at: Date | null
}

export interface DeliveryAttempt extends Attempt {
  readonly at: Date
}

export interface Delivery extends DeliveryRow {
  /** Null: a test. */
  readonly event: { readonly type: string; readonly sequence: number; readonly clientId: string } | null
  /** Oldest first. */
  readonly history: readonly DeliveryAttempt[]
}

/** Deliveries of an endpoint, newest first, with their attempts. @throws UnknownCursorError */
export const listDeliveries = async (
  db: Db,
  {
    endpointId,
    state,
    limit,
    cursor,
  }: {
    readonly endpointId: string
    readonly state?: DeliveryState | undefined
    readonly limit: number
    readonly cursor?: Cursor | undefined
  },
): Promise<Page<Delivery>> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (trx) => {
      const where: RawBuilder<boolean> = sql`endpoint_id = ${endpointId} and ${
        state === undefined ? sql`true` : sql`state = ${state}`
      }`
      const page = await keysetPage<DeliveryRow>(trx, {
        from: 'event_deliveries',
        by: 'created_at',
        where,
        limit,
        cursor,
      })
      return { ...page, rows: await withHistory(trx, page.rows) }
    })

const withHistory = async (trx: Trx, deliveries: readonly DeliveryRow[]): Promise<readonly Delivery[]> => {
  if (deliveries.length === 0) return []
  const attempts = await trx
    .selectFrom('event_delivery_attempts')
    .selectAll()
    .where(
      'delivery_id',
      'in',
      deliveries.map(({ id }) => id),
    )
    .orderBy('id')
    .execute()
  const events = await trx
    .selectFrom('events')
    .select(['id', 'type', 'sequence', 'client_id'])
    .where(
      'id',
      'in',
      deliveries.flatMap(({ event_id }) => event_id ?? []).concat('00000000-0000-0000-0000-000000000000'),
    )
    .execute()
  const eventOf = new Map(events.map((event) => [event.id, event]))
  return deliveries.map((delivery) => {
    const event = delivery.event_id === null ? undefined : eventOf.get(delivery.event_id)
    return {
      ...delivery,
      event: event ? { type: event.type, sequence: event.sequence ?? 0, clientId: event.client_id } : null,
      history: attempts
        .filter((attempt) => attempt.delivery_id === delivery.id)
        .map(({ at, ms, status, error_code, answer }) => ({ at, ms, status, error: error_code, answer })),
    }
  })
}

/** Per endpoint: what waits and what was given up. */
export const countDeliveries = async (
  db: Db,
): Promise<ReadonlyMap<string, { readonly pending: number; readonly failed: number }>> => {
  const { rows } = await sql<{ id: string; pending: number; failed: number }>`
    select e.id,
      (select count(*) from event_deliveries d where d.endpoint_id = e.id and d.state = 'pending')::int as pending,
      (select count(*) from event_deliveries d where d.endpoint_id = e.id and d.state = 'failed' and d.cause <> 'test')::int as failed
    from webhook_endpoints e`.execute(db)
  return new Map(rows.map(({ id, ...counts }) => [id, counts]))
}
