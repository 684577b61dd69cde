/** A certificate authority that nobody knows, and a certificate of it for 127.0.0.1. */
import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0

export interface Certificates {
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

/** Writes PEM files into `directory`. @returns their paths. */
export const makeCertificates = (directory: string): Certificates => {
  const path = (name: string) => join(directory, name)
  const openssl = (...options: string[]) => execFileSync('openssl', options, { stdio: 'pipe' })
  const request = (name: string, subject: string, ...options: string[]) =>
    openssl(
      ...['req', '-new', '-newkey', 'rsa:2048', '-nodes', '-subj', subject],
      ...['-keyout', path(`${name}.key`), ...options],
    )
  request('authority', '/CN=Unknown Authority', '-x509', '-days', '2', '-out', path('authority.pem'))
  request('redis', '/CN=redis', '-out', path('redis.csr'))
  writeFileSync(path('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n')
  openssl(
    ...['x509', '-req', '-days', '2', '-in', path('redis.csr'), '-out', path('redis.pem')],
    ...['-CA', path('authority.pem'), '-CAkey', path('authority.key'), '-CAcreateserial'],
    ...['-extfile', path('names')],
  )
  return { authority: path('authority.pem'), certificate: path('redis.pem'), key: path('redis.key') }
}
