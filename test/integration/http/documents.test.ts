/** Documents over HTTP: what is let in, what is not and leaves nothing behind, and how they are given out again. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { sql } from 'kysely'
import { beginFile } from '../../../db/documents/files.repo.ts'
import { eraseClient } from '../../../src/clients/erase-client.ts'
import { exportClient } from '../../../src/clients/export-client.ts'
import { applyRetention } from '../../../src/clients/retention.ts'
import { addDocument } from '../../../src/documents/add-document.ts'
import { findLostDocuments } from '../../../src/documents/find-lost.ts'
import { openDocument } from '../../../src/documents/get-documents.ts'
import {
  deleteLooseObjects,
  discardContent,
  keepContent,
  keyOf,
  writeObject,
} from '../../../src/documents/keep-content.ts'
import { AppError } from '../../../src/errors.ts'
import { createObjectStore } from '../../../src/object-store/object-store.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { aClient, aConnection, type BuiltConnection } from '../../support/builders.ts'
import { type S3Server, startS3Server } from '../../support/s3-server.ts'
import { ids, stage } from '../../support/staged.ts'
import { waitFor } from '../../support/wait-for.ts'
import { settle } from '../cases/support.ts'
import { signIn, signToken, startPortal, type TestPortal } from './portal-fixture.ts'

const limit = 25 * 1024 * 1024
const quota = 30 * 1024 * 1024

describe.each([
  ['in PostgreSQL', false],
  ['in an S3-compatible store', true],
] as const)('documents kept %s', (_where, inStore) => {
  let portal: TestPortal
  let s3: S3Server | undefined
  let origin: string
  let acme: BuiltConnection
  let headers: Record<string, string>
  let strangers: Record<string, string>
  let caseIds: readonly string[]

  const auth = async (client_id: string) => ({ authorization: `Bearer ${await signToken({ client_id })}` })
  const clients = ['acme', 'stranger', 'hoarder']
  beforeAll(async () => {
    s3 = inStore ? await startS3Server() : undefined
    portal = await startPortal({ config: { uploadQuotaBytes: quota }, documentStore: s3?.store })
    origin = await portal.app.listen({ port: 0, host: '127.0.0.1' })
    for (const id of clients) await aClient(portal.ctx.db, { id })
    acme = await aConnection(portal.ctx, { clientId: 'acme' })
    headers = await auth('acme')
    strangers = await auth('stranger')
    caseIds = await casesOf(acme, headers, 6)
  })
  afterAll(async () => {
    await portal.close()
    await s3?.close()
  })

  const casesOf = async (connection: BuiltConnection, as: Record<string, string>, count: number) => {
    await stage(
      portal.ctx.db,
      connection,
      ids(1, count).map((zohoInvoiceId) => ({ zohoInvoiceId, proven: true })),
    )
    const command = await portal.app.inject({
      method: 'POST',
      url: '/api/case-commands',
      headers: as,
      payload: { zohoInvoiceIds: ids(1, count), confirmUndisputed: true },
    })
    await settle(portal.ctx, command.json().id)
    const { items } = (await portal.app.inject({ url: '/api/cases', headers: as })).json()
    return items.map(({ id }: { id: string }) => id)
  }

  const pdf = (bytes = 2_000, mark = '%%EOF\n') => {
    const middle = randomBytes(Math.max(0, bytes - 9 - mark.length))
    return Buffer.concat([Buffer.from('%PDF-1.4\n'), middle, Buffer.from(mark)])
  }
  const png = () =>
    Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), randomBytes(500)])
  const jpg = () => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(500)])

  const documentsPath = (caseId = caseIds[0]) => `/api/cases/${caseId}/documents`
  const send = (
    content: Buffer,
    {
      name = 'scan.pdf',
      type = 'application/pdf',
      path = documentsPath(),
      as = headers,
      field = 'file',
    }: { name?: string; type?: string; path?: string; as?: Record<string, string>; field?: string } = {},
  ) => {
    const body = new FormData()
    body.append(field, new Blob([new Uint8Array(content)], { type }), name)
    return fetch(`${origin}${path}`, { method: 'POST', headers: as, body, redirect: 'manual' })
  }
  const get = (url: string, as = headers) => portal.app.inject({ url, headers: as })
  const remove = (url: string, as = headers) => portal.app.inject({ method: 'DELETE', url, headers: as })

  /** What is in the database of contents: nothing may be there that no document has. */
  const leftBehind = async () => {
    const { rows } = await sql<{ files: number; chunks: number; uploads: number }>`
    select (select count(*)::int from document_files f where not exists (select 1 from case_documents d where d.file_id = f.id)) as files,
      (select count(*)::int from document_chunks c where not exists (select 1 from case_documents d where d.file_id = c.file_id)) as chunks,
      (select count(*)::int from case_documents where kind = 'upload') as uploads`.execute(portal.database.db)
    // An object that no file has counts as one.
    const files = await portal.database.db.selectFrom('document_files').select(['id', 'sha256']).execute()
    const known = new Set(files.map(({ id, sha256 }) => `${sha256}/${id}`))
    const objects = ((await s3?.keys()) ?? []).filter((key) => !known.has(key))
    return rows[0] && { ...rows[0], files: rows[0].files + objects.length }
  }

  it.each([
    ['a PDF', pdf, 'application/pdf', 'scan.pdf'],
    ['a PNG', png, 'image/png', 'scan.png'],
    ['a JPG', jpg, 'image/jpeg', 'scan.jpg'],
  ])('%s comes back byte for byte, as a file to save that may do nothing', async (_, make, type, shown) => {
    const content = make()
    const added = await send(content, { name: 'scan.bin', type: 'application/octet-stream' })
    expect(added.status).toBe(201)
    const document = await added.json()
    expect(document).toMatchObject({
      kind: 'upload',
      state: 'stored',
      fileName: shown,
      contentType: type,
      sizeBytes: content.length,
      addedBy: 'user-1',
    })
    const url = `${documentsPath()}/${document.id}`
    const given = await get(url)
    expect(given.rawPayload.equals(content)).toBe(true)
    expect(given.headers).toMatchObject({
      'content-type': type,
      'content-length': String(content.length),
      'content-disposition': `attachment; filename="${shown}"; filename*=UTF-8''${shown}`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, no-store',
    })
    expect((await get(documentsPath())).json().items).toContainEqual(document)
    expect((await remove(url)).statusCode).toBe(204)
    expect((await get(url)).statusCode).toBe(404)
    expect(await leftBehind()).toEqual({ files: 0, chunks: 0, uploads: 0 })
  })

  it('25 MB to the byte are taken and given out in pieces; a byte more is not', async () => {
    const content = pdf(limit)
    const added = await send(content)
    expect(added.status).toBe(201)
    const { id } = await added.json()
    const given = Buffer.from(
      await (await fetch(`${origin}${documentsPath()}/${id}`, { headers })).arrayBuffer(),
    )
    expect(given.equals(content)).toBe(true)
    const { rows } = await sql<{ longest: number }>`
    select max(length(bytes))::int as longest from document_chunks`.execute(portal.database.db)
    expect(rows[0]?.longest ?? null).toBe(inStore ? null : 256 * 1024)
    await remove(`${documentsPath()}/${id}`)
    expect((await (await send(pdf(limit + 1))).json()).code).toBe('document_too_large')
    const announced = await portal.app.inject({
      method: 'POST',
      url: documentsPath(),
      headers: {
        ...headers,
        'content-type': 'multipart/form-data; boundary=b',
        'content-length': String(limit + 1_000_000),
      },
      payload: '--b',
    })
    expect(announced.json().code).toBe('document_too_large')
    expect(await leftBehind()).toEqual({ files: 0, chunks: 0, uploads: 0 })
  })

  // Refused before anything is stored anywhere.
  if (!inStore)
    describe('what is hostile', () => {
      const html = Buffer.from('<!doctype html><script>alert(1)</script>')
      const zip = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(5_000)])

      it.each<[string, Buffer, string]>([
        ['HTML that is named and declared a PDF', html, 'document_type_unknown'],
        ['HTML before a PDF', Buffer.concat([html, pdf()]), 'document_type_unknown'],
        ['blanks before a PDF', Buffer.concat([Buffer.from('\n'), pdf()]), 'document_type_unknown'],
        ['SVG with a script', Buffer.from('<svg onload="alert(1)"/>'), 'document_type_unknown'],
        ['a zip, which might be a bomb', zip, 'document_type_unknown'],
        ['GIF', Buffer.from('GIF89a<script>'), 'document_type_unknown'],
        ['seven bytes of a PNG', png().subarray(0, 7), 'document_type_unknown'],
        ['nothing', Buffer.alloc(0), 'document_type_unknown'],
        ['a PDF that is cut off', pdf(5_000, ''), 'document_damaged'],
      ])('%s is refused and leaves nothing behind', async (_, content, code) => {
        const answer = await send(content)
        expect([answer.status >= 400 && answer.status < 500, (await answer.json()).code]).toEqual([
          true,
          code,
        ])
        expect(await leftBehind()).toEqual({ files: 0, chunks: 0, uploads: 0 })
      })

      it.each([
        ['../../etc/passwd', 'passwd.pdf'],
        ['C:\\Users\\me\\invoice.exe', 'invoice.pdf'],
        ['a\u202Efdp.exe', 'afdp.pdf'],
        ['x".pdf\r\nSet-Cookie: a=b', undefined],
        ['.htaccess', 'document.pdf'],
        ['<img src=x>.pdf', 'img src=x.pdf'],
        [`${'é'.repeat(300)}.pdf`, `${'é'.repeat(100)}.pdf`],
      ])('the name %j is no path and no header', async (name, shown) => {
        const answer = await send(pdf(), { name })
        const { id, fileName } = await answer.json()
        if (shown !== undefined) expect(fileName).toBe(shown)
        expect(fileName).not.toMatch(/[\\/\r\n"<>:\u202E]/)
        const given = await get(`${documentsPath()}/${id}`)
        expect(given.headers['set-cookie']).toBeUndefined()
        expect(given.headers['content-disposition']).toMatch(
          /^attachment; filename="[\w. -]+"; filename\*=UTF-8''[\w.%!~-]+$/,
        )
        expect((await remove(`${documentsPath()}/${id}`)).statusCode).toBe(204)
      })

      it('a PDF that is a zip or a page as well is only ever given out as a file to save', async () => {
        const polyglot = Buffer.concat([Buffer.from('%PDF-1.4\n'), html, zip, Buffer.from('%%EOF')])
        const { id } = await (await send(polyglot, { name: 'x.html', type: 'text/html' })).json()
        const { headers: given } = await get(`${documentsPath()}/${id}`)
        expect(given).toMatchObject({
          'content-type': 'application/pdf',
          'content-disposition': expect.stringMatching(/^attachment; filename="x\.pdf"/),
          'content-security-policy': "default-src 'none'; sandbox",
        })
        await remove(`${documentsPath()}/${id}`)
      })

      it.each([
        ['another content type', { 'content-type': 'application/pdf' }, pdf(), 'unsupported_media_type'],
        [
          'a form',
          { 'content-type': 'application/x-www-form-urlencoded' },
          'file=x',
          'unsupported_media_type',
        ],
        ['multipart without a boundary', { 'content-type': 'multipart/form-data' }, 'x', undefined],
        [
          'multipart that ends in the middle',
          { 'content-type': 'multipart/form-data; boundary=b' },
          '--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.4 and',
          'document_damaged',
        ],
        [
          'a field in place of a file',
          { 'content-type': 'multipart/form-data; boundary=b' },
          '--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n%PDF-1.4\r\n--b--\r\n',
          'invalid_request',
        ],
      ])('%s is refused with a reason', async (_, type, payload, code) => {
        const answer = await portal.app.inject({
          method: 'POST',
          url: documentsPath(),
          headers: { ...headers, ...type },
          payload,
        })
        expect(answer.statusCode).toBeGreaterThanOrEqual(400)
        expect(answer.statusCode).toBeLessThan(500)
        if (code !== undefined) expect(answer.json().code).toBe(code)
        expect(await leftBehind()).toEqual({ files: 0, chunks: 0, uploads: 0 })
      })

      it('a long one that is refused at its first byte is heard out, so that its sender hears why', async () => {
        // One connection: the next request has it only when the one before was read to its end.
        const agent = new Agent({ keepAlive: true, maxSockets: 1 })
        const start = Buffer.from(
          '--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n',
        )
        const body = Buffer.concat([start, Buffer.alloc(12 * 1024 * 1024, '<'), Buffer.from('\r\n--b--\r\n')])
        const statusFor = (as: Record<string, string>) =>
          new Promise<number | undefined>((done, fail) => {
            const type = { 'content-type': 'multipart/form-data; boundary=b', 'content-length': body.length }
            const sent = request(
              `${origin}${documentsPath()}`,
              { method: 'POST', agent, headers: { ...as, ...type } },
              (answer) => answer.resume().once('end', () => done(answer.statusCode)),
            )
            sent.once('error', fail).end(body)
          })
        expect([await statusFor(headers), await statusFor(strangers), await statusFor(headers)]).toEqual([
          415, 404, 415,
        ])
        agent.destroy()
        expect(await leftBehind()).toEqual({ files: 0, chunks: 0, uploads: 0 })
      })

      it('a file under another name of the form is none', async () => {
        expect((await (await send(pdf(), { field: 'other' })).json()).code).toBe('invalid_request')
      })

      it('a sender that goes away in the middle leaves nothing behind', async () => {
        const { port } = new URL(origin)
        const socket = connect(Number(port), '127.0.0.1')
        const part = `--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n`
        socket.write(
          `POST ${documentsPath()} HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers['authorization']}\r\n` +
            `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n${part}`,
        )
        socket.write(Buffer.concat([Buffer.from('%PDF-1.4\n'), randomBytes(1_000_000)]))
        await waitFor('a piece of the file', async () => {
          const { rows } = await sql`select 1 from document_chunks`.execute(portal.database.db)
          return rows.length > 0
        })
        socket.destroy()
        await waitFor('nothing of it', async () => (await leftBehind())?.files === 0)
        expect(await leftBehind()).toEqual({ files: 0, chunks: 0, uploads: 0 })
      })

      it('a sender that became too slow in the middle leaves nothing behind', async () => {
        const pieces = async function* () {
          yield Buffer.concat([Buffer.from('%PDF-1.4\n'), randomBytes(1_000_000)])
          expect(await leftBehind()).toMatchObject({ files: 1, uploads: 0 })
          throw new AppError('upload_too_slow')
        }
        await expect(
          addDocument(
            portal.ctx,
            { clientId: 'acme', subject: 'somebody', caseId: caseIds[0] ?? '' },
            { fileName: 'a.pdf', content: pieces() },
          ),
        ).rejects.toMatchObject({ code: 'upload_too_slow' })
        expect(await leftBehind()).toEqual({ files: 0, chunks: 0, uploads: 0 })
      })

      it('nobody adds to, reads or deletes from another client’s case', async () => {
        const { id } = await (await send(pdf())).json()
        const url = `${documentsPath()}/${id}`
        expect((await send(pdf(), { as: strangers })).status).toBe(404)
        expect((await get(documentsPath(), strangers)).statusCode).toBe(404)
        expect((await get(url, strangers)).statusCode).toBe(404)
        expect((await remove(url, strangers)).statusCode).toBe(404)
        expect((await get(`${documentsPath(caseIds[1])}/${id}`)).statusCode).toBe(404)
        expect((await send(pdf(), { as: {} })).status).toBe(401)
        expect((await remove(url)).statusCode).toBe(204)
        expect(await leftBehind()).toEqual({ files: 0, chunks: 0, uploads: 0 })
      })
    })

  it('the same content twice is one document, and its content is kept once for all cases of a client', async () => {
    const content = pdf()
    const first = await (await send(content)).json()
    const again = await (await send(content, { name: 'other.pdf' })).json()
    expect(again).toEqual(first)
    const elsewhere = await (await send(content, { path: documentsPath(caseIds[1]) })).json()
    expect(elsewhere.id).not.toBe(first.id)
    const { rows } = await sql`select 1 from document_files`.execute(portal.database.db)
    expect(rows).toHaveLength(1)
    await remove(`${documentsPath()}/${first.id}`)
    const given = await get(`${documentsPath(caseIds[1])}/${elsewhere.id}`)
    expect(given.rawPayload.equals(content)).toBe(true)
    await remove(`${documentsPath(caseIds[1])}/${elsewhere.id}`)
    expect(await leftBehind()).toEqual({ files: 0, chunks: 0, uploads: 0 })
  })

  it('several at once stay within the quota of a client', async () => {
    const hoarder = await aConnection(portal.ctx, { clientId: 'hoarder', organizationId: '77' })
    const as = await auth('hoarder')
    const [caseId = ''] = await casesOf(hoarder, as, 1)
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => send(pdf(10 * 1024 * 1024), { as, path: documentsPath(caseId) })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 409])
    const refused = answers.filter(({ status }) => status === 409).map((answer) => answer.json())
    expect(await Promise.all(refused)).toMatchObject([{ code: 'document_quota_exceeded' }])
    expect(await leftBehind()).toMatchObject({ files: 0, chunks: 0, uploads: 3 })
  })

  it('a case that is not new any more keeps its documents, and takes none', async () => {
    const [, , caseId = ''] = caseIds
    const path = documentsPath(caseId)
    const { id } = await (await send(pdf(), { path })).json()
    const withdrawn = await portal.app.inject({
      method: 'POST',
      url: `/api/cases/${caseId}/withdraw`,
      headers,
      payload: { reason: 'Paid in cash' },
    })
    expect(withdrawn.statusCode).toBe(200)
    expect((await (await send(pdf(), { path })).json()).code).toBe('document_kept')
    expect((await remove(`${path}/${id}`)).json().code).toBe('document_kept')
    const [copy] = (await get(path)).json().items
    expect((await remove(`${path}/${copy.id}`)).json().code).toBe('document_kept')
  })

  if (!inStore)
    describe('in a browser', () => {
      it('a form without a script adds a document; a foreign page cannot', async () => {
        const [, , , caseId = ''] = caseIds
        const cookie = await signIn(portal)
        const site = (name: string) => ({ cookie, 'sec-fetch-site': name, accept: 'text/html' })
        const path = `/cases/${caseId}/documents`
        const foreign = await send(pdf(), { path, as: site('cross-site') })
        expect(foreign.status).toBe(403)
        const added = await send(pdf(), { path, as: site('same-origin') })
        expect([added.status, added.headers.get('location')]).toEqual([303, `/cases/${caseId}`])
        const refused = await send(Buffer.from('<html>'), { path, as: site('same-origin') })
        expect(refused.status).toBe(415)
        const page = await refused.text()
        expect(page).toContain('Only PDF, JPG and PNG files can be added.')
        expect(page).toContain('scan.pdf')
        const [, document] = (await get(documentsPath(caseId))).json().items
        const deleted = await portal.app.inject({
          method: 'POST',
          url: `${path}/${document.id}/delete`,
          headers: site('same-origin'),
        })
        expect([deleted.statusCode, deleted.headers.location]).toEqual([303, `/cases/${caseId}`])
        expect((await get(documentsPath(caseId))).json().items).toHaveLength(1)
      })

      it('a copy that did not come is asked for again', async () => {
        const [, , , , caseId = ''] = caseIds
        const [copy] = (await get(documentsPath(caseId))).json().items
        const again = () =>
          portal.app.inject({ method: 'POST', url: `${documentsPath(caseId)}/${copy.id}/fetch`, headers })
        await sql`
      update case_documents set state = 'failed', error_code = 'zoho_document_invalid', next_attempt_at = null, attempts = 12
      where id = ${copy.id}`.execute(portal.database.db)
        const cookie = await signIn(portal)
        const page = await get(`/cases/${caseId}`, { cookie, accept: 'text/html' })
        expect(page.body).toContain('Zoho Books gave no usable PDF of this invoice.')
        expect((await again()).statusCode).toBe(202)
        expect((await get(documentsPath(caseId))).json().items[0]).toMatchObject({ state: 'pending' })
        expect(portal.ctx.nudged).toContainEqual({ job: 'fetch-invoice-pdf', id: copy.id })
      })
    })

  it('the list of cases tells those that are complete from the others', async () => {
    const listed = async (evidence: string) =>
      (await get(`/api/cases?evidence=${evidence}`)).json().items.map(({ id }: { id: string }) => id)
    await sql`update cases set evidence_required = '{file}' where id = ${caseIds[5]}`.execute(
      portal.database.db,
    )
    expect(await listed('incomplete')).toEqual([caseIds[5]])
    const one = async () => (await get(`/api/cases/${caseIds[5]}`)).json().evidence
    expect(await one()).toEqual({ required: ['file'], present: [], onItsWay: ['file'], complete: false })
    await send(pdf(), { path: documentsPath(caseIds[5]) })
    expect(await one()).toEqual({ required: ['file'], present: ['file'], onItsWay: [], complete: true })
    expect(await listed('incomplete')).toEqual([])
    expect((await get('/api/cases?evidence=perhaps')).statusCode).toBe(400)
  })

  if (inStore) {
    const server = () => s3 as S3Server
    afterEach(() => server().fail(undefined))

    it.each(['down', 'cut-up'] as const)(
      'an upload while the store is %s is refused for now and leaves nothing behind',
      async (fault) => {
        const content = pdf(400_000)
        server().fail(fault)
        const refused = await send(content)
        expect([refused.status, (await refused.json()).code]).toEqual([503, 'document_store_unavailable'])
        expect(refused.headers.get('retry-after')).not.toBeNull()
        const { checks, status, documentStore } = (await get('/readyz')).json()
        if (fault !== 'cut-up')
          expect([status, checks.database.ok, documentStore]).toEqual([
            'ready',
            true,
            { ok: false, code: 'document_store_unavailable' },
          ])
        server().fail(undefined)
        await deleteLooseObjects(portal.ctx)
        expect((await leftBehind())?.files).toBe(0)
        const { id } = await (await send(content)).json()
        expect((await get(`${documentsPath()}/${id}`)).rawPayload.equals(content)).toBe(true)
        await remove(`${documentsPath()}/${id}`)
        expect(await server().keys()).toEqual(await keysOfFiles())
      },
    )

    const keysOfFiles = async () => {
      const files = await portal.database.db.selectFrom('document_files').select(['id', 'sha256']).execute()
      return expect.arrayContaining(files.map(({ id, sha256 }) => `${sha256}/${id}`))
    }

    it('what the store cuts off, or gives other bytes of, never arrives as a whole file', async () => {
      const content = pdf(300_000)
      const { id, sha256 } = await (await send(content)).json()
      const read = async () => {
        const answer = await fetch(`${origin}${documentsPath()}/${id}`, { headers })
        if (!answer.ok) throw new Error((await answer.json()).code)
        return Buffer.from(await answer.arrayBuffer())
      }
      server().fail('cut-down')
      await expect(read()).rejects.toThrow(/terminated|document_store_unavailable/)
      server().fail(undefined)
      expect((await read()).equals(content)).toBe(true)
      const key = (await server().keys()).find((one) => one.startsWith(sha256)) ?? ''
      await server().overwrite(key, Buffer.concat([content.subarray(0, -1), Buffer.from('x')]))
      await expect(read()).rejects.toThrow(/terminated|document_lost/)
      expect(await findLostDocuments(portal.ctx)).toEqual([])
      await server().store.remove(key)
      expect(await findLostDocuments(portal.ctx)).toEqual([key])
      expect((await get(`${documentsPath()}/${id}`)).json().code).toBe('document_lost')
      expect(portal.logged.filter((line) => line.includes('documents.content_lost'))).toHaveLength(2)
      expect((await remove(`${documentsPath()}/${id}`)).statusCode).toBe(204)
    })

    it('a store that takes what is sent and never answers is down after a while', async () => {
      server().fail('silent')
      const store = createObjectStore(server().config, { silenceMs: 50, pauseMs: 1 })
      const object = { key: 'a', sha256: '0'.repeat(64), sizeBytes: 1, open: () => [Buffer.from('a')] }
      await expect(store.put(object)).rejects.toMatchObject({ code: 'document_store_unavailable' })
      await expect(store.get('a')).rejects.toMatchObject({ code: 'document_store_unavailable' })
    })

    it.each([
      ['another secret', { secretAccessKey: 'another secret of nobody' }],
      ['another key', { accessKeyId: 'NOBODY' }],
      ['a bucket that is not there', { bucket: 'elsewhere' }],
    ])('%s is told as a wrong set-up, and is said by no log', async (_, wrong) => {
      const store = createObjectStore({ ...server().config, ...wrong })
      await expect(store.check()).rejects.toMatchObject({ code: 'document_store_misconfigured' })
      const lines: string[] = []
      const log = createLogger({ level: 'trace', destination: { write: (line) => void lines.push(line) } })
      await store
        .put({ key: 'a', sha256: '0'.repeat(64), sizeBytes: 1, open: () => [Buffer.from('a')] })
        .catch((err: unknown) => log.error({ err }))
      expect(lines.join()).toContain('document_store_misconfigured')
      expect(lines.join()).not.toMatch(/secret of|S3RVER|NOBODY|Signature=/)
    })

    it('one that was stored before there was a store is read where it is, also when the store is gone again', async () => {
      const content = pdf()
      const before = { ...portal.ctx, documentStore: undefined }
      const request = { clientId: 'acme', subject: 'user-1', caseId: caseIds[0] as string }
      const upload = async function* () {
        yield content
      }
      const documentId = await addDocument(before, request, { fileName: 'old.pdf', content: upload() })
      expect((await get(`${documentsPath()}/${documentId}`)).rawPayload.equals(content)).toBe(true)
      const { id } = await (await send(pdf())).json()
      await expect(
        openDocument(before, { clientId: 'acme', caseId: request.caseId, documentId: id }),
      ).rejects.toMatchObject({ code: 'document_store_misconfigured' })
      for (const one of [documentId, id]) await remove(`${documentsPath()}/${one}`)
    })

    it('an object whose writer died goes with retention, and its late writer gets no document of it', async () => {
      const content = pdf()
      const sha256 = createHash('sha256').update(content).digest('hex')
      const fileId = randomUUID()
      await beginFile(portal.ctx.db, { fileId, clientId: 'acme' })
      const file = { fileId, clientId: 'acme', sha256, sizeBytes: content.length }
      const written = await writeObject(portal.ctx, file, () => [content])
      expect(await server().keys()).toContain(keyOf(file))
      await applyRetention(portal.ctx)
      expect(await server().keys()).toContain(keyOf(file))
      await sql`update loose_objects set delete_after = now()`.execute(portal.database.db)
      await applyRetention(portal.ctx)
      expect(await server().keys()).not.toContain(keyOf(file))
      await expect(
        portal.ctx.db.transaction().execute((trx) => keepContent(trx, written)),
      ).rejects.toMatchObject({ code: 'document_store_unavailable' })
      await discardContent(portal.ctx, fileId)
      expect((await leftBehind())?.files).toBe(0)
    })

    it('a content that is deleted and added at the same time is there for every document that has it', async () => {
      await sql`delete from rate_limits`.execute(portal.database.db)
      const content = pdf(5_000)
      const round = async (caseId: string) => {
        for (let at = 0; at < 5; at += 1) {
          const { id } = await (await send(content, { path: documentsPath(caseId) })).json()
          const given = await get(`${documentsPath(caseId)}/${id}`)
          expect(given.rawPayload.equals(content)).toBe(true)
          expect((await remove(`${documentsPath(caseId)}/${id}`)).statusCode).toBe(204)
        }
      }
      await Promise.all([caseIds[0], caseIds[1], caseIds[5]].map((caseId) => round(caseId as string)))
      await deleteLooseObjects(portal.ctx)
      expect((await leftBehind())?.files).toBe(0)
    })

    it('an export has the bytes, and an erased client without a case has none in the store', async () => {
      await sql`delete from rate_limits`.execute(portal.database.db)
      const content = pdf(300_000)
      const { id, sha256 } = await (await send(content)).json()
      let text = ''
      await exportClient(portal.ctx, { clientId: 'acme', operator: 'tests' }, async (part) => {
        text += part
      })
      const { documentFiles, documentObjects } = JSON.parse(text)
      const file = documentFiles.find((one: { sha256: string }) => one.sha256 === sha256)
      const bytes = documentObjects
        .filter((one: { file_id: string }) => one.file_id === file.id)
        .map((one: { bytes: string }) => Buffer.from(one.bytes, 'base64'))
      expect(bytes).toHaveLength(2)
      expect(Buffer.concat(bytes).equals(content)).toBe(true)
      await sql`delete from case_documents where id = ${id}`.execute(portal.database.db)
      await eraseClient(portal.ctx, { clientId: 'acme', operator: 'tests' })
      expect(await server().keys()).not.toContain(`${sha256}/${file.id}`)
    })
  }
})
