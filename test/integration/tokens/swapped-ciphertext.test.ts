/** Somebody who can write to the database moves ciphertexts about: no token works outside of its own row and column. */
import { disconnect } from '../../../src/connections/disconnect.ts'
import { storeGrant } from '../../../src/connections/store-grant.ts'
import { getAccessToken } from '../../../src/tokens/get-access-token.ts'
import { revokeToken } from '../../../src/tokens/revoke-token.ts'
import type { BuiltConnection } from '../../support/builders.ts'
import type { TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { aGrantedConnection, simulatedContext } from '../../support/simulated-zoho.ts'
import { tokenRow } from '../../support/token-rows.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'

let database: TestDatabase
let simulator: Simulator
let ctx: TestContext
let callsBefore: number

beforeAll(async () => {
  simulator = await startSimulator({ invoices: 0 })
})
beforeEach(async () => {
  database = await createTestDatabase()
  ctx = simulatedContext(database.db, simulator)
  callsBefore = tokenCalls()
})
afterEach(() => database.drop())
afterAll(() => simulator.close())

const tokenCalls = () => simulator.control.requests({ path: '/oauth/v2/token' }).length

const overwrite = (
  connectionId: string,
  columns: { readonly refresh_token_jwe?: string; readonly access_token_jwe?: string },
) => database.db.updateTable('oauth_tokens').set(columns).where('connection_id', '=', connectionId).execute()

const expectRefused = async ({ id }: BuiltConnection) => {
  await expect(getAccessToken(ctx, id)).rejects.toMatchObject({
    code: 'token_misplaced',
    details: { connectionId: id },
  })
  const { problem_code } = await database.db
    .selectFrom('connections')
    .select('problem_code')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  expect(problem_code).toBe('token_misplaced')
  expect(tokenCalls()).toBe(callsBefore)
}

it("another tenant's access token in one's own row is refused", async () => {
  const victim = await aGrantedConnection(ctx, simulator)
  const attacker = await aGrantedConnection(ctx, simulator)
  const { access_token_jwe } = await tokenRow(database.db, victim.id)
  await overwrite(attacker.id, { access_token_jwe: access_token_jwe ?? '' })
  await expectRefused(attacker)
  expect(await getAccessToken(ctx, victim.id)).toBe(victim.accessToken)
})

it("another tenant's refresh token in one's own row is refused, and never sent", async () => {
  const victim = await aGrantedConnection(ctx, simulator)
  const attacker = await aGrantedConnection(ctx, simulator, { expiresInSeconds: -60 })
  const { refresh_token_jwe } = await tokenRow(database.db, victim.id)
  await overwrite(attacker.id, { refresh_token_jwe })
  await expectRefused(attacker)
})

it('a refresh token in the column of the access token is refused: it would go to the Books API', async () => {
  const connection = await aGrantedConnection(ctx, simulator)
  const { refresh_token_jwe } = await tokenRow(database.db, connection.id)
  await overwrite(connection.id, { access_token_jwe: refresh_token_jwe })
  await expectRefused(connection)
})

it('an access token in the column of the refresh token is refused', async () => {
  const connection = await aGrantedConnection(ctx, simulator, { expiresInSeconds: 60 })
  const { access_token_jwe } = await tokenRow(database.db, connection.id)
  await overwrite(connection.id, { refresh_token_jwe: access_token_jwe ?? '' })
  await expectRefused(connection)
})

it("another tenant's refresh token in one's own revocation is refused, and never sent", async () => {
  const victim = await aGrantedConnection(ctx, simulator)
  const attacker = await aGrantedConnection(ctx, simulator)
  await disconnect(ctx, { clientId: attacker.client_id, subject: 'user-1', ip: null })
  const { refresh_token_jwe } = await tokenRow(database.db, victim.id)
  const { id } = await database.db
    .updateTable('token_revocations')
    .set({ refresh_token_jwe })
    .returning('id')
    .executeTakeFirstOrThrow()
  await expect(revokeToken(ctx, id)).rejects.toMatchObject({ code: 'token_misplaced' })
  expect(simulator.control.requests({ path: '/oauth/v2/token/revoke' })).toEqual([])
})

it('a reconnect stores tokens that work again', async () => {
  const connection = await aGrantedConnection(ctx, simulator)
  const { refresh_token_jwe } = await tokenRow(database.db, connection.id)
  await overwrite(connection.id, { access_token_jwe: refresh_token_jwe })
  await expectRefused(connection)
  const grant = simulator.control.grant()
  await storeGrant(ctx, {
    grant: {
      accessToken: grant.accessToken,
      expiresIn: 3600,
      refreshToken: grant.refreshToken,
      scope: 'ZohoBooks.invoices.READ',
      dataCenter: ctx.zoho.dataCenter('sim'),
    },
    organizations: [
      {
        id: connection.zoho_organization_id,
        name: 'Example Books',
        isDefault: true,
        isActive: true,
        currencyCode: 'EUR',
        timeZone: 'UTC',
      },
    ],
    person: { clientId: connection.client_id, subject: 'user-1', ip: null },
  })
  expect(await getAccessToken(ctx, connection.id)).toBe(grant.accessToken)
})
