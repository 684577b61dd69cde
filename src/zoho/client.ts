/**
 * What the Zoho client offers. It knows Zoho's wire (shared contract sections 1–11) and nothing of our database:
 * it could be published alone. Every failure is an AppError, classified from status and code.
 */
import type { AnswerFacts } from '../errors.ts'
import type { ListedInvoice, ZohoContact, ZohoInvoice } from './schemas.ts'

export type { AnswerFacts }

/** Code of a row of the data centre table: us, eu, in, au, jp, ca, cn, sa, … or `sim`. */
export type DataCenterCode = string

export interface DataCenter {
  readonly code: DataCenterCode
  /** Origin of the accounts server. */
  readonly accountsUrl: string
  /** Origin of the API; Books lives under `/books/v3`. */
  readonly apiUrl: string
  /** Origin of the Books web application, for links that people follow. */
  readonly booksWebUrl: string
}

export interface TokenGrant {
  readonly accessToken: string
  /** Seconds. */
  readonly expiresIn: number
  readonly refreshToken: string
  /** What was granted, as Zoho wrote it. */
  readonly scope: string
  readonly dataCenter: DataCenter
}

/** The four verdicts on an answer of the token endpoint to a refresh. */
export type RefreshVerdict =
  | {
      readonly verdict: 'token'
      readonly accessToken: string
      readonly expiresIn: number
      readonly refreshToken: string | null
      readonly scope: string | null
    }
  | { readonly verdict: 'revoked' }
  | { readonly verdict: 'our_fault'; readonly reason: string }
  | { readonly verdict: 'inconclusive'; readonly reason: string; readonly throttled: boolean }

export interface Organization {
  readonly id: string
  readonly name: string
  readonly isDefault: boolean
  readonly isActive: boolean
  readonly currencyCode: string | null
  readonly timeZone: string
}

export interface InvoicePage {
  /** Parsed one by one: a bad row never spoils its page. */
  readonly rows: readonly ListedInvoice[]
  readonly hasMore: boolean
  readonly page: number
  /** Only when Zoho gave one. */
  readonly total: number | null
  readonly facts: AnswerFacts
}

export interface BooksCall {
  readonly dataCenter: DataCenter
  readonly accessToken: string
  readonly organizationId: string
  readonly signal?: AbortSignal
}

export interface ListInvoices extends BooksCall {
  readonly page: number
  readonly perPage?: number
  /** `Status.Unpaid` for a full run; absent: all statuses. */
  readonly filterBy?: 'Status.Unpaid'
  /** Zoho's time, sent as `yyyy-mm-ddThh:mm:ss+0000`. */
  readonly modifiedSince?: Date
  readonly sortColumn?: 'created_time' | 'last_modified_time'
  /** Ask for a count (`response_option=1`). */
  readonly withTotal?: boolean
}

export interface ListContacts extends BooksCall {
  readonly page: number
  readonly perPage?: number
  /** Zoho's time: newest change first, those before it may come too. Absent: all customers, oldest first. */
  readonly modifiedSince?: Date
}

/** What a collector takes of one file (domain 1.2). */
export const maxDocumentBytes = 25 * 1024 * 1024

export interface ContactPage {
  /** Customers that could be read. */
  readonly contacts: readonly ZohoContact[]
  /** Rows that could not. */
  readonly unreadable: number
  readonly hasMore: boolean
  readonly page: number
  readonly facts: AnswerFacts
}

export interface ZohoClient {
  readonly dataCenter: (code: DataCenterCode) => DataCenter
  /** Where the consent starts. */
  readonly authorizationUrl: (input: { state: string; redirectUri: string }) => string
  /**
   * @param accountsServer `accounts-server` of the callback, unchecked; undefined: where the consent started.
   * @throws AppError unknown_data_center, connect_failed, connect_no_refresh_token, zoho_client_misconfigured, zoho_token_throttled, zoho_token_unclear
   */
  readonly exchangeCode: (input: {
    code: string
    redirectUri: string
    accountsServer: string | undefined
  }) => Promise<TokenGrant>
  /** Never throws: whatever happens is one of the four verdicts. */
  readonly refresh: (input: { dataCenter: DataCenter; refreshToken: string }) => Promise<RefreshVerdict>
  /** Both documented forms are tried. @throws AppError zoho_unavailable */
  readonly revoke: (input: {
    dataCenter: DataCenter
    refreshToken: string
  }) => Promise<'revoked' | 'already_gone'>
  readonly listOrganizations: (
    call: Omit<BooksCall, 'organizationId'>,
  ) => Promise<{ organizations: readonly Organization[]; facts: AnswerFacts }>
  readonly listInvoices: (call: ListInvoices) => Promise<InvoicePage>
  /** One page of customers (contract 8); vendors are left out. */
  readonly listContacts: (call: ListContacts) => Promise<ContactPage>
  /** @throws AppError zoho_invoice_gone only for 404 with code 1002 */
  readonly getInvoice: (
    call: BooksCall & { invoiceId: string },
  ) => Promise<{ invoice: ZohoInvoice; facts: AnswerFacts }>
  /**
   * The invoice as a PDF, whole and no longer than `maxDocumentBytes` (contract 17.1).
   *
   * @throws AppError zoho_invoice_gone; zoho_document_invalid: something else came; document_too_large
   */
  readonly getInvoicePdf: (
    call: BooksCall & { invoiceId: string },
  ) => Promise<{ pdf: Buffer; facts: AnswerFacts }>
  /** Page of an invoice in the Books web application. */
  readonly invoiceUrl: (input: {
    dataCenter: DataCenter
    organizationId: string
    invoiceId: string
  }) => string
  readonly customerUrl: (input: {
    dataCenter: DataCenter
    organizationId: string
    customerId: string
  }) => string
}
