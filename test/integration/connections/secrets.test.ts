import { inspect } from 'node:util'
import { sql } from 'kysely'
import { beginConnect } from '../../../src/connections/begin-connect.ts'
import { completeConnect } from '../../../src/connections/complete-connect.ts'
import { disconnect } from '../../../src/connections/disconnect.ts'
import { listOrganizations } from '../../../src/connections/organizations.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { accessTokenOf, decryptToken, refreshTokenOf } from '../../../src/tokens/encryption.ts'
import { getAccessToken } from '../../../src/tokens/get-access-token.ts'
import { revokeToken } from '../../../src/tokens/revoke-token.ts'
import { aClient } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { consent, simulatedContext } from '../../support/simulated-zoho.ts'
import { passTime, tokenRow } from '../../support/token-rows.ts'
import { type FailureAction, type Simulator, startSimulator } from '../../zoho-simulator/index.ts'

let database: TestDatabase
let simulator: Simulator
beforeAll(async () => {
  database = await createTestDatabase()
  simulator = await startSimulator({ invoices: 0 })
})
afterAll(async () => {
  await simulator.close()
  await database.drop()
})

it('neither logs at trace level, nor errors, nor the database show a token, code, state, session, secret or key', async () => {
  let shown = ''
  const write = (line: string) => {
    shown += line
  }
  const log = createLogger({ level: 'trace', destination: { write } })
  const ctx = simulatedContext(database.db, simulator, { log })
  /** For the answers that never come. */
  const timeouts = { tokenMs: 1_000, apiMs: 1_000 }
  const hasty = simulatedContext(database.db, simulator, { log, config: ctx.config, timeouts })
  const patient = (action: FailureAction | null) => (action === 'hang' ? hasty : ctx)
  const tell = (error: unknown) => {
    log.error({ event: 'test.error', err: error, error })
    shown += inspect(error, { depth: 12, showHidden: true })
  }
  const keys = ctx.config.tokenEncryptionKeys
  const secrets = new Set([ctx.config.zoho.clientSecret, keys[0]?.secret.toString('base64') ?? ''])

  // A connect, with a failing one before it.
  const clientId = await aClient(ctx.db)
  const person = { clientId, subject: 'user-1', sessionId: 'a-very-secret-session' }
  secrets.add(person.sessionId)
  for (const action of ['html502', 'reset', 'hang', null] as (FailureAction | null)[]) {
    if (action) simulator.control.fail({ match: { grantType: 'authorization_code' }, action })
    const query = await consent(await beginConnect(ctx, person))
    secrets.add(query['state'] ?? '').add(query['code'] ?? '')
    await completeConnect(patient(action), { ...person, ip: null, query }).catch(tell)
  }
  const live = await ctx.db
    .selectFrom('connections')
    .select('id')
    .where('client_id', '=', clientId)
    .executeTakeFirstOrThrow()
  const remember = async () => {
    const row = await tokenRow(ctx.db, live.id)
    secrets.add(await decryptToken(keys, refreshTokenOf(live.id), row.refresh_token_jwe))
    if (row.access_token_jwe)
      secrets.add(await decryptToken(keys, accessTokenOf(live.id), row.access_token_jwe))
  }

  // Refreshes and calls that fail in every way.
  await remember()
  for (const action of [
    'html502',
    'reset',
    'hang',
    'truncate',
    { status: 400, body: {} },
  ] as FailureAction[]) {
    await passTime(ctx.db, 7200, live.id)
    simulator.control.fail({ match: { grantType: 'refresh_token' }, action })
    await getAccessToken(patient(action), live.id).catch(tell)
    await passTime(ctx.db, 7200, live.id)
    await getAccessToken(ctx, live.id).catch(tell)
    await remember()
    simulator.control.fail({ match: { path: '/organizations' }, action })
    await listOrganizations(patient(action), { clientId }).catch(tell)
  }

  // A disconnect whose revocation fails, then works.
  await disconnect(ctx, { clientId, subject: 'user-1', ip: null })
  const order = ctx.nudged.findLast((intent) => intent.job === 'revoke-token')
  if (order?.job !== 'revoke-token') throw new Error('not ordered')
  simulator.control.fail({ match: { path: '/revoke' }, action: 'reset', times: 2 })
  await revokeToken(ctx, order.id).catch(tell)
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(ctx.db)
  for (const { name } of tables) {
    const { rows } = await sql<{ text: string | null }>`
      select string_agg(t::text, '') as text from ${sql.table(name)} t`.execute(ctx.db)
    shown += rows[0]?.text ?? ''
  }
  await revokeToken(ctx, order.id)

  expect(secrets.size).toBeGreaterThan(12)
  expect(shown).toContain('zoho.answered')
  expect(shown).toContain('token.refresh_failed')
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(10)
    expect(shown).not.toContain(secret)
  }
})
