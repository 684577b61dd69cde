/** Live events across processes: Postgres NOTIFY with ids only; whoever listens reads the rows. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import type { Db, Trx } from './database.ts'
import { applicationName } from './schema-number.ts'

const channel = 'portal_events'

export type LiveEventType = 'connection' | 'run' | 'command'

export interface LiveEvent {
  readonly type: LiveEventType
  readonly id: string
  readonly clientId: string
}

/** The expression that sends an event when the statement it stands in commits. */
export const notification = (clientId: string, { type, id }: Omit<LiveEvent, 'clientId'>) =>
  sql`pg_notify(${channel}, ${JSON.stringify({ type, id, clientId })})`

/** Tells the portal processes that something of a client changed. Sent on commit, dropped on rollback. */
export const notify = async (
  db: Db | Trx,
  clientId: string,
  event: Omit<LiveEvent, 'clientId'>,
): Promise<void> => {
  await sql`select ${notification(clientId, event)}`.execute(db)
}

const types: ReadonlySet<string> = new Set<LiveEventType>(['connection', 'run', 'command'])

const parse = (payload: string | undefined): LiveEvent | null => {
  try {
    const event = JSON.parse(payload ?? '') as Partial<LiveEvent> | null
    const { type, id, clientId } = event ?? {}
    if (typeof type !== 'string' || !types.has(type)) return null
    return typeof id === 'string' && typeof clientId === 'string' ? { type, id, clientId } : null
  } catch {
    return null
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
 * @returns once it listens for the first time, or the first attempt has failed (it then goes on trying).
 */
export const listenForEvents = async (
  url: string,
  onEvent: (event: LiveEvent) => void,
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
    client.on('notification', ({ payload }) => {
      const event = parse(payload)
      if (event) onEvent(event)
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
