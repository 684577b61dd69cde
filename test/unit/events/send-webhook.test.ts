/** One request to an endpoint that somebody else chose: where it may go, how it is signed, and when it ends. */

import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type LookupFunction } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { Webhook as FirstWebhook } from 'standardwebhooks-first'
import { createGuardedAgents, isCallable } from '../../../src/events/guarded-agent.ts'
import { pauseAfter } from '../../../src/events/retry-schedule.ts'
import { sendWebhook } from '../../../src/events/send-webhook.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const older = `whsec_${Buffer.alloc(32, 8).toString('base64')}`
const request = {
  id: '11111111-1111-4111-8111-111111111111',
  body: '{"type":"case.created"}',
  secrets: [secret],
  now: new Date(),
}

const closers: (() => unknown)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

const receiver = async (listener: RequestListener): Promise<number> => {
  const server = createServer(listener)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const agents = (allowed: readonly string[] = [], lookup?: LookupFunction) => {
  const made = createGuardedAgents({ allowed, ...(lookup && { lookup }) })
  closers.push(made.close)
  return made
}
const here = ['127.0.0.0/8']

/** Answers each lookup with the next of these addresses. */
const resolvingTo = (...addresses: string[]): LookupFunction => {
  let at = 0
  return (_name, options, callback) => {
    const address = addresses[Math.min(at, addresses.length - 1)] ?? ''
    at += 1
    const family = address.includes(':') ? 6 : 4
    if (options.all) callback(null, [{ address, family }])
    else callback(null, address, family)
  }
}

const refusedHosts = [
  '127.0.0.1',
  '127.1',
  '127.8.9.10',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '017700000001',
  '0177.0.0.1',
  '%31%32%37.0.0.1',
  '0',
  '0.0.0.0',
  '[::1]',
  '[0:0:0:0:0:0:0:1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:10.0.0.1]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '[fe80::1]',
  '[fc00::1]',
  '[fd00:ec2::254]',
  '169.254.169.254',
  '[::ffff:169.254.169.254]',
  '0xa9fea9fe',
  '10.0.0.1',
  '10.255.255.255',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '100.100.100.200',
  '192.0.0.192',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '240.0.0.1',
]

it.each(refusedHosts)('refuses to connect to %s', async (host) => {
  let asked = 0
  const port = await receiver((_, answer) => {
    asked += 1
    answer.end()
  })
  for (const protocol of ['http', 'https'])
    expect(await sendWebhook(agents(), { ...request, url: `${protocol}://${host}:${port}/` })).toMatchObject({
      error: 'address_refused',
      status: null,
    })
  expect(asked).toBe(0)
})

it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '169.254.169.254', '10.1.2.3', 'fd00::1', '0.0.0.0'])(
  'refuses a name that resolves to %s',
  async (address) => {
    for (const protocol of ['http', 'https'])
      expect(
        await sendWebhook(agents([], resolvingTo(address)), {
          ...request,
          url: `${protocol}://host.example.com/`,
        }),
      ).toMatchObject({ error: 'address_refused' })
  },
)

it('looks at the address that it connects to: a name that was public when it was checked gains nothing', async () => {
  const port = await receiver((_, answer) => answer.end())
  const lookup = resolvingTo('93.184.216.34', '127.0.0.1')
  // The check of whoever looked before.
  await new Promise<void>((done) => lookup('rebind.example.com', { all: false }, () => done()))
  expect(
    await sendWebhook(agents([], lookup), { ...request, url: `http://rebind.example.com:${port}/` }),
  ).toMatchObject({ error: 'address_refused' })
})

