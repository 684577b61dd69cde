/**
 * The public catalogue of events: what each type means, what it is about and what its data are. Ids and the fields that
 * changed, never more of a debtor; whoever wants the rest asks the API for the subject. Fields may be added, and are never taken
 * away or changed. The rows are written by triggers (`db/migrations/`), which a test holds to these schemas.
 */
import { z } from 'zod'

/** What the subject of an event is the id of. */
export type EventSubject = 'connection' | 'run' | 'command' | 'case'

interface EventType {
  readonly subject: EventSubject
  readonly meaning: string
  readonly data: z.ZodObject
}

const count = z.number().int().min(0)
const amount = z.string().regex(/^\d+(\.\d+)?$/)
const problemCode = z.string().nullable().describe('A code of docs/operations.md')
const ofConnection = { organizationId: z.string(), dataCenter: z.string() }
const ofRun = { connectionId: z.uuid(), organizationId: z.string(), kind: z.enum(['full', 'incremental']) }
const ofCase = { reference: z.string(), organizationId: z.string(), zohoInvoiceId: z.string() }

export const eventCatalogue = {
  'connection.connected': {
    subject: 'connection',
    meaning: 'A client connected an organization of Zoho Books.',
    data: z.object({ ...ofConnection, organizationName: z.string() }),
  },
  'connection.reconnect_required': {
    subject: 'connection',
    meaning: 'The grant is gone: nothing is read until the client connects again.',
    data: z.object({ ...ofConnection, problemCode }),
  },
  'connection.recovered': {
    subject: 'connection',
    meaning: 'It works again: the client connected again, or a run that kept failing went through.',
    data: z.object({ ...ofConnection, previousState: z.enum(['reconnect_required', 'error']) }),
  },
  'connection.disconnected': {
    subject: 'connection',
    meaning: 'The connection has ended: tokens and staged invoices are gone, cases stay.',
    data: z.object(ofConnection),
  },
  'sync.completed': {
    subject: 'run',
    meaning: 'A run went through its list.',
    data: z.object({
      ...ofRun,
      rows: z.object({
        read: count,
        new: count,
        changed: count,
        unchanged: count,
        setAside: count,
        closed: count,
      }),
    }),
  },
  'sync.failed': {
    subject: 'run',
    meaning: 'A run was given up; the next one is scheduled, unless the connection has to be made again.',
    data: z.object({ ...ofRun, problemCode }),
  },
  'command.completed': {
    subject: 'command',
    meaning: 'Every item of a Create Cases command has its outcome.',
    data: z.object({
      counts: z.object({ total: count, created: count, duplicate: count, ineligible: count, failed: count }),
    }),
  },
  'case.created': {
    subject: 'case',
    meaning: 'An invoice became a collection case.',
    data: z.object({
      ...ofCase,
      commandId: z.uuid(),
      amountToRecover: amount,
      currencyCode: z.string(),
    }),
  },
  'case.invoice_changed': {
    subject: 'case',
    meaning: 'The invoice of a case was paid, in part or wholly, voided, removed, or is unpaid again.',
    data: z.object({
      ...ofCase,
      invoiceState: z.enum(['unpaid', 'partly_paid', 'paid', 'void', 'removed']),
      outstanding: amount,
      currencyCode: z.string(),
    }),
  },
  'case.description_changed': {
    subject: 'case',
    meaning:
      'The client added a description to a case, or changed it; what the case still needs may have changed with it.',
    data: z.object(ofCase),
  },
  'case.withdrawn': {
    subject: 'case',
    meaning: 'The client withdrew a case.',
    data: z.object({ ...ofCase, status: z.literal('withdrawn') }),
  },
  'case.reinstated': {
    subject: 'case',
    meaning: 'A withdrawn case is pursued again.',
    data: z.object({ ...ofCase, status: z.literal('pending_verification') }),
  },
  'case.document_added': {
    subject: 'case',
    meaning: 'A document was added to a case.',
    data: z.object({ ...ofCase, documentId: z.uuid() }),
  },
} as const satisfies Record<string, EventType>

export type EventTypeName = keyof typeof eventCatalogue

export const eventTypeNames = Object.keys(eventCatalogue) as [EventTypeName, ...EventTypeName[]]
