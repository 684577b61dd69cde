/** Answers that are too long, in front of a real server: how much it could send says how much was read. */
import { getEventListeners, once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createBrotliCompress, createDeflate, createGzip } from 'node:zlib'
import { createLogger } from '../../../src/observability/logger.ts'
import type { ZohoClient } from '../../../src/zoho/client.ts'
import { createZohoClient } from '../../../src/zoho/create-client.ts'
import { createSend } from '../../../src/zoho/http.ts'
import { testConfig } from '../../support/context.ts'

const MB = 1_000_000
const compressors = { gzip: createGzip, deflate: createDeflate, br: createBrotliCompress }

let server: Server
let origin: string
let client: ZohoClient
let answer: (response: ServerResponse) => void
/** Of the text that was compressed or sent so far. */
let produced = 0
let cut: Promise<unknown>

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume()
    cut = once(response, 'close')
    answer(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  client = createZohoClient({
    zoho: testConfig({ zoho: { simulatorUrl: origin } }).zoho,
    log: createLogger({ level: 'silent' }),
  })
})
beforeEach(() => {
  produced = 0
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

const call = () => ({ dataCenter: client.dataCenter('sim'), accessToken: '1000.a.b', organizationId: '1' })

/** Writes a JSON text of this length, as fast as it is taken, and stops when nobody takes it any more. */
const writeLong = async (to: NodeJS.WritableStream, bytes: number, response: ServerResponse) => {
  const piece = Buffer.alloc(64_000, 'x')
  const closed = once(response, 'close')
  to.write('{"code":0,"message":"')
  while (produced < bytes && !response.destroyed) {
    produced += piece.length
    if (!to.write(piece)) await Promise.race([once(to, 'drain'), closed])
  }
  to.end('"}')
}

const compressed = (encoding: keyof typeof compressors, bytes: number) => (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding })
  const compressor = compressors[encoding]()
  compressor.pipe(response)
  void writeLong(compressor, bytes, response)
}
const plain = (bytes: number) => (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  void writeLong(response, bytes, response)
}

const tooLong = { code: 'zoho_unavailable', cause: { code: 'ERR_ANSWER_TOO_LONG' } }

it.each(['gzip', 'deflate', 'br'] as const)(
  'a Books answer that unpacks (%s) to 600 MB is cut off at 20 MB',
  async (encoding) => {
    answer = compressed(encoding, 600 * MB)
    let most = 0
    const watching = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers)
    }, 5)
    const before = process.memoryUsage().arrayBuffers
    await expect(client.listOrganizations(call())).rejects.toMatchObject(tooLong)
    clearInterval(watching)
    await cut
    expect(most).toBeGreaterThan(0)
    expect(most - before).toBeLessThan(150 * MB)
  },
)

it('a Books answer without an end is cut off, and its sender cannot go on', async () => {
  answer = plain(Number.POSITIVE_INFINITY)
  await expect(client.listOrganizations(call())).rejects.toMatchObject(tooLong)
  await cut
  // what the sockets of both sides hold comes on top
  expect(produced).toBeGreaterThan(20 * MB)
  expect(produced).toBeLessThan(40 * MB)
})

it('a long Books answer below the bound is read', async () => {
  answer = compressed('gzip', 19 * MB)
  await expect(client.listOrganizations(call())).rejects.toMatchObject({ code: 'zoho_answer_invalid' })
})

it('a token answer without an end is inconclusive, and cut off at 1 MB', async () => {
  answer = plain(Number.POSITIVE_INFINITY)
  const verdict = await client.refresh({ dataCenter: client.dataCenter('sim'), refreshToken: '1000.a.b' })
  expect(verdict).toEqual({ verdict: 'inconclusive', reason: 'ERR_ANSWER_TOO_LONG', throttled: false })
  await cut
  expect(produced).toBeLessThan(20 * MB)
})

it('a token answer that unpacks to 600 MB is inconclusive', async () => {
  answer = compressed('gzip', 600 * MB)
  const verdict = await client.refresh({ dataCenter: client.dataCenter('sim'), refreshToken: '1000.a.b' })
  expect(verdict).toEqual({ verdict: 'inconclusive', reason: 'ERR_ANSWER_TOO_LONG', throttled: false })
})

it('the bound counts bytes: an answer of exactly as many is read, one more is not', async () => {
  const send = createSend({ timeoutMs: 5_000, keepAlive: false, maxBytes: 1_000 })
  answer = (response) => void response.end('é'.repeat(500))
  expect((await send({ method: 'GET', url: origin })).body).toBe('é'.repeat(500))
  answer = (response) => void response.end(`${'é'.repeat(500)}.`)
  await expect(send({ method: 'GET', url: origin })).rejects.toMatchObject(tooLong)
})

it('a redirect is an answer and no order: the token goes nowhere else', async () => {
  const send = createSend({ timeoutMs: 5_000, keepAlive: false, maxBytes: 1_000 })
  const asked: (string | undefined)[] = []
  answer = (response) => {
    asked.push(response.req.url)
    response.writeHead(302, { location: `${origin}/elsewhere` }).end()
  }
  const { status } = await send({ method: 'GET', url: `${origin}/here`, headers: { authorization: 'x' } })
  expect({ status, asked }).toEqual({ status: 302, asked: ['/here'] })
})

it('a POST without a form is sent with an empty body', async () => {
  const send = createSend({ timeoutMs: 5_000, keepAlive: false, maxBytes: 1_000 })
  answer = (response) => void response.end(response.req.headers['content-length'])
  expect((await send({ method: 'POST', url: origin })).body).toBe('0')
})

it('a signal that is aborted after the answer came disturbs nobody', async () => {
  const send = createSend({ timeoutMs: 5_000, keepAlive: false, maxBytes: 1_000 })
  answer = (response) => void response.end('here')
  const leaving = new AbortController()
  expect((await send({ method: 'GET', url: origin, signal: leaving.signal })).body).toBe('here')
  leaving.abort()
  // an unhandled error would end the process here
  await new Promise(setImmediate)
})

it('a signal that is aborted in the middle of an answer ends it', async () => {
  const send = createSend({ timeoutMs: 5_000, keepAlive: false, maxBytes: 1_000 })
  const leaving = new AbortController()
  answer = (response) => {
    response.write('half of it')
    setImmediate(() => leaving.abort())
  }
  await expect(send({ method: 'GET', url: origin, signal: leaving.signal })).rejects.toMatchObject({
    code: 'zoho_unavailable',
    cause: { code: 'ERR_ABORTED' },
  })
  await cut
})

it('calls one after another share a connection, and leave no listener on their signal', async () => {
  const send = createSend({ timeoutMs: 5_000, keepAlive: true, maxBytes: 1_000_000 })
  answer = (response) => {
    const { remotePort } = response.socket ?? {}
    response.setHeader('content-encoding', 'gzip')
    const compressor = createGzip()
    compressor.pipe(response)
    compressor.end(`${remotePort} ${'x'.repeat(200_000)}`)
  }
  const { signal } = new AbortController()
  const ports = new Set<string | undefined>()
  for (let at = 0; at < 20; at += 1)
    ports.add((await send({ method: 'GET', url: origin, signal })).body.split(' ')[0])
  expect(ports.size).toBe(1)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})
