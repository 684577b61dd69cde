/** What belongs to a case in writing: the copy of its invoice, and what the client adds. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { documentTypes } from '../../../db/core/schema.ts'
import type { Ctx } from '../../context.ts'
import { addDocument, maxDocumentBytes } from '../../documents/add-document.ts'
import { fetchCopyAgain, removeDocument } from '../../documents/change-documents.ts'
import { listCaseDocuments, openDocument } from '../../documents/get-documents.ts'
import { problemResponses } from '../http/problem.ts'
import { acceptUploads, receiveFile, uploadLimit } from '../http/upload.ts'
import { callerOf } from './caller.ts'
import { isoTime } from './values.ts'

const documentView = z
  .object({
    id: z.uuid(),
    kind: z
      .enum(['invoice', 'upload'])
      .describe('invoice: Zoho’s PDF of the invoice, as it was when the case was made'),
    state: z.enum(['pending', 'stored', 'failed']).describe('pending: on its way; failed: it does not come'),
    fileName: z.string(),
    contentType: z.enum(documentTypes),
    sizeBytes: z.int().nullable(),
    sha256: z.string().nullable(),
    addedBy: z.string().describe('zoho for the copy of the invoice'),
    createdAt: isoTime,
    storedAt: isoTime.nullable(),
    problem: z
      .object({ code: z.string(), message: z.string() })
      .meta({ id: 'DocumentProblem' })
      .nullable()
      .describe('Why it is not there, or not yet'),
  })
  .meta({
    id: 'CaseDocument',
    example: {
      id: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
      kind: 'invoice',
      state: 'stored',
      fileName: 'INV-00042.pdf',
      contentType: 'application/pdf',
      sizeBytes: 48_213,
      sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      addedBy: 'zoho',
      createdAt: '2026-06-10T12:00:02.000Z',
      storedAt: '2026-06-10T12:00:05.000Z',
      problem: null,
    },
  })

const documentList = z.object({ items: z.array(documentView).readonly() }).meta({ id: 'CaseDocumentList' })

const file = {
  description: 'The file, to be saved',
  content: Object.fromEntries(documentTypes.map((type) => [type, { schema: z.any() }])),
}

const caseParam = z.object({ id: z.uuid() })
const documentParam = caseParam.extend({ documentId: z.uuid() })

/** Names in a header: plain for old readers, and as it is for the others (RFC 6266). */
const attachment = (name: string): string => {
  const plain = name.replace(/[^\w. -]/g, '_')
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}

export const documentRoutes: FastifyPluginAsyncZod<{ ctx: Ctx }> = async (app, { ctx }) => {
  app.route({
    method: 'GET',
    url: '/api/cases/:id/documents',
    schema: {
      tags: ['Cases'],
      summary: 'The documents of a case, the oldest first',
      params: caseParam,
      response: { 200: documentList, ...problemResponses },
    },
    handler: async ({ identity, params }) => ({
      items: await listCaseDocuments(ctx, { clientId: identity.clientId, caseId: params.id }),
    }),
  })

  app.route({
    method: 'GET',
    url: '/api/cases/:id/documents/:documentId',
    exposeHeadRoute: false,
    schema: {
      tags: ['Cases'],
      summary: 'One document, as a file to save',
      params: documentParam,
      response: { 200: file, ...problemResponses },
    },
    handler: async ({ identity, params }, reply) => {
      const { content, fileName, contentType, sizeBytes } = await openDocument(ctx, {
        clientId: identity.clientId,
        caseId: params.id,
        documentId: params.documentId,
      })
      // What strangers made is saved and never shown by us; if a browser shows it all the same, it may do nothing there.
      return reply
        .type(contentType)
        .header('content-length', sizeBytes)
        .header('content-disposition', attachment(fileName))
        .header('content-security-policy', "default-src 'none'; sandbox")
        .header('x-content-type-options', 'nosniff')
        .header('cache-control', 'private, no-store')
        .send(content)
    },
  })

  app.route({
    method: 'DELETE',
    url: '/api/cases/:id/documents/:documentId',
    schema: {
      tags: ['Cases'],
      summary: 'Deletes an upload while the case is new',
      params: documentParam,
      response: { 204: z.undefined().describe('Deleted'), ...problemResponses },
    },
    handler: async (request, reply) => {
      const { id: caseId, documentId } = request.params
      await removeDocument(ctx, { ...callerOf(request), caseId, documentId })
      return reply.code(204).send()
    },
  })

  app.route({
    method: 'POST',
    url: '/api/cases/:id/documents/:documentId/fetch',
    schema: {
      tags: ['Cases'],
      summary: 'Asks Zoho once more for the copy of an invoice that did not come',
      params: documentParam,
      response: { 202: z.undefined().describe('Asked for'), ...problemResponses },
    },
    handler: async (request, reply) => {
      const { id: caseId, documentId } = request.params
      await fetchCopyAgain(ctx, { ...callerOf(request), caseId, documentId })
      return reply.code(202).send()
    },
  })

  await app.register(uploadRoutes, { ctx })
}

/** In a scope of its own: no other route reads multipart. */
const uploadRoutes: FastifyPluginAsyncZod<{ ctx: Ctx }> = async (app, { ctx }) => {
  await acceptUploads(app, maxDocumentBytes)
  app.route({
    method: 'POST',
    url: '/api/cases/:id/documents',
    config: uploadLimit,
    schema: {
      tags: ['Cases'],
      summary: 'Adds a PDF, JPG or PNG of up to 25 MB to a new case, as part `file` of multipart/form-data',
      consumes: ['multipart/form-data'],
      params: caseParam,
      response: { 201: documentView, ...problemResponses },
    },
    handler: async (request, reply) => {
      const { id: caseId } = request.params
      const { clientId, ...person } = callerOf(request)
      const documentId = await receiveFile(request, (received) =>
        addDocument(ctx, { ...person, clientId, caseId }, received),
      )
      const documents = await listCaseDocuments(ctx, { clientId, caseId })
      const added = documents.find(({ id }) => id === documentId)
      return reply.code(201).send(added as NonNullable<typeof added>)
    },
  })
}
