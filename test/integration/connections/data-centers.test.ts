import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { findConnection } from '../../../db/connections/connections.repo.ts'
import { beginConnect } from '../../../src/connections/begin-connect.ts'
import { completeConnect } from '../../../src/connections/complete-connect.ts'
import { disconnect } from '../../../src/connections/disconnect.ts'
import { listOrganizations } from '../../../src/connections/organizations.ts'
import { getAccessToken } from '../../../src/tokens/get-access-token.ts'
import { revokeToken } from '../../../src/tokens/revoke-token.ts'
import { aClient } from '../../support/builders.ts'
import { createTestContext, type TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { consent } from '../../support/simulated-zoho.ts'
import { passTime } from '../../support/token-rows.ts'
import {
  SIMULATOR_CLIENT_ID,
  SIMULATOR_CLIENT_SECRET,
  type Simulator,
  startSimulator,
} from '../../zoho-simulator/index.ts'
import { attempt as attemptSync, makeDue, openOf } from '../sync/support.ts'

const codes = ['us', 'eu', 'ca']
let database: TestDatabase
let simulator: Simulator
let ctx: TestContext

beforeAll(async () => {
  database = await createTestDatabase()
  simulator = await startSimulator({
    dataCenters: codes,
    clientSecrets: { ca: 'secret-of-ca' },
    invoices: 0,
    organizations: [],
    users: codes.map((code) => ({ userId: `user-${code}`, dataCenter: code })),
  })
  for (const code of codes)
    simulator.control.addOrganization({ name: `Books of ${code}`, userId: `user-${code}`, invoices: 3 })
  ctx = createTestContext({
    db: database.db,
    dataCenters: codes.map((code) => {
      const origin = simulator.origins[code] ?? ''
      return { code, accountsUrl: origin, apiUrl: origin, booksWebUrl: origin }
    }),
    config: {
      zoho: {
        clientId: SIMULATOR_CLIENT_ID,
        clientSecret: SIMULATOR_CLIENT_SECRET,
        clientSecrets: { ca: 'secret-of-ca' },
        accountsUrl: simulator.origins['us'] ?? '',
      },
    },
  })
})
beforeEach(() => {
  simulator.control.clearLog()
  simulator.control.setSwitches({ accountsServer: null, locationParameters: true })
})
afterAll(async () => {
  await simulator.close()
  await database.drop()
})

const connectAs = async (
  user: string,
  change: (query: Record<string, string>) => object = (query) => query,
) => {
  const clientId = await aClient(ctx.db)
  const person = { clientId, subject: 'user-1', sessionId: 'session-1' }
  const query = { ...change(await consent(await beginConnect(ctx, person), { user })) }
  return { clientId, connected: await completeConnect(ctx, { ...person, ip: null, query }) }
}
const calledAt = (path: string) => simulator.control.requests({ path }).map(({ dataCenter }) => dataCenter)

it.each(codes)(
  'a user of %s: consent starts at us, everything else goes to their own data centre',
  async (code) => {
    const { clientId, connected } = await connectAs(`user-${code}`)
    expect(connected.organizationName).toBe(`Books of ${code}`)
    expect((await findConnection(ctx.db, connected.connectionId))?.data_center).toBe(code)
    await passTime(ctx.db, 3600, connected.connectionId)
    await getAccessToken(ctx, connected.connectionId)
    expect(await listOrganizations(ctx, { clientId })).toMatchObject([
      { name: `Books of ${code}`, isConnected: true },
    ])
    await makeDue(ctx.db, connected.connectionId, { kind: 'full' })
    expect(await attemptSync(ctx, connected.connectionId)).toBeNull()
    expect(await openOf(ctx.db, connected.connectionId)).toHaveLength(3)
    await disconnect(ctx, { clientId, subject: 'user-1', ip: null })
    const intent = ctx.nudged.at(-1)
    if (intent?.job !== 'revoke-token') throw new Error('not ordered')
    await revokeToken(ctx, intent.id)

    expect(calledAt('/oauth/v2/auth')).toEqual(['us'])
    expect(calledAt('/oauth/v2/token$')).toEqual([code, code])
    expect(calledAt('/organizations')).toEqual([code, code])
    expect(calledAt('/invoices$')).toEqual([code])
    expect(calledAt('/revoke')).toEqual([code])
    expect(simulator.control.requests().every(({ status }) => status < 400)).toBe(true)
  },
)

it('without accounts-server the location tells, without both the place of the consent', async () => {
  const { connected } = await connectAs('user-eu', ({ 'accounts-server': _, ...query }) => query)
  expect((await findConnection(ctx.db, connected.connectionId))?.data_center).toBe('eu')
  simulator.control.setSwitches({ locationParameters: false })
  const single = await connectAs('user-us')
  expect((await findConnection(ctx.db, single.connected.connectionId))?.data_center).toBe('us')
  await expect(connectAs('user-eu')).rejects.toMatchObject({ code: 'connect_failed' })
})

it('an unknown location alone is ignored', async () => {
  const { connected } = await connectAs('user-us', ({ 'accounts-server': _, ...query }) => ({
    ...query,
    location: 'mars',
  }))
  expect((await findConnection(ctx.db, connected.connectionId))?.data_center).toBe('us')
})

it('an api_domain that serves no Books is not followed', async () => {
  simulator.control.setSwitches({ apiDomain: 'generic' })
  const { connected } = await connectAs('user-ca')
  expect(connected.organizationName).toBe('Books of ca')
  simulator.control.setSwitches({ apiDomain: 'own' })
})

describe('a hostile accounts-server', () => {
  let trap: Server
  let port = 0
  let caught = 0
  beforeAll(async () => {
    trap = createServer((_, response) => {
      caught += 1
      response.end('{}')
    })
    await new Promise<void>((listening) => trap.listen(0, '127.0.0.1', listening))
    port = (trap.address() as AddressInfo).port
  })
  afterAll(() => new Promise((closed) => trap.close(closed)))

  const eu = () => new URL(simulator.origins['eu'] ?? '')
  it.each<[string, () => string | string[]]>([
    ['other host', () => `http://127.0.0.1:${port}`],
    ['other host by name', () => `http://localhost:${port}`],
    ['userinfo', () => `http://${eu().host}@127.0.0.1:${port}`],
    ['credentials', () => `http://user:pass@${eu().host}`],
    ['other port', () => `http://${eu().hostname}:${port}`],
    ['path', () => `${eu().origin}/evil`],
    ['trailing slash', () => `${eu().origin}/`],
    ['query', () => `${eu().origin}?next=http://127.0.0.1:${port}`],
    ['backslash', () => `http://127.0.0.1:${port}\\@${eu().host}`],
    ['other scheme', () => eu().origin.replace('http:', 'https:')],
    ['punycode', () => 'https://accounts.xn--zho-6na.eu'],
    ['look-alike', () => 'https://accounts.zohо.eu'],
    ['suffix', () => 'https://accounts.zoho.eu.evil.example'],
    ['bare host', () => eu().host],
    ['line break', () => `${eu().origin}\r\nHost: evil`],
    ['empty', () => ''],
    ['twice', () => [eu().origin, `http://127.0.0.1:${port}`]],
  ])('(%s) never receives a request, nor does anybody else', async (_, hostile) => {
    await expect(
      connectAs('user-eu', (query) => ({ ...query, 'accounts-server': hostile() })),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^(unknown_data_center|connect_state_invalid)$/) })
    expect(caught).toBe(0)
    expect(calledAt('/oauth/v2/token$')).toEqual([])
  })
})
