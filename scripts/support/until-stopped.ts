import closeWithGrace from 'close-with-grace'
import type { Logger } from '../../src/observability/logger.ts'
import { leaveSignalsToOthers } from './early-signals.ts'
import { leaveCrashesToOthers } from './redact-output.ts'

/**
 * Closes in order on SIGTERM, SIGINT or an uncaught error. A second signal ends the process at once. An uncaught
 * error exits with 1, so that a supervisor sees a crash and a crash loop cannot look like a clean stop.
 */
export const closeOnStop = (log: Logger, close: () => Promise<void>): void => {
  closeWithGrace({ delay: 30_000, logger: false }, async ({ err, signal }) => {
    if (err) log.fatal({ event: 'process.crashed', err })
    else log.info({ event: 'process.stopping', signal })
    await close()
    log.info({ event: 'process.stopped' })
    if (err) process.exitCode = 1
  })
  leaveSignalsToOthers()
  leaveCrashesToOthers()
}
