/** The client's cases: what was created, from what, with which proof. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { caseSorts } from '../../../db/cases/portal-cases.repo.ts'
import { invoiceStates } from '../../../db/core/schema.ts'
import { casesCsv } from '../../cases/cases-csv.ts'
import { caseDescription, describeCase } from '../../cases/describe-case.ts'
import { getBalanceNow, getCase, listClientCases, totalClientCases } from '../../cases/get-case.ts'
import { reinstateCase, withdrawCase } from '../../cases/withdraw-case.ts'
import type { Ctx } from '../../context.ts'
import { problemResponses } from '../http/problem.ts'
import { zohoCallLimit } from '../http/rate-limits.ts'
import { callerOf } from './caller.ts'
import { csvFile, sendCsv } from './csv.ts'
import { debtorExample, money } from './debtor-view.ts'
import { invoiceView } from './invoices.routes.ts'
import { pageOf, pageQuery, presentPage, readCursor } from './paging.ts'
import { isoTime } from './values.ts'

const proofView = z
  .object({
    amount: z.string(),
    currencyCode: z.string(),
    creditorReference: z.string().nullable(),
    claimDescription: z.string().nullable(),
    zohoStatus: z.string(),
    zohoModifiedAt: z.string().nullable(),
    zohoTime: z
      .string()
      .nullable()
      .describe('Zoho’s own clock when it answered; null when it gave none that can be'),
    requestedAt: z.string().describe('Our time just before Zoho was asked: later than the command'),
    source: z.enum(['invoice', 'full_run']).describe('Re-read by id, or seen by a completed full list'),
  })
  .meta({ id: 'CaseProof' })

const caseStatus = z.enum(['pending_verification', 'withdrawn'])
const invoiceState = z
  .enum(invoiceStates)
  .describe('What became of the invoice; partly_paid: less is left than the case claims')

const caseEventView = z
  .object({
    type: z.enum(['created', 'invoice_changed', 'description_changed', 'withdrawn', 'reinstated']),
    at: isoTime,
    invoiceState,
    outstanding: money,
    actor: z.string().describe('Who did it; zoho for a change of the invoice'),
    reason: z.string().nullable(),
  })
  .meta({ id: 'CaseEvent' })

const evidence = z.enum(['file', 'description'])
const evidenceView = z
  .object({
    required: z
      .array(evidence)
      .readonly()
      .describe('What the claim needs in writing, by its value and against whom it is'),
    present: z.array(evidence).readonly(),
    onItsWay: z.array(evidence).readonly().describe('Being fetched from Zoho Books'),
    complete: z.boolean(),
  })
  .meta({ id: 'CaseEvidence' })

const caseView = z
  .object({
    ...invoiceView.omit({
      customerId: true,
      eligibleFrom: true,
      caseReference: true,
      caseStatus: true,
      paymentExpectedDate: true,
      subStatus: true,
      unusedCredits: true,
    }).shape,
    id: z.uuid(),
    reference: z.string(),
    status: caseStatus,
    withdrawnReason: z.string().nullable(),
    createdAt: isoTime,
    createdBy: z.string(),
    commandId: z.uuid(),
    zohoOrganizationId: z.string(),
    provenAt: isoTime.describe(
      'Zoho was asked after this moment, which is later than the command, and said that the invoice is unpaid',
    ),
    proof: proofView,
    invoiceState,
    outstanding: money.describe('What is left to pay of the invoice now; 0 once it is paid, void or removed'),
    invoiceStateSince: isoTime,
    invoiceAsOf: isoTime.describe('Zoho’s last word about the invoice'),
    followedUntil: isoTime.nullable().describe('Null while a connection follows the invoice'),
    describedBy: z.string().nullable().describe('Who wrote the description; null: it is that of the invoice'),
    evidence: evidenceView,
    events: z.array(caseEventView).readonly().describe('Oldest first'),
  })
  .meta({
    id: 'Case',
    example: {
      id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
      reference: 'K7M2X9QP',
      status: 'pending_verification',
      withdrawnReason: null,
      createdAt: '2026-06-10T12:00:02.000Z',
      createdBy: 'user-1',
      commandId: '0f8fad5b-d9cb-469f-a165-70867728950e',
      zohoOrganizationId: '10234695',
      zohoInvoiceId: '982000000567114',
      creditorReference: 'INV-00042',
      date: '2026-03-01',
      dueDate: '2026-03-31',
      amountToRecover: '690.00',
      currencyCode: 'EUR',
      claimDescription: 'PO 4711',
      debtor: debtorExample,
      zohoStatus: 'overdue',
      daysOverdue: 71,
      eligible: false,
      blockers: [],
      warnings: [],
      caseId: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
      zohoUrl: 'https://books.zoho.eu/app/10234695#/invoices/982000000567114',
      provenAt: '2026-06-10T12:00:01.000Z',
      proof: {
        amount: '690.00',
        currencyCode: 'EUR',
        creditorReference: 'INV-00042',
        claimDescription: 'PO 4711',
        zohoStatus: 'overdue',
        zohoModifiedAt: '2026-05-01T08:00:00.000Z',
        zohoTime: '2026-06-10T12:00:01.000Z',
        requestedAt: '2026-06-10T12:00:01.000Z',
        source: 'invoice',
      },
      invoiceState: 'partly_paid',
      outstanding: '290.00',
      invoiceStateSince: '2026-06-17T09:30:00.000Z',
      invoiceAsOf: '2026-06-17T09:30:00.000Z',
      followedUntil: null,
      describedBy: null,
      evidence: { required: [], present: ['file'], onItsWay: [], complete: true },
      events: [
        {
          type: 'created',
          at: '2026-06-10T12:00:02.000Z',
          invoiceState: 'unpaid',
          outstanding: '690.00',
          actor: 'user-1',
          reason: null,
        },
        {
          type: 'invoice_changed',
          at: '2026-06-17T09:30:00.000Z',
          invoiceState: 'partly_paid',
          outstanding: '290.00',
          actor: 'zoho',
          reason: null,
        },
      ],
    },
  })

const caseDetail = caseView
  .extend({
    trail: z
      .array(
        z
          .object({
            at: isoTime,
            actor: z.string(),
            action: z.string(),
            details: z.record(z.string(), z.unknown()).readonly(),
          })
          .meta({ id: 'CaseTrailEntry' }),
      )
      .readonly(),
  })
  .meta({ id: 'CaseDetail' })

const balanceView = z
  .union([
    z
      .object({
        state: z.literal('found'),
        balance: money,
        currencyCode: z.string().nullable(),
        zohoStatus: z.string(),
        readAt: isoTime,
      })
      .meta({ id: 'BalanceFound' }),
    z.object({ state: z.literal('removed'), readAt: isoTime }).meta({ id: 'BalanceRemoved' }),
  ])
  .meta({ id: 'BalanceNow' })

const caseTotalView = z
  .object({
    invoiceState,
    currencyCode: z.string(),
    count: z.number().int(),
    amountToRecover: money,
    outstanding: money,
  })
  .meta({ id: 'CaseTotal' })

const casePage = pageOf(caseView, 'CasePage')
const caseTotalList = z.object({ items: z.array(caseTotalView).readonly() }).meta({ id: 'CaseTotalList' })

/** What stands empty in a form's address means "not asked for". */
const blank = (value: unknown) => (value === '' ? undefined : value)

