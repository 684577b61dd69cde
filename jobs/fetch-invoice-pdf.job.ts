import { z } from 'zod'
import { askAgainForCopy } from '../db/documents/case-documents.repo.ts'
import { fetchInvoicePdf, invoicePdfFailed } from '../src/documents/fetch-invoice-pdf.ts'
import { defineJob } from './define-job.ts'

/** Fetches the copy of a case's invoice from Zoho. */
export const fetchInvoicePdfJob = defineJob({
  queue: 'documents',
  name: 'fetch-invoice-pdf',
  data: z.object({ documentId: z.uuid() }),
  retry: { attempts: 3, baseMs: 5_000, maxMs: 60_000 },
  key: ({ documentId }) => documentId,
  run: (ctx, { documentId }, { signal }) => fetchInvoicePdf(ctx, documentId, { signal }),
  failed: (ctx, { documentId }, { error, last }) => invoicePdfFailed(ctx, documentId, error, { last }),
  rearm: (ctx, { documentId }) => askAgainForCopy(ctx.db, documentId, { byJob: true }),
})
