/** What takes down a run in production, for as long as it lasts there, and `npm run verify` at the end of each. */
import { expectVerified } from '../support/installation.ts'
import { faults, testMiddleOfARun } from '../support/middle-of-a-run.ts'
import { hasRedisServer } from '../support/own-services.ts'

const { flush, restart, killed, goneForAMinute } = faults

testMiddleOfARun(
  [
    { name: 'queues in Postgres', redis: false, faults: [restart, killed, goneForAMinute] },
    ...(hasRedisServer
      ? [{ name: 'queues in Redis', redis: true, faults: [flush, restart, killed, goneForAMinute] }]
      : []),
  ],
  expectVerified,
)