const amountQuery = z.preprocess(
  blank,
  z
    .string()
    .regex(/^\d{1,13}(\.\d{1,4})?$/, 'must be a decimal number')
    .optional(),
)

const caseQuery = pageQuery.extend({
  q: z.preprocess(blank, z.string().trim().max(200).optional()),
  status: z.preprocess(blank, caseStatus.optional()),
  invoiceState: z.preprocess(blank, invoiceState.optional()),
  evidence: z.preprocess(blank, z.enum(['complete', 'incomplete']).optional()),
  currency: z.preprocess(
    blank,
    z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be a currency code')
      .optional(),
  ),
  commandId: z.preprocess(blank, z.uuid().optional()),
  createdFrom: z.preprocess(blank, z.iso.date().optional()),
  createdTo: z.preprocess(blank, z.iso.date().optional()),
  minAmount: amountQuery,
  maxAmount: amountQuery,
  sort: z.preprocess(blank, z.enum(caseSorts).default('createdAt')),
  order: z.preprocess(blank, z.enum(['asc', 'desc']).default('desc')),
})

const withdrawBody = z
  .object({ reason: z.string().trim().min(1).max(500).describe('Why; kept in the history of the case') })
  .meta({ id: 'WithdrawCase', example: { reason: 'Paid in cash' } })

