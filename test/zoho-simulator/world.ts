import type { Book } from './book.ts'
import type { BookEvent } from './book-events.ts'
import type { Clock } from './clock.ts'
import type { FailureRules, RequestMatch } from './failure-rules.ts'
import type { PartPaidOverdueAs } from './invoice.ts'
import type { Ledger } from './ledger.ts'
import type { Limits, Meter } from './limits.ts'
import type { Currency } from './money.ts'
import type { OddDate } from './odd-times.ts'
import type { RequestLog } from './request-log.ts'

/** Behaviour that Zoho does not document or that differs between recordings; each can be turned. */
export interface Switches {
  /** Token answers carry a `scope` key (contract 3). */
  scopeKey: boolean
  /** `api_domain` of token answers: the right host, none, or the generic one that serves no Books (contract 1). */
  apiDomain: 'own' | 'absent' | 'generic'
  /** Language of the token throttle (contract 3). */
  throttleText: 'english' | 'localised'
  throttleStatus: 400 | 200
  /** 10 access tokens per 10 minutes and refresh token (contract 3). */
  throttleTokens: boolean
  /** 10 codes per 10 minutes, user and client (contract 2); off, because test suites connect more often. */
  throttleCodes: boolean
  /** A denied consent carries `state` back (contract 2: not known). */
  denyState: boolean
  /** The callback carries `location` and `accounts-server` (contract 1). */
  locationParameters: boolean
  /** Sent instead of the true `accounts-server`: a hostile or unknown one. */
  accountsServer: string | null
  /** 429 answers carry Retry-After; Zoho is not known to send it (contract 10.1). */
  retryAfter: boolean
  /** 429 answers carry the X-Rate-Limit headers (contract 10.1: not known). */
  rateLimitHeadersOn429: boolean
  /** Every 50th row of a listing comes twice, with two invoice_urls (contract 6.3). */
  duplicateRows: boolean
  /** Call without organization_id: refused, or answered for the default organization (contract 5: contradictory). */
  missingOrganization: 'refuse' | 'default'
  /** Where /organizations shows the active flag (contract 5). */
  activeFlag: 'nested' | 'top'
  partPaidOverdueAs: PartPaidOverdueAs
  /** Rules of the Invoices module fire on payments and credits too; reported not to (contract 17.3). */
  invoiceRulesOnPayment: boolean
}

/** An OAuth client registered with Zoho's API console. */
export interface Client {
  readonly id: string
  /** Secret per data centre; `*` is the one for all others. */
  readonly secrets: Readonly<Record<string, string>>
  /** Exact redirect URIs; empty: any is accepted. */
  readonly redirectUris: readonly string[]
}

/** A person with a Zoho account, living in one data centre. */
export interface User {
  readonly id: string
  name: string
  email: string
  dataCenter: string
  /** In the order in which /organizations lists them. */
  organizationIds: string[]
}

/** One company's books. */
export interface Organization {
  readonly id: string
  name: string
  isActive: boolean
  isDefault: boolean
  readonly zone: string
  readonly currency: Currency
  readonly countryCode: string
  readonly portalName: string
  readonly createdDate: string
  readonly ordinal: number
  readonly book: Book
  readonly ledger: Ledger
  readonly meter: Meter
  raw: Readonly<Record<string, unknown>>
}

export interface RefreshGrant {
  /** Hash of the token. */
  readonly key: string
  readonly userId: string
  readonly clientId: string
  readonly scopes: readonly string[]
  /** When its recent access tokens were minted, oldest first. */
  minted: number[]
  /** Keys of its access tokens, oldest first. */
  live: string[]
}

export interface AccessGrant {
  readonly userId: string
  readonly scopes: readonly string[]
  readonly clientId: string
  expiresAt: number
}

export interface CodeGrant {
  readonly userId: string
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly redirectUri: string
  readonly withRefreshToken: boolean
  readonly expiresAt: number
}

/** One data centre: an accounts server and an API host on one origin, with grants no other one knows. */
export interface DataCenter {
  readonly code: string
  origin: string
  /** 0 until it listens. */
  port: number
  readonly codes: Map<string, CodeGrant>
  /** By the hash of the token; in the order of issue, so that the oldest can be evicted. */
  readonly refreshTokens: Map<string, RefreshGrant>
  readonly accessTokens: Map<string, AccessGrant>
  /** `user client` → when codes were issued, for the code throttle. */
  readonly codeTimes: Map<string, number[]>
}

/** Everything the simulated Zoho knows; passed first to every function, nothing is global. */
export interface World {
  readonly clock: Clock
  readonly seed: number
  readonly dataCenters: Map<string, DataCenter>
  readonly clients: Map<string, Client>
  readonly users: Map<string, User>
  readonly organizations: Map<string, Organization>
  /** `user client` of every consent ever given and not taken back. */
  readonly consents: Set<string>
  readonly switches: Switches
  readonly log: RequestLog
  /** Every code and token handed out since `recordIssued`; undefined: not kept, as a secret should not be. */
  issued: Set<string> | undefined
  readonly rules: FailureRules
  /** Told of everything that happens in the books, for the webhooks. */
  readonly onEvent: Set<(event: BookEvent) => void>
  /** Told of every new refresh token, for the state file. */
  onGrant: () => void
  limits: Limits
  latencyMs: number
  /** An odd `Date` header, on all answers or on those to matching requests. */
  oddDate: { readonly date: OddDate; readonly match: RequestMatch } | undefined
}

/** The switches as they stand when nobody turns them. */
export const defaultSwitches: Switches = {
  scopeKey: true,
  apiDomain: 'own',
  throttleText: 'english',
  throttleStatus: 400,
  throttleTokens: true,
  throttleCodes: false,
  denyState: true,
  locationParameters: true,
  accountsServer: null,
  retryAfter: false,
  rateLimitHeadersOn429: true,
  duplicateRows: false,
  missingOrganization: 'refuse',
  activeFlag: 'nested',
  partPaidOverdueAs: 'overdue',
  invoiceRulesOnPayment: false,
}
