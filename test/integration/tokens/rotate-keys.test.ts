import { randomBytes } from 'node:crypto'
import { disconnect } from '../../../src/connections/disconnect.ts'
import { decryptToken, keyIdOf } from '../../../src/tokens/encryption.ts'
import { getAccessToken } from '../../../src/tokens/get-access-token.ts'
import { revokeToken } from '../../../src/tokens/revoke-token.ts'
import { rotateKeys } from '../../../src/tokens/rotate-keys.ts'
import { aConnection } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { aGrantedConnection, simulatedContext } from '../../support/simulated-zoho.ts'
import { tokenRow } from '../../support/token-rows.ts'
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
    expect(await decryptToken(after.config.tokenEncryptionKeys, row.refresh_token_jwe)).toBe(refreshToken)
    await getAccessToken(after, id)
  }
})

it('a key that is missing is named with its connections, the others are rotated', async () => {
  const lost = await aConnection(contextWith(key('lost')))
  const kept = await aConnection(contextWith(older))
  const result = await rotateKeys(contextWith(newer, older), by)
  expect(result).toEqual({ rotated: 1, failed: [{ connectionId: lost.id, keyId: 'lost' }] })
  expect((await tokenRow(database.db, kept.id)).key_id).toBe('2026')
  expect((await tokenRow(database.db, lost.id)).key_id).toBe('lost')
})
