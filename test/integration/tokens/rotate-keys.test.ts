import { randomBytes, randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { recordSweep, removeWorker } from '../../../db/jobs/workers.repo.ts'
import { createQueues } from '../../../jobs/queues.ts'
import { startSweeper } from '../../../jobs/sweep.ts'
import { disconnect } from '../../../src/connections/disconnect.ts'
import { isAppError } from '../../../src/errors.ts'
import { decryptToken, keyIdOf, refreshTokenOf } from '../../../src/tokens/encryption.ts'
import { getAccessToken } from '../../../src/tokens/get-access-token.ts'
import { revokeToken } from '../../../src/tokens/revoke-token.ts'
import { rotateKeys } from '../../../src/tokens/rotate-keys.ts'
import { aConnection } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { aGrantedConnection, simulatedContext } from '../../support/simulated-zoho.ts'
import { tokenRow } from '../../support/token-rows.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'

const by = { operator: 'olga', host: 'machine-1' }
const key = (id: string) => ({ id, secret: randomBytes(32) })
const [older, newer] = [key('2025'), key('2026')]
let database: TestDatabase
let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({ invoices: 0 })
})
beforeEach(async () => {
  database = await createTestDatabase({ poolSize: 8 })
})
afterEach(() => database.drop())
afterAll(() => simulator.close())

const contextWith = (...tokenEncryptionKeys: ReturnType<typeof key>[]) =>
  simulatedContext(database.db, simulator, { config: { tokenEncryptionKeys } })

it('re-encrypts every token with the first key, and the old key is no longer needed', async () => {
  const before = contextWith(older)
  const connections = []
  for (let at = 0; at < 205; at++) connections.push(await aConnection(before))
  const disconnected = await aGrantedConnection(before, simulator)
  await disconnect(before, { clientId: disconnected.client_id, subject: 'user-1', ip: null })

  const seen: number[] = []
  const result = await rotateKeys(contextWith(newer, older), by, {
    onProgress: (rotated) => seen.push(rotated),
  })
  expect(result).toEqual({ rotated: 206, failed: [] })
  expect(seen.at(-1)).toBe(206)
  const after = contextWith(newer)
  for (const { id, accessToken } of connections) expect(await getAccessToken(after, id)).toBe(accessToken)
  const row = await tokenRow(database.db, connections[0]?.id ?? '')
  expect([row.key_id, keyIdOf(row.refresh_token_jwe), keyIdOf(row.access_token_jwe ?? '')]).toEqual(
    Array(3).fill('2026'),
  )
  const order = before.nudged.find((intent) => intent.job === 'revoke-token')
  if (order?.job !== 'revoke-token') throw new Error('not ordered')
  await revokeToken(after, order.id)
  expect(await rotateKeys(after, by)).toEqual({ rotated: 0, failed: [] })
  const audited = await database.db
    .selectFrom('audit_events')
    .select(['actor', 'actor_role', 'action', 'subject_id', 'details', 'created_at'])
    .where('action', '=', 'tokens.keys_rotated')
    .orderBy('id')
    .execute()
  expect(audited[0]).toEqual({
    actor: 'olga',
    actor_role: 'operator',
    action: 'tokens.keys_rotated',
    subject_id: '2026',
    details: { rotated: 206, failed: 0, host: 'machine-1' },
    created_at: expect.any(Date),
  })
})

it('goes on where it was stopped', async () => {
  const before = contextWith(older)
  for (let at = 0; at < 20; at++) await aConnection(before)
  const both = contextWith(newer, older)
  await expect(
    rotateKeys(both, by, {
      onProgress: (rotated) => {
        if (rotated === 7) throw new Error('stopped')
      },
    }),
  ).rejects.toThrow('stopped')
  expect(await rotateKeys(both, by)).toEqual({ rotated: 13, failed: [] })
})

