/** One open stream of server-sent events: gathers what changed, reads the state afresh and writes it down. */
import { PassThrough } from 'node:stream'
import type { PortalEvent } from './portal-event.ts'

/** A reader that does not keep up is let go; its browser comes back by itself and gets the state afresh. */
const MAX_BUFFERED_BYTES = 256 * 1024
/** Progress may change many times a second; a person reads it a few times. */
const GATHER_MS = 200

export interface Message {
  readonly event: string
  readonly data: unknown
}

export interface StreamOptions {
  /** What to tell about a change: state read now, not what it was when it was reported. */
  readonly read: (event: PortalEvent) => Promise<readonly Message[]>
  readonly onError: (error: unknown) => void
}

export interface EventStream {
  readonly body: PassThrough
  readonly report: (event: PortalEvent) => void
  readonly send: (message: Message) => void
  readonly comment: (text: string) => void
  readonly end: () => void
}

export const createEventStream = ({ read, onError }: StreamOptions): EventStream => {
  const body = new PassThrough()
  const changed = new Map<string, PortalEvent>()
  let timer: NodeJS.Timeout | undefined
  let reading = false

  const write = (text: string) => {
    if (body.writableEnded || body.destroyed) return
    if (body.writableLength > MAX_BUFFERED_BYTES) body.destroy()
    else body.write(text)
  }
  const send = ({ event, data }: Message) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)

  const flush = async () => {
    timer = undefined
    reading = true
    const events = [...changed.values()]
    changed.clear()
    try {
      for (const event of events) for (const message of await read(event)) send(message)
    } catch (error) {
      onError(error)
    }
    reading = false
    if (changed.size > 0) schedule()
  }
  const schedule = () => {
    if (timer || reading || body.destroyed) return
    timer = setTimeout(() => void flush(), GATHER_MS)
  }

  body.on('close', () => clearTimeout(timer))
  write('retry: 3000\n\n')
  return {
    body,
    send,
    report: (event) => {
      changed.set(`${event.type}:${event.id}`, event)
      schedule()
    },
    comment: (text) => write(`: ${text}\n\n`),
    end: () => body.end(),
  }
}
