/**
 * Ids that every log line of a piece of work carries, however deep it is written: the request, the command, the
 * connection. They travel with the asynchronous flow, so that a client built once at start (Zoho, database) logs them too.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

export type TraceIds = Readonly<Record<string, unknown>>

const storage = new AsyncLocalStorage<TraceIds>()

/** Runs `work` so that its log lines carry `ids` besides those of the work around it. */
export const traced = <T>(ids: TraceIds, work: () => T): T =>
  storage.run({ ...storage.getStore(), ...ids }, work)

/** The ids of the work under way. */
export const traceIds = (): TraceIds => storage.getStore() ?? {}