it('loses no token while workers with the old and the new configuration refresh', async () => {
  const old = contextWith(older)
  const both = contextWith(newer, older)
  const stillOld = contextWith(older, newer)
  const connections = []
  for (let at = 0; at < 15; at++)
    connections.push(await aGrantedConnection(old, simulator, { expiresInSeconds: at % 2 ? -1 : 3600 }))
  simulator.control.setLatency(20)
  const [result] = await Promise.all([
    rotateKeys(both, by),
    ...connections.map(({ id }, at) => getAccessToken(at % 3 ? both : stillOld, id)),
  ])
  simulator.control.setLatency(0)
  expect(result.failed).toEqual([])
  await rotateKeys(both, by)
  const after = contextWith(newer)
  for (const { id, refreshToken } of connections) {
    const row = await tokenRow(database.db, id)
    expect(
      await decryptToken(after.config.tokenEncryptionKeys, refreshTokenOf(id), row.refresh_token_jwe),
    ).toBe(refreshToken)
    await getAccessToken(after, id)
  }
})

it('a key that is missing is named with its connections, the others are rotated', async () => {
  const lost = await aConnection(contextWith(key('lost')))
  const kept = await aConnection(contextWith(older))
  const result = await rotateKeys(contextWith(newer, older), by)
  expect(result).toEqual({ rotated: 1, failed: [{ connectionId: lost.id, keyId: 'lost', misplaced: false }] })
  expect((await tokenRow(database.db, kept.id)).key_id).toBe('2026')
  expect((await tokenRow(database.db, lost.id)).key_id).toBe('lost')
})

it('a token that was moved to another row is left alone and reported', async () => {
  const before = contextWith(older)
  const [victim, attacker] = [await aConnection(before), await aConnection(before)]
  const stolen = await tokenRow(database.db, victim.id)
  await database.db
    .updateTable('oauth_tokens')
    .set({ refresh_token_jwe: stolen.refresh_token_jwe })
    .where('connection_id', '=', attacker.id)
    .execute()
  const result = await rotateKeys(contextWith(newer, older), by)
  expect(result).toEqual({
    rotated: 1,
    failed: [{ connectionId: attacker.id, keyId: null, misplaced: true }],
  })
  expect((await tokenRow(database.db, attacker.id)).key_id).toBe('2025')
})

describe('while workers run', () => {
  const workerKnowing = async (keyIds: readonly string[], lastSweep = sql<Date>`now()`) => {
    const id = randomUUID()
    await recordSweep(database.db, id, keyIds)
    await database.db.updateTable('workers').set({ last_sweep_at: lastSweep }).where('id', '=', id).execute()
    return id
  }

  it('refuses to begin as long as one of them does not know the new key, and changes nothing', async () => {
    const connection = await aConnection(contextWith(older))
    await workerKnowing(['2026', '2025'])
    const ignorant = await workerKnowing(['2025'])
    const both = contextWith(newer, older)
    await expect(rotateKeys(both, by)).rejects.toMatchObject({
      code: 'key_unknown_to_worker',
      details: { keyId: '2026', workers: [ignorant] },
    })
    expect((await tokenRow(database.db, connection.id)).key_id).toBe('2025')
    await removeWorker(database.db, ignorant)
    expect(await rotateKeys(both, by)).toEqual({ rotated: 1, failed: [] })
  })

  it('a worker that has been silent for more than a minute is gone', async () => {
    await aConnection(contextWith(older))
    await workerKnowing(['2025'], sql<Date>`now() - interval '61 seconds'`)
    expect(await rotateKeys(contextWith(newer, older), by)).toEqual({ rotated: 1, failed: [] })
  })

  it('a worker announces its keys with its first sweep', async () => {
    const ctx = contextWith(older)
    const queues = createQueues({ ...ctx.config, databaseUrl: database.url }, ctx.log)
    const sweeper = startSweeper(ctx, queues)
    await waitFor('the refusal', async () => {
      const error = await rotateKeys(contextWith(newer, older), by).catch((thrown: unknown) => thrown)
      return isAppError(error, 'key_unknown_to_worker')
    })
    await sweeper.close()
    await queues.close()
    expect(await rotateKeys(contextWith(newer, older), by)).toEqual({ rotated: 0, failed: [] })
  })
})
