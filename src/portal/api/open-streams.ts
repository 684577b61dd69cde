/** The streams that this process holds open: a few per client, ended with their session and with the server. */
import { AppError } from '../../errors.ts'
import type { EventStream } from './event-stream.ts'

/** Browsers open one per tab. */
const MAX_PER_CLIENT = 20

interface Held {
  readonly stream: EventStream
  readonly clientId: string
  readonly sessionId: string | undefined
}

export interface OpenStreams {
  /** @throws AppError too_many_requests */
  readonly hold: (held: Held) => void
  readonly endSession: (sessionId: string) => void
  readonly endAll: () => void
}

export const createOpenStreams = (): OpenStreams => {
  const open = new Set<Held>()
  const endWhere = (matches: (held: Held) => boolean) => {
    for (const held of [...open].filter(matches)) held.stream.end()
  }
  return {
    hold: (held) => {
      const own = [...open].filter(({ clientId }) => clientId === held.clientId).length
      if (own >= MAX_PER_CLIENT) throw new AppError('too_many_requests')
      open.add(held)
      held.stream.body.once('close', () => open.delete(held))
    },
    endSession: (sessionId) => endWhere((held) => held.sessionId === sessionId),
    endAll: () => endWhere(() => true),
  }
}
