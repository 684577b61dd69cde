/** How slowly a request may arrive: an upload as long as it goes on, everything else for a minute (here: less). */
import { type AddressInfo, connect, type Socket } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import { isAppError } from '../../../src/errors.ts'
import { limitRequestTime } from '../../../src/portal/http/request-time.ts'
import { acceptUploads, receiveFile, uploadLimit } from '../../../src/portal/http/upload.ts'

const windowMs = 500
const portion = Buffer.alloc(2_000, 'x')
let app: FastifyInstance
/** Ends of what `take` was given: the code of its error, or the number of bytes. */
let ends: unknown[]

beforeEach(async () => {
  ends = []
  app = Fastify()
  limitRequestTime(app, 60)
  app.setErrorHandler((error, _request, reply) =>
    reply.code(isAppError(error) ? error.status : 500).send({ code: isAppError(error) ? error.code : 'x' }),
  )
  await acceptUploads(app, 1_000_000)
  app.post('/upload', { config: uploadLimit }, (request) =>
    receiveFile(
      request,
      async ({ content }) => {
        let bytes = 0
        try {
          for await (const { length } of content) {
            bytes += length
          }
          ends.push(bytes)
          return { bytes }
        } catch (error) {
          ends.push(isAppError(error) ? error.code : error)
          throw error
        }
      },
      { windowMs, bytesPerSecond: 16_000 },
    ),
  )
  app.post('/else', async () => ({}))
  await app.listen({ port: 0, host: '127.0.0.1' })
})
afterEach(() => app.close())

const begin = (path: string, type: string, bytes: number): Socket => {
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${bytes}\r\n\r\n`,
  )
  return socket
}
const upload = (bytes: number) => begin('/upload', 'multipart/form-data; boundary=b', bytes)
const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
const tail = '\r\n--b--\r\n'

/** What comes back until the other side ends, or has said all. */
const answerTo = (socket: Socket): Promise<string> =>
  new Promise((done) => {
    let text = ''
    socket.on('data', (bytes) => {
      text += bytes
      if (text.includes('}')) socket.destroy()
    })
    socket.on('error', () => {}).on('close', () => done(text))
  })

it('an upload goes on for many windows as long as its bytes keep coming', async () => {
  const portions = 60
  const socket = upload(head.length + portions * portion.length + tail.length)
  const began = performance.now()
  socket.write(head)
  let sent = 0
  const sending = setInterval(() => {
    socket.write(sent < portions ? portion : tail)
    if (sent++ === portions) clearInterval(sending)
  }, 30)
  socket.once('close', () => clearInterval(sending))
  expect(await answerTo(socket)).toContain(`{"bytes":${portions * portion.length}}`)
  expect(performance.now() - began).toBeGreaterThan(3 * windowMs)
})

it.each([
  ['stops after a good beginning', Buffer.concat([Buffer.from(head), ...Array(20).fill(portion)])],
  ['comes drop by drop', Buffer.from(`${head}%PDF`)],
])('an upload that %s is ended with 408, and who stores it hears so', async (_, start) => {
  const socket = upload(900_000)
  socket.write(start)
  const drops = setInterval(() => socket.write('x'), 10)
  socket.once('close', () => clearInterval(drops))
  const answer = await answerTo(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(answer).toContain('{"code":"upload_too_slow"}')
  expect(ends).toEqual(['upload_too_slow'])
})

it('an upload of which not even a file begins is ended too', async () => {
  expect(await answerTo(upload(900_000))).toContain('{"code":"upload_too_slow"}')
  expect(ends).toEqual([])
})

it('any other request has to be there in time', async () => {
  const socket = begin('/else', 'application/json', 100)
  socket.write('{"a":')
  expect(await answerTo(socket)).toMatch(/^HTTP\/1\.1 408 /)
})
