/** An S3-speaking server in this process, behind a wire that a test can cut. */

import { createHash, createHmac } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'
import type { DocumentStoreConfig } from '../../src/config.ts'
import { createObjectStore, type ObjectStore } from '../../src/object-store/object-store.ts'

/**
 * down: no connection is taken. silent: taken, and never answered. cut-up: ends in the middle of what is written. cut-down: ends after
 * 10 kB of an answer.
 */
export type WireFault = 'down' | 'silent' | 'cut-up' | 'cut-down'

export interface S3Server {
  readonly config: DocumentStoreConfig
  /** With short times. */
  readonly store: ObjectStore
  readonly fail: (fault: WireFault | undefined) => void
  readonly keys: () => Promise<readonly string[]>
  /** Puts other bytes in the place of an object's. */
  readonly overwrite: (key: string, bytes: Buffer) => Promise<void>
  readonly close: () => Promise<void>
}

const bucket = 'documents'
const keyId = 'S3RVER'
const secret = 'the secret of a store of tests'

const cutAfter = 10_000

const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/** AWS Signature Version 4 in the `authorization` header, reckoned anew. */
const isSigned = ({ method, url = '', headers }: IncomingMessage): boolean => {
  const said =
    /Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w{64})$/.exec(
      headers.authorization ?? '',
    )
  if (said === null || said[1] !== keyId) return false
  const [, , day = '', region = '', names = '', signature] = said
  const { pathname, searchParams } = new URL(url, 'http://x')
  const query = [...searchParams]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&')
  const lines = names.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`)
  const canonical = [method, pathname, query, lines.join(''), names, headers['x-amz-content-sha256']].join(
    '\n',
  )
  const digest = createHash('sha256').update(canonical).digest('hex')
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], `${day}/${region}/s3/aws4_request`, digest].join(
    '\n',
  )
  const key = [day, region, 's3', 'aws4_request'].reduce<string | Buffer>(
    (from, part) => hmac(from, part),
    `AWS4${secret}`,
  )
  return hmac(key, text).toString('hex') === signature
}

export const startS3Server = async (): Promise<S3Server> => {
  const directory = await mkdtemp(join(tmpdir(), 's3-'))
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    directory,
    silent: true,
    // It knows signatures of version 2 only; those of version 4 are compared here.
    allowMismatchedSignatures: true,
    configureBuckets: [{ name: bucket }],
  })
  await server.configureBuckets()
  const serve = server.callback()
  // One after the other: where an object is deleted while it is read, s3rver throws where nobody catches.
  let served: Promise<unknown> = Promise.resolve()
  const http = createHttpServer((request, response) => {
    if (isSigned(request)) {
      served = served.then(
        () =>
          new Promise<void>((done) => {
            if (response.destroyed) return done()
            response.once('close', done)
            serve(request, response)
          }),
      )
      return
    }
    response.writeHead(403, { 'content-type': 'application/xml', connection: 'close' })
    response.end('<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>')
  })
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done))
  const { port } = http.address() as AddressInfo
  let fault: WireFault | undefined
  const sockets = new Set<Socket>()
  const wire = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    if (fault === 'down') return socket.destroy()
    if (fault === 'silent') return socket.resume()
    const behind = connect(port, '127.0.0.1').on('error', () => {})
    let down = 0
    const end = () => {
      socket.destroy()
      behind.destroy()
    }
    socket.on('data', (bytes) => {
      // Nothing of it reaches the server in this process, which would throw where nobody catches.
      if (fault === 'cut-up' && bytes.includes('PUT /')) end()
      else behind.write(bytes)
    })
    behind.on('data', (bytes) => {
      down += bytes.length
      if (fault === 'cut-down' && down > cutAfter) socket.end(bytes.subarray(0, cutAfter), end)
      else socket.write(bytes)
    })
    socket.on('end', () => behind.end())
    behind.on('end', () => socket.end())
  })
  await new Promise<void>((done) => wire.listen(0, '127.0.0.1', done))
  const config: DocumentStoreConfig = {
    endpoint: `http://127.0.0.1:${(wire.address() as AddressInfo).port}`,
    bucket,
    prefix: 'collector/',
    region: 'us-east-1',
    accessKeyId: keyId,
    secretAccessKey: secret,
  }
  const folder = join(directory, bucket, config.prefix)
  return {
    config,
    store: createObjectStore(config, { silenceMs: 5_000, pauseMs: 5 }),
    fail: (next) => {
      fault = next
      // Those that are kept open too.
      for (const socket of sockets) socket.destroy()
    },
    keys: async () =>
      (await readdir(folder, { recursive: true }).catch(() => []))
        .filter((name) => name.endsWith('._S3rver_object'))
        .map((name) => name.replace('._S3rver_object', '')),
    overwrite: (key, bytes) => writeFile(join(folder, `${key}._S3rver_object`), bytes),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => wire.close(done))
      http.closeAllConnections()
      await served
      await new Promise((done) => http.close(done))
      await rm(directory, { recursive: true, force: true })
    },
  }
}