const describeBody = z
  .object({
    description: caseDescription.describe('What was delivered or done; replaces the one of the invoice'),
  })
  .meta({ id: 'DescribeCase', example: { description: 'Oak kitchen delivered and fitted on 3 March' } })

const idParam = z.object({ id: z.uuid() })

export const caseRoutes: FastifyPluginAsyncZod<{ ctx: Ctx }> = async (app, { ctx }) => {
  app.route({
    method: 'GET',
    url: '/api/cases',
    schema: {
      tags: ['Cases'],
      summary: 'Cases, newest first unless sorted otherwise',
      querystring: caseQuery,
      response: { 200: casePage, ...problemResponses },
    },
    handler: async ({ identity, query }) => {
      const { limit, cursor, sort, order, ...filter } = query
      const request = { limit, cursor: readCursor(cursor), filter, sort, ascending: order === 'asc' }
      const { items, ...page } = await listClientCases(ctx, identity.clientId, request)
      return presentPage({ ...page, rows: items }, (one) => one)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/cases.csv',
    exposeHeadRoute: false,
    schema: {
      tags: ['Cases'],
      summary: 'All cases that match, as CSV',
      querystring: caseQuery.omit({ limit: true, cursor: true }),
      response: { 200: csvFile, ...problemResponses },
    },
    handler: ({ identity, query }, reply) => {
      const { sort, order, ...filter } = query
      const rows = casesCsv(ctx, identity.clientId, { filter, sort, ascending: order === 'asc' })
      return sendCsv(reply, 'cases', rows)
    },
  })

  app.route({
    method: 'GET',
    url: '/api/cases/totals',
    schema: {
      tags: ['Cases'],
      summary: 'What the cases come to, by state of the invoice and currency; withdrawn ones are left out',
      querystring: caseQuery.omit({ limit: true, cursor: true, sort: true, order: true }),
      response: { 200: caseTotalList, ...problemResponses },
    },
    handler: async ({ identity, query }) => ({
      items: await totalClientCases(ctx, identity.clientId, query),
    }),
  })

  app.route({
    method: 'GET',
    url: '/api/cases/:id',
    schema: {
      tags: ['Cases'],
      summary: 'One case with its source, proof and trail',
      params: idParam,
      response: { 200: caseDetail, ...problemResponses },
    },
    handler: ({ identity, params }) => getCase(ctx, { clientId: identity.clientId, caseId: params.id }),
  })

  app.route({
    method: 'GET',
    url: '/api/cases/:id/balance-now',
    exposeHeadRoute: false,
    config: zohoCallLimit,
    schema: {
      tags: ['Cases'],
      summary: 'What Zoho says about the invoice at this moment',
      params: idParam,
      response: { 200: balanceView, ...problemResponses },
    },
    handler: ({ identity, params }) => getBalanceNow(ctx, { clientId: identity.clientId, caseId: params.id }),
  })

  app.route({
    method: 'PUT',
    url: '/api/cases/:id/description',
    schema: {
      tags: ['Cases'],
      summary: 'Adds a description to a new case, or changes it; what the case still needs follows',
      params: idParam,
      body: describeBody,
      response: { 200: caseDetail, ...problemResponses },
    },
    handler: async (request) => {
      const caller = { ...callerOf(request), caseId: request.params.id }
      await describeCase(ctx, { ...caller, description: request.body.description })
      return getCase(ctx, caller)
    },
  })

  app.route({
    method: 'POST',
    url: '/api/cases/:id/withdraw',
    schema: {
      tags: ['Cases'],
      summary: 'Withdraws a case; a withdrawn one stays as it is',
      params: idParam,
      body: withdrawBody,
      response: { 200: caseDetail, ...problemResponses },
    },
    handler: async (request) => {
      const caller = { ...callerOf(request), caseId: request.params.id }
      await withdrawCase(ctx, { ...caller, reason: request.body.reason })
      return getCase(ctx, caller)
    },
  })

  app.route({
    method: 'POST',
    url: '/api/cases/:id/reinstate',
    config: zohoCallLimit,
    schema: {
      tags: ['Cases'],
      summary: 'Takes a withdrawn case up again, if Zoho says that its invoice is unpaid',
      params: idParam,
      response: { 200: caseDetail, ...problemResponses },
    },
    handler: async (request) => {
      const caller = { ...callerOf(request), caseId: request.params.id }
      await reinstateCase(ctx, caller)
      return getCase(ctx, caller)
    },
  })
}
