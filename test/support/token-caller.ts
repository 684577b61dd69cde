/**
 * A process of its own that asks for an access token many times at once. It prints `ready`, waits for a line on stdin,
 * and prints the distinct tokens (as hashes) or error codes as JSON, with how many callers got each. Told to hold, it
 * prints `holding` when it has the row and is about to call Zoho, and goes no further.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createDatabase } from '../../db/core/database.ts'
import { isAppError } from '../../src/errors.ts'
import { getAccessToken } from '../../src/tokens/get-access-token.ts'
import { createTestContext } from './context.ts'

interface Order {
  readonly databaseUrl: string
  readonly simulator: { readonly url: string; readonly clientId: string; readonly clientSecret: string }
  readonly connectionId: string
  readonly key: string
  readonly callers: number
  readonly hold: boolean
}

const order = JSON.parse(process.argv[2] ?? '') as Order
const db = createDatabase({ url: order.databaseUrl, poolSize: 5 })
const context = createTestContext({
  db,
  simulator: order.simulator,
  config: { tokenEncryptionKeys: [{ id: 'test-key', secret: Buffer.from(order.key, 'base64') }] },
})
const hold = () => {
  process.stdout.write('holding\n')
  return new Promise<never>(() => {})
}
const ctx = order.hold ? { ...context, zoho: { ...context.zoho, refresh: hold } } : context

process.stdout.write('ready\n')
await once(process.stdin, 'data')
const outcomes = await Promise.all(
  Array.from({ length: order.callers }, () =>
    getAccessToken(ctx, order.connectionId).then(
      (token) => createHash('sha256').update(token).digest('hex'),
      (error: unknown) => (isAppError(error) ? error.code : String(error)),
    ),
  ),
)
const counts: Record<string, number> = {}
for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
process.stdout.write(`${JSON.stringify(counts)}\n`)
await db.destroy()
process.exit(0)
