/** Two sites over https: a proxy that ends TLS before the portal, and a host portal with a page. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from '../../../integration/redis/certificates.ts'

/** A certificate that nobody trusts: the browser of these tests is told to take it. */
export const untrustedCertificate = (): Pick<ServerOptions, 'key' | 'cert'> => {
  const directory = mkdtempSync(join(tmpdir(), 'certificates-'))
  try {
    const { key, certificate } = makeCertificates(directory)
    return { key: readFileSync(key), cert: readFileSync(certificate) }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const listening = async (server: ReturnType<typeof createServer>) => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

export interface Passed {
  readonly method: string
  readonly path: string
  readonly cookie: string
  readonly site: string
  status: number
  setCookie: readonly string[]
}

/** Passes on to a port of this machine as a proxy in front of the product does, and remembers what went through. */
export const startTlsProxy = async (tls: ServerOptions, target: () => number) => {
  const passed: Passed[] = []
  const server = createServer(tls, (incoming, answer) => {
    const entry: Passed = {
      method: incoming.method ?? '',
      path: incoming.url?.split('?')[0] ?? '',
      cookie: incoming.headers.cookie ?? '',
      site: String(incoming.headers['sec-fetch-site'] ?? ''),
      status: 0,
      setCookie: [],
    }
    passed.push(entry)
    const onward = request(
      {
        host: '127.0.0.1',
        port: target(),
        method: incoming.method,
        path: incoming.url,
        headers: {
          ...incoming.headers,
          'x-forwarded-proto': 'https',
          'x-forwarded-for': incoming.socket.remoteAddress,
        },
      },
      (got) => {
        entry.status = got.statusCode ?? 0
        entry.setCookie = got.headers['set-cookie'] ?? []
        answer.writeHead(entry.status, got.headers)
        got.pipe(answer)
      },
    )
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  return { passed, ...(await listening(server)) }
}

/** A site whose every page is what `page` gives for its address. */
export const startHttpsSite = async (tls: ServerOptions, page: (url: URL) => Promise<string>) => {
  const server = createServer(tls, (incoming, answer) => {
    page(new URL(incoming.url ?? '/', 'https://site')).then(
      (html) => answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html),
      () => answer.writeHead(500).end(),
    )
  })
  return listening(server)
}
