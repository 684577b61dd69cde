/** The calls of the Books API (contract 5 to 8). */

import type { Logger } from 'pino'
import { AppError, type ErrorFacts, isAppError } from '../errors.ts'
import { readBooksBody, readFacts } from './books-answer.ts'
import type { BooksCall, ZohoClient } from './client.ts'
import { type HttpAnswer, type Send, type SendForBytes, wasTooLong } from './http.ts'
import { isWholePdf } from './is-whole-pdf.ts'
import { parseKeepingDigits } from './json.ts'
import { type ObserveZoho, observed } from './observe.ts'
import { parseContact } from './parse-contact.ts'
import { needsExactNumbers, parseInvoice } from './parse-invoice.ts'
import { parseOrganization } from './parse-organization.ts'
import { rawContactPage, rawInvoicePage, rawOrganizations } from './schemas.ts'
import { writeTime } from './values.ts'

type BooksApi = Pick<
  ZohoClient,
  'listOrganizations' | 'listInvoices' | 'listContacts' | 'getInvoice' | 'getInvoicePdf'
>

interface Parts {
  readonly send: Send
  readonly sendForBytes: SendForBytes
  readonly log: Logger
  readonly now: () => Date
  readonly observe: ObserveZoho
}

export const createBooksApi = ({ send, sendForBytes, log, now, observe }: Parts): BooksApi => {
  const ask = async <Answer extends Pick<HttpAnswer, 'status'>, Read>(
    { dataCenter, accessToken, signal }: Omit<BooksCall, 'organizationId'>,
    path: string,
    query: Readonly<Record<string, string>>,
    sending: (request: Parameters<Send>[0]) => Promise<Answer>,
    read: (answer: Answer) => Read,
  ): Promise<Read> => {
    const started = performance.now()
    const endpoint = path.replace(/(?<=.)\/[^/]+$/, '/:id')
    return observed(observe, { method: 'GET', endpoint, dataCenter: dataCenter.code }, async (answered) => {
      const answer = await sending({
        method: 'GET',
        url: `${dataCenter.apiUrl}/books/v3${path}?${new URLSearchParams(query)}`,
        headers: { authorization: `Zoho-oauthtoken ${accessToken}` },
        signal,
      })
      answered({ status: answer.status, code: null })
      log.debug({
        event: 'zoho.answered',
        endpoint,
        dataCenter: dataCenter.code,
        status: answer.status,
        ms: Math.round(performance.now() - started),
      })
      return read(answer)
    })
  }

  const get = (
    call: Omit<BooksCall, 'organizationId'>,
    path: string,
    query: Readonly<Record<string, string>>,
  ): Promise<{ answer: HttpAnswer; body: unknown }> =>
    ask(call, path, query, send, (answer) => ({ answer, body: readBooksBody(answer, now) }))

  return {
    listOrganizations: async (call) => {
      const { answer, body } = await get(call, '/organizations', {})
      const parsed = rawOrganizations.safeParse(body)
      if (!parsed.success) throw invalid({ path: 'organizations' })
      const organizations = parsed.data.organizations.flatMap((entry) => parseOrganization(entry) ?? [])
      if (organizations.length < parsed.data.organizations.length)
        log.warn({
          event: 'zoho.organization_unreadable',
          count: parsed.data.organizations.length - organizations.length,
        })
      return { organizations, facts: readFacts(answer) }
    },

    listInvoices: async (call) => {
      const { page, perPage = 200, filterBy, modifiedSince, sortColumn = 'created_time' } = call
      const { answer, body } = await get(call, '/invoices', {
        organization_id: call.organizationId,
        ...(filterBy && { filter_by: filterBy }),
        ...(modifiedSince && { last_modified_time: writeTime(modifiedSince) }),
        sort_column: sortColumn,
        sort_order: 'A',
        page: String(page),
        per_page: String(perPage),
        ...(call.withTotal && { response_option: '1' }),
      })
      const { invoices, page_context: context } = readPage(body)
      // A proxy or a confused server that repeats another page must not be taken for this one.
      if (context.page !== undefined && context.page !== page)
        throw invalid({ path: 'page_context.page', asked: page, answered: context.page })
      const rows = invoices.some(needsExactNumbers)
        ? readPage(parseKeepingDigits(answer.body)).invoices
        : invoices
      return {
        rows: rows.map(parseInvoice),
        hasMore: context.has_more_page,
        page,
        total: readTotal(context.total),
        facts: readFacts(answer),
      }
    },

    listContacts: async (call) => {
      const { page, perPage = 200, modifiedSince } = call
      const { answer, body } = await get(call, '/contacts', {
        organization_id: call.organizationId,
        contact_type: 'customer',
        ...(modifiedSince
          ? {
              last_modified_time: writeTime(modifiedSince),
              sort_column: 'last_modified_time',
              sort_order: 'D',
            }
          : { sort_column: 'created_time', sort_order: 'A' }),
        page: String(page),
        per_page: String(perPage),
      })
      const parsed = rawContactPage.safeParse(body)
      if (!parsed.success) throw invalid({ path: 'contacts' })
      const { contacts, page_context: context } = parsed.data
      if (context.page !== undefined && context.page !== page)
        throw invalid({ path: 'page_context.page', asked: page, answered: context.page })
      const rows = contacts.map(parseContact)
      return {
        contacts: rows.filter((row) => row !== null && row !== undefined),
        unreadable: rows.filter((row) => row === undefined).length,
        hasMore: context.has_more_page,
        page,
        facts: readFacts(answer),
      }
    },

    getInvoice: async (call) => {
      const path = `/invoices/${encodeURIComponent(call.invoiceId)}`
      const { answer, body } = await get(call, path, { organization_id: call.organizationId })
      const row = readDetail(body)
      const parsed = parseInvoice(needsExactNumbers(row) ? readDetail(parseKeepingDigits(answer.body)) : row)
      if (!parsed.ok) throw invalid({ problems: parsed.problems }, { rowProblems: parsed.problems })
      if (parsed.invoice.invoiceId !== call.invoiceId) throw invalid({ path: 'invoice.invoice_id' })
      return { invoice: parsed.invoice, facts: readFacts(answer) }
    },

    getInvoicePdf: async (call) => {
      const path = `/invoices/${encodeURIComponent(call.invoiceId)}`
      const query = { organization_id: call.organizationId, accept: 'pdf' }
      try {
        return await ask(call, path, query, sendForBytes, ({ bytes, ...answer }) => {
          const { status, headers } = answer
          // A refusal is JSON here as well.
          if (status < 200 || status >= 300) readBooksBody({ ...answer, body: bytes.toString('utf8') }, now)
          const contentType = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
          if (status !== 200 || contentType !== 'application/pdf' || !isWholePdf(bytes))
            throw new AppError('zoho_document_invalid', {
              details: { httpStatus: status, contentType, bytes: bytes.length },
            })
          return { pdf: bytes, facts: readFacts({ ...answer, body: '' }) }
        })
      } catch (error) {
        if (isAppError(error) && wasTooLong(error))
          throw new AppError('document_too_large', { cause: error, details: { source: 'zoho' } })
        throw error
      }
    },
  }
}

const invalid = (details: Readonly<Record<string, unknown>>, facts: ErrorFacts['zoho_answer_invalid'] = {}) =>
  new AppError('zoho_answer_invalid', { details, facts })

const readPage = (body: unknown) => {
  const parsed = rawInvoicePage.safeParse(body)
  if (!parsed.success)
    throw invalid({ path: parsed.error.issues.map((issue) => issue.path.join('.')).join(', ') })
  return parsed.data
}

const readDetail = (body: unknown): unknown => (body as { invoice?: unknown }).invoice

const readTotal = (total: unknown): number | null => {
  const number = typeof total === 'string' && /^\d{1,12}$/.test(total) ? Number(total) : total
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null
}
