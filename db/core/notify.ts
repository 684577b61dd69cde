/**
 * Live events across processes. PostgreSQL lets every role listen to every channel and send to it, so a NOTIFY carries
 * nothing but the id of a row in `live_signals`, which the portal's role cannot read: who listens in learns that something
 * happened to somebody, and what was not written by us is passed over. Whoever is told reads the state itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import type { Db, Trx } from './database.ts'
import { applicationName } from './schema-number.ts'

const liveChannel = 'portal_events'

export type LiveEventType = 'connection' | 'run' | 'command'

export interface LiveEvent {
  readonly type: LiveEventType
  readonly id: string
  readonly clientId: string
}

/** The expression that sends an event when the statement it stands in commits. */
export const notification = (clientId: string, { type, id }: Omit<LiveEvent, 'clientId'>) =>
  sql`tell_portal(${clientId}, ${type}, ${id})`

/** Tells the portal processes that something of a client changed. Sent on commit, dropped on rollback. */
export const notify = async (
  db: Db | Trx,
  clientId: string,
  event: Omit<LiveEvent, 'clientId'>,
): Promise<void> => {
  await sql`select ${notification(clientId, event)}`.execute(db)
}

/** Long enough for a listener that is slow, short enough that nothing piles up. */
const keptSeconds = 300

/** Deletes what every listener has heard long ago. */
export const forgetSignals = async (db: Db): Promise<void> => {
  await db
    .deleteFrom('live_signals')
    .where('created_at', '<', sql<Date>`now() - make_interval(secs => ${keptSeconds})`)
    .execute()
}

const signalId = /^[0-9a-f-]{36}$/

/** Reads what signals are about, up to a thousand that came in meanwhile with one statement: forged ones cost little. */
const signalReader = (client: pg.Client, onEvent: (event: LiveEvent) => void) => {
  const most = 1_000
  const waiting = new Set<string>()
  let reading = false
  const read = async () => {
    reading = true
    while (waiting.size > 0) {
      const ids = [...waiting].slice(0, most)
      for (const id of ids) waiting.delete(id)
      const { rows } = await client.query<LiveEvent>(
        `select type, subject_id as id, client_id as "clientId" from live_signals
         where id = any($1::uuid[]) order by created_at`,
        [ids],
      )
      for (const event of rows) onEvent(event)
    }
    reading = false
  }
  return async (payload: string | undefined): Promise<void> => {
    if (payload === undefined || !signalId.test(payload)) return
    waiting.add(payload)
    if (!reading) await read()
  }
}

export interface Listener {
  readonly close: () => Promise<void>
}

export interface ListenOptions {
  /** After a lost connection: events may have been missed, so everything shown should be read anew. */
  readonly onReconnect?: () => void
  readonly onError?: (error: Error) => void
  /** Longest pause between two attempts. Milliseconds. */
  readonly maxPauseMs?: number
}

/**
 * Listens on a connection of its own and reconnects by itself for as long as it takes.
 *
 * @param read what is done with the payloads that this connection hears.
 * @returns once it listens for the first time, or the first attempt has failed (it then goes on trying).
 */
const listen = async (
  url: string,
  channel: string,
  read: (client: pg.Client) => (payload: string | undefined) => Promise<void>,
  { onReconnect, onError, maxPauseMs = 5_000 }: ListenOptions = {},
): Promise<Listener> => {
  const closing = new AbortController()
  let current: pg.Client | undefined

  const listenOnce = async (listening: () => void): Promise<void> => {
    const client = new pg.Client({
      connectionString: url,
      application_name: `${applicationName} events`,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    })
    const ended = new Promise<void>((done) => {
      client.once('end', done)
      client.on('error', (error) => {
        onError?.(error)
        done()
      })
    })
    const hear = read(client)
    client.on('notification', ({ payload }) => {
      // It fails when the connection does, and then all is read anew.
      hear(payload).catch((error: unknown) => {
        onError?.(error instanceof Error ? error : new Error(String(error)))
        void client.end().catch(() => undefined)
      })
    })
    current = client
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
      listening()
      await ended
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  const listenForEver = async (settled: () => void): Promise<void> => {
    let pauseMs = 100
    let listenedBefore = false
    while (!closing.signal.aborted) {
      await listenOnce(() => {
        pauseMs = 100
        if (listenedBefore) onReconnect?.()
        listenedBefore = true
        settled()
      }).catch((error: unknown) => onError?.(error instanceof Error ? error : new Error(String(error))))
      settled()
      if (closing.signal.aborted) return
      await sleep(pauseMs / 2 + (Math.random() * pauseMs) / 2, undefined, { signal: closing.signal }).catch(
        () => undefined,
      )
      pauseMs = Math.min(maxPauseMs, pauseMs * 2)
    }
  }

  let finished: Promise<void> = Promise.resolve()
  await new Promise<void>((settled) => {
    finished = listenForEver(settled)
  })
  return {
    close: async () => {
      closing.abort()
      await current?.end().catch(() => undefined)
      await finished
    },
  }
}

/** Live events of the portal. @returns as `listen` */
export const listenForEvents = (
  url: string,
  onEvent: (event: LiveEvent) => void,
  options?: ListenOptions,
): Promise<Listener> => listen(url, liveChannel, (client) => signalReader(client, onEvent), options)

/**
 * Hears that somebody committed events for the feed (trigger `announce_events`). It says nothing of which: whoever hears it looks,
 * also after a lost connection. @returns as `listen`
 */
export const listenForWrittenEvents = (
  url: string,
  onWritten: () => void,
  options?: Omit<ListenOptions, 'onReconnect'>,
): Promise<Listener> =>
  listen(url, 'events_written', () => async () => onWritten(), { ...options, onReconnect: onWritten })