it('refuses a name of which only one address is private', async () => {
  const lookup: LookupFunction = (_name, _options, callback) =>
    callback(null, [
      { address: '93.184.216.34', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ])
  expect(
    await sendWebhook(agents([], lookup), { ...request, url: 'http://both.example.com/' }),
  ).toMatchObject({ error: 'address_refused' })
})

it('calls a network of our own that is allowed, and no other; a link-local one never', () => {
  expect(isCallable('93.184.216.34', [])).toBe(true)
  expect(isCallable('2606:2800:220:1:248:1893:25c8:1946', [])).toBe(true)
  expect(isCallable('10.1.2.3', ['10.1.0.0/16'])).toBe(true)
  expect(isCallable('10.2.2.3', ['10.1.0.0/16'])).toBe(false)
  expect(isCallable('::ffff:10.1.2.3', ['10.1.0.0/16'])).toBe(false)
  expect(isCallable('fd00:1::5', ['10.1.0.0/16', 'fd00:1::/64'])).toBe(true)
  expect(isCallable('169.254.169.254', ['128.0.0.0/1'])).toBe(false)
  expect(isCallable('fe80::1', ['8000::/1'])).toBe(false)
  expect(isCallable('localhost', ['127.0.0.0/8'])).toBe(false)
})

it('is signed as the reference library verifies it, in its first version too, by each secret that is valid', async () => {
  const got: { headers: Record<string, string>; body: string }[] = []
  const port = await receiver(async (incoming, answer) => {
    const parts: Buffer[] = []
    for await (const part of incoming) parts.push(part as Buffer)
    got.push({ headers: incoming.headers as Record<string, string>, body: Buffer.concat(parts).toString() })
    answer.writeHead(204).end()
  })
  const url = `http://127.0.0.1:${port}/`
  expect(await sendWebhook(agents(here), { ...request, url, secrets: [secret, older] })).toMatchObject({
    status: 204,
    error: null,
  })
  const [{ headers, body } = { headers: {}, body: '' }] = got
  for (const one of [secret, older])
    for (const Reference of [Webhook, FirstWebhook])
      expect(new Reference(one).verify(body, headers)).toEqual({ type: 'case.created' })
  const another = new Webhook(`whsec_${Buffer.alloc(32, 9).toString('base64')}`)
  expect(() => another.verify(body, headers)).toThrow('No matching signature')
  expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow('No matching signature')
})

it('follows no redirect', async () => {
  let asked = 0
  const port = await receiver((_, answer) => {
    asked += 1
    answer.writeHead(302, { location: `http://127.0.0.1:${port}/elsewhere` }).end()
  })
  expect(await sendWebhook(agents(here), { ...request, url: `http://127.0.0.1:${port}/` })).toMatchObject({
    status: 302,
    error: 'redirect',
  })
  expect(asked).toBe(1)
})

it('keeps a kilobyte of an answer and reads no more, without cutting a letter or keeping what PostgreSQL refuses', async () => {
  const port = await receiver((_, answer) => {
    answer.writeHead(500)
    answer.on('error', () => undefined)
    answer.write(`\0${'ä'.repeat(400_000)}`)
  })
  const { answer, error } = await sendWebhook(agents(here), { ...request, url: `http://127.0.0.1:${port}/` })
  expect(error).toBe('status')
  expect(Buffer.byteLength(answer)).toBeGreaterThan(1_015)
  expect(Buffer.byteLength(answer)).toBeLessThanOrEqual(1_024)
  expect(answer.startsWith('\uFFFDääää')).toBe(true)
})

it('gives up who does not answer in time, and knows him from who is not there', async () => {
  const silent = createTcpServer(() => undefined)
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
  closers.push(() => silent.close())
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`
  const guarded = agents(here)
  expect(await sendWebhook(guarded, { ...request, url }, { timeoutMs: 50 })).toMatchObject({
    error: 'timeout',
    status: null,
  })
  const mute = `http://127.0.0.1:${await receiver(() => undefined)}/`
  expect(await sendWebhook(guarded, { ...request, url: mute }, { timeoutMs: 50 })).toMatchObject({
    error: 'timeout',
  })
  const closed = await receiver(() => undefined)
  closers.pop()?.()
  expect(await sendWebhook(guarded, { ...request, url: `http://127.0.0.1:${closed}/` })).toMatchObject({
    error: 'connection_failed',
  })
})

it('a receiver that has said that it took the event may be as slow as it likes with the rest', async () => {
  const port = await receiver((_, answer) => {
    answer.writeHead(200)
    answer.write('so far')
  })
  expect(
    await sendWebhook(agents(here), { ...request, url: `http://127.0.0.1:${port}/` }, { timeoutMs: 1_000 }),
  ).toMatchObject({ status: 200, error: null, answer: 'so far' })
})

it('tries again over three days, a fifth earlier or later', () => {
  const days = (random: number) => {
    let seconds = 0
    for (let attempts = 1; ; attempts += 1) {
      const pause = pauseAfter(attempts, random)
      if (pause === null) return seconds / 86_400
      seconds += pause
    }
  }
  expect(days(0.5)).toBeCloseTo(3, 2)
  expect(days(0)).toBeCloseTo(2.4, 2)
  expect(days(1)).toBeCloseTo(3.6, 2)
  expect(pauseAfter(10)).toBeNull()
  expect(new Set(Array.from({ length: 20 }, () => pauseAfter(3))).size).toBeGreaterThan(10)
})
