/** The short faults, in every run. Those that take a minute are in ../chaos/middle-of-a-run.test.ts. */
import { faults, testMiddleOfARun } from '../support/middle-of-a-run.ts'
import { hasRedisServer } from '../support/own-services.ts'

const { crash, emptied, reset, gone } = faults

// A killed worker is in black-box/kill-worker.test.ts, on either backend.
testMiddleOfARun([
  { name: 'queues in Postgres', redis: false, faults: [crash, gone] },
  ...(hasRedisServer ? [{ name: 'queues in Redis', redis: true, faults: [emptied, reset] }] : []),
])
