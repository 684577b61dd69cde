import { isIP } from 'node:net'
import type { Config } from '../../../src/config.ts'
import { aClient, aConnection } from '../../support/builders.ts'
import { bearer, startPortal, type TestPortal } from './portal-fixture.ts'

const socket = '10.0.0.9'
let portal: TestPortal | undefined
afterEach(async () => {
  await portal?.close()
  portal = undefined
})

/** Which address the audit keeps of a write, for each chain that a request comes with. */
const audited = async (trustProxy: Config['trustProxy'], chains: readonly string[]) => {
  portal = await startPortal({ config: { trustProxy } })
  await aClient(portal.ctx.db, { id: 'acme' })
  await aConnection(portal.ctx, { clientId: 'acme' })
  for (const chain of chains) {
    const answer = await portal.app.inject({
      method: 'POST',
      url: '/api/case-commands',
      payload: { zohoInvoiceIds: ['1'], confirmUndisputed: true },
      headers: { ...(await bearer()), 'x-forwarded-for': chain },
      remoteAddress: socket,
    })
    expect(answer.statusCode).toBe(202)
  }
  const rows = await portal.ctx.db.selectFrom('audit_events').select('ip_address').orderBy('id').execute()
  return rows.map(({ ip_address }) => ip_address)
}

it('without a trusted proxy nothing that a header says is believed', async () => {
  expect(await audited(false, ['192.0.2.1', 'x'])).toEqual([socket, socket])
})

it('behind one proxy the last address of the chain is the caller, whatever the caller wrote before it', async () => {
  expect(
    await audited(1, ['192.0.2.1', '1.1.1.1, 192.0.2.1', '192.0.2.1:4711', '[2001:db8::1]:4711']),
  ).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.1', '2001:db8::1'])
})

it('behind two proxies it is the last but one', async () => {
  expect(await audited(2, ['1.1.1.1, 192.0.2.1, 10.0.0.2', '10.0.0.2'])).toEqual(['192.0.2.1', '10.0.0.2'])
})

it('of known networks the chain is followed as far as they go', async () => {
  expect(await audited(['10.0.0.0/8'], ['1.1.1.1, 192.0.2.1, 10.1.1.1', '8.8.8.8'])).toEqual([
    '192.0.2.1',
    '8.8.8.8',
  ])
})

it('a caller that is none of the known proxies cannot speak for another', async () => {
  expect(await audited(['192.168.0.0/16'], ['192.0.2.1'])).toEqual([socket])
})

it('what the audit keeps is always an address', async () => {
  const chains = [
    'garbage',
    "'; drop table",
    '192.0.2.1, garbage',
    ', ,',
    '300.1.1.1',
    `${'9'.repeat(500)}`,
    'unknown',
    '',
  ]
  const kept = await audited(1, chains)
  expect(kept.filter((address) => isIP(String(address)) === 0)).toEqual([])
  expect(kept).toEqual(chains.map(() => socket))
})
