/** Row types of all tables, as Kysely sees them. snake_case lives here and in `*.repo.ts`, nowhere else. */
import type { ColumnType, Generated, JSONColumnType, Selectable } from 'kysely'

/** Read as Date, written as Date or by the database itself. */
type Timestamp = ColumnType<Date, Date | string, Date | string>
type NullableTimestamp = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>
type DefaultTimestamp = ColumnType<Date, Date | string | undefined, Date | string>
/** `yyyy-mm-dd` */
type Day = string
/** Decimal string: money never becomes a JavaScript number. */
type Money = ColumnType<string, string | number, string | number>
type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>

/**
 * A reason why an invoice cannot (blocker) or should perhaps not (warning) become a case, or why an item of a command had its
 * outcome. Stored with the values of its sentence and without the sentence: `src/eligibility/finding-texts.ts` makes it.
 */
export interface Finding {
  readonly code: string
  /** What the sentence names: a country, an amount, a limit. */
  readonly values?: Readonly<Record<string, string | number | boolean>>
  /** First day on which it is in force. */
  readonly from?: Day | undefined
  /** First day on which it no longer is: time cures it. */
  readonly until?: Day | undefined
}

export interface RowProblem {
  readonly path: string
  readonly message: string
}

export type ConnectionState = 'active' | 'reconnect_required' | 'error' | 'paused' | 'disconnected'
export type RunKind = 'full' | 'incremental'
export type RunTrigger = 'connected' | 'schedule' | 'manual' | 'webhook' | 'rearmed' | 'command'
export type RunState = 'running' | 'completed' | 'failed' | 'cancelled'
export type RunPhase = 'listing' | 'checking_changes' | 'checking_missing'
/** Debitura's words for a business and a private person (domain 2.2). */
export type DebtorType = 'Company' | 'Private'
/** Where a debtor's field came from: the customer's record, or (the type only) the client, or that the invoice names a company. */
export type DebtorSource = 'contact' | 'client' | 'company_name'
/** Where the rate came from that turns an amount into the organization's currency; `none`: no rate is known. */
export type RateSource = 'zoho' | 'policy' | 'none'

export type StagedState = 'open' | 'paid' | 'void' | 'removed'
export type CommandState = 'pending' | 'running' | 'completed'
export type Outcome = 'created' | 'duplicate' | 'ineligible' | 'failed'
export type CaseStatus = 'pending_verification' | 'withdrawn'
export type ActorRole = 'client' | 'operator' | 'host' | 'system'
/** What an audit event is about. */
export type AuditSubject =
  | 'client'
  | 'connection'
  | 'case_command'
  | 'case'
  | 'debtor'
  | 'queue'
  | 'job'
  | 'encryption_key'
  | 'session'
  | 'webhook_endpoint'

interface ClientsTable {
  id: string
  name: string
  created_at: DefaultTimestamp
}

export interface ConnectionsTable {
  id: Generated<string>
  client_id: string
  state: Generated<ConnectionState>
  data_center: string
  zoho_organization_id: string
  organization_name: string
  organization_time_zone: Generated<string>
  organization_currency_code: Nullable<string>
  connected_at: DefaultTimestamp
  connected_by: string
  disconnected_at: NullableTimestamp
  next_sync_at: NullableTimestamp
  next_sync_kind: Nullable<RunKind>
  next_sync_trigger: Nullable<RunTrigger>
  /** Asked for while a run was under way. */
  sync_again_kind: Nullable<RunKind>
  sync_again_trigger: Nullable<RunTrigger>
  sync_rearms: Generated<number>
  next_full_sync_at: NullableTimestamp
  sync_enqueued_at: NullableTimestamp
  sync_failures: Generated<number>
  /** Next_sync_at waits for the end of an outage of this service; null: for anything else. */
  waits_for: Nullable<ZohoService>
  /** What this grant allows. */
  granted_scopes: Generated<string[]>
  watermark: NullableTimestamp
  last_synced_at: NullableTimestamp
  proven_at: NullableTimestamp
  delayed_until: NullableTimestamp
  delayed_code: Nullable<string>
  problem_code: Nullable<string>
  problem_at: NullableTimestamp
  next_case_follow_at: NullableTimestamp
  case_follow_enqueued_at: NullableTimestamp
  webhook_salt: Generated<string>
  webhook_token_hash: string
}

interface OauthTokensTable {
  connection_id: string
  client_id: string
  refresh_token_jwe: string
  access_token_jwe: Nullable<string>
  access_token_expires_at: NullableTimestamp
  scope: Nullable<string>
  key_id: string
  version: Generated<number>
  minted_at: ColumnType<Date[], Date[] | undefined, Date[]>
  next_refresh_at: NullableTimestamp
  refresh_enqueued_at: NullableTimestamp
  refresh_failures: Generated<number>
  refresh_error_code: Nullable<string>
  updated_at: DefaultTimestamp
}

interface OauthStatesTable {
  state_hash: string
  session_id: string
  client_id: string
  created_by: string
  expires_at: Timestamp
  used_at: NullableTimestamp
  created_at: DefaultTimestamp
}

/** Work that is tried again until it is done. */
interface Retried {
  next_attempt_at: NullableTimestamp
  enqueued_at: NullableTimestamp
  attempts: Generated<number>
  error_code: Nullable<string>
}

interface ConnectionEventsTable extends Retried {
  id: Generated<string>
  connection_id: string
  client_id: string
  kind: 'connected' | 'reconnected' | 'disconnected'
  created_at: DefaultTimestamp
  processed_at: NullableTimestamp
}

interface TokenRevocationsTable extends Retried {
  id: Generated<string>
  connection_id: Nullable<string>
  client_id: string
  data_center: string
  /** Whom the ciphertext names: the connection, of a grant that led to none the row itself. */
  token_owner: string
  refresh_token_jwe: Nullable<string>
  created_at: DefaultTimestamp
  revoked_at: NullableTimestamp
}

interface SyncRunsTable {
  id: Generated<string>
  connection_id: string
  client_id: string
  zoho_organization_id: string
  kind: RunKind
  trigger: RunTrigger
  state: Generated<RunState>
  phase: Generated<RunPhase>
  next_page: Generated<number>
  /** Pages of the phase `listing`; those of `checking_changes` are numbered on from there. */
  listed_pages: Generated<number>
  watermark_from: NullableTimestamp
  /** Our time, just before the first request was sent. */
  first_request_at: NullableTimestamp
  zoho_started_at: NullableTimestamp
  watermark_to: NullableTimestamp
  total: Nullable<number>
  rows_read: Generated<number>
  rows_new: Generated<number>
  rows_changed: Generated<number>
  rows_unchanged: Generated<number>
  rows_set_aside: Generated<number>
  rows_closed: Generated<number>
  disturbed: Generated<boolean>
  error_code: Nullable<string>
  attempts: Generated<number>
  lease_token: Nullable<string>
  lease_until: NullableTimestamp
  started_at: DefaultTimestamp
  finished_at: NullableTimestamp
}

interface SyncPagesTable {
  run_id: string
  page: number
  connection_id: string
  invoice_ids: string[]
  /** Of these the page said what the staged row contradicts and may know better: they are read by id. */
  doubtful_ids: Generated<string[]>
  rows_set_aside: Generated<number>
  has_more: boolean
  stored_at: DefaultTimestamp
}

interface SetAsideRowsTable {
  id: Generated<string>
  connection_id: string
  client_id: string
  run_id: Nullable<string>
  row_key: string
  zoho_invoice_id: Nullable<string>
  creditor_reference: Nullable<string>
  problems: JSONColumnType<RowProblem[]>
  first_seen_at: DefaultTimestamp
  last_seen_at: DefaultTimestamp
  resolved_at: NullableTimestamp
}

export interface StagedInvoicesTable {
  connection_id: string
  zoho_invoice_id: string
  client_id: string
  zoho_organization_id: string
  creditor_reference: Nullable<string>
  invoice_date: Nullable<Day>
  due_date: Nullable<Day>
  amount_to_recover: Money
  currency_code: Nullable<string>
  debtor_name: Nullable<string>
  debtor_email: Nullable<string>
  debtor_phone: Nullable<string>
  debtor_address: Nullable<string>
  debtor_city: Nullable<string>
  debtor_zip_code: Nullable<string>
  debtor_state: Nullable<string>
  /** As Zoho spells it; `debtor_country_alpha2` is what we understood. */
  debtor_country: Nullable<string>
  debtor_country_alpha2: Nullable<string>
  claim_description: Nullable<string>
  zoho_customer_id: Nullable<string>
  zoho_status: string
  payment_in_progress: Generated<boolean>
  payment_expected_date: Nullable<Day>
  zoho_sub_status: Nullable<string>
  unused_credits: ColumnType<string | null, string | null | undefined, string | null>
  debtor_type: Nullable<DebtorType>
  debtor_type_source: Nullable<DebtorSource>
  debtor_contact_person: Nullable<string>
  debtor_company_registration_number: Nullable<string>
  debtor_email_source: Nullable<DebtorSource>
  debtor_phone_source: Nullable<DebtorSource>
  /** Content of the staged debtor that was filled in. */
  debtor_hash: Nullable<string>
  /** Zoho sent it last in a form that we cannot read; its content is that of before. */
  unreadable: Generated<boolean>
  base_rate: Nullable<string>
  base_rate_source: Nullable<RateSource>
  state: Generated<StagedState>
  blockers: ColumnType<Finding[], string | undefined, string>
  warnings: ColumnType<Finding[], string | undefined, string>
  eligible_from: Nullable<Day>
  eligible_until: Nullable<Day>
  policy_version: string
  content_hash: string
  case_id: Nullable<string>
  zoho_modified_at: NullableTimestamp
  proven_at: Timestamp
  looked_at: NullableTimestamp
  zoho_time: NullableTimestamp
  first_seen_at: DefaultTimestamp
  changed_at: DefaultTimestamp
  /** Ten-thousandths, for sorting and comparing. */
  value_key: ColumnType<number, never, never>
  customer_key: ColumnType<string, never, never>
  number_key: ColumnType<string, never, never>
}

/** A customer of the connected organization, as Zoho listed it last. */
interface StagedDebtorsTable {
  connection_id: string
  zoho_customer_id: string
  client_id: string
  zoho_organization_id: string
  type: Nullable<DebtorType>
  name: Nullable<string>
  company_name: Nullable<string>
  contact_person: Nullable<string>
  email: Nullable<string>
  phone: Nullable<string>
  mobile: Nullable<string>
  registration_number: Nullable<string>
  unused_credits: ColumnType<string | null, string | null | undefined, string | null>
  language_code: Nullable<string>
  active: boolean
  content_hash: string
  zoho_modified_at: NullableTimestamp
  proven_at: Timestamp
  first_seen_at: DefaultTimestamp
  changed_at: DefaultTimestamp
}

/** The walk through the customers of a connection, and its schedule. */
interface DebtorTypesTable {
  client_id: string
  zoho_organization_id: string
  zoho_customer_id: string
  type: DebtorType
  set_by: string
  set_at: DefaultTimestamp
}

interface DebtorSyncsTable {
  connection_id: string
  client_id: string
  next_sync_at: NullableTimestamp
  enqueued_at: NullableTimestamp
  next_full_at: NullableTimestamp
  watermark: NullableTimestamp
  modified_since: NullableTimestamp
  next_page: Generated<number>
  /** All pages are staged. */
  listed: Generated<boolean>
  zoho_started_at: NullableTimestamp
  lease_token: Nullable<string>
  lease_until: NullableTimestamp
  failures: Generated<number>
  error_code: Nullable<string>
  completed_at: NullableTimestamp
}

/** Beside `staged_invoices`, filled from the backlog. */
interface InvoiceSearchTable {
  connection_id: string
  zoho_invoice_id: string
  client_id: string
  search_text: string
}

interface SearchBacklogTable {
  id: Generated<number>
  connection_id: string
  zoho_invoice_ids: string[]
}

interface CaseCommandsTable extends Retried {
  id: Generated<string>
  client_id: string
  connection_id: Nullable<string>
  idempotency_key: Nullable<string>
  request_hash: string
  requested_by: string
  requested_by_name: Nullable<string>
  request_id: Nullable<string>
  confirm_undisputed: boolean
  selection: ColumnType<unknown, string, string>
  state: Generated<CommandState>
  total: number
  created: Generated<number>
  duplicate: Generated<number>
  ineligible: Generated<number>
  failed: Generated<number>
  lease_token: Nullable<string>
  lease_until: NullableTimestamp
  full_run_armed_at: NullableTimestamp
  created_at: DefaultTimestamp
  started_at: NullableTimestamp
  completed_at: NullableTimestamp
}

/** What Zoho said when the case was made. */
export interface Proof {
  readonly amount: string
  readonly currencyCode: string
  readonly creditorReference: string | null
  readonly claimDescription: string | null
  readonly zohoStatus: string
  /** Null: the time that Zoho gave lies ahead and cannot be. */
  readonly zohoModifiedAt: string | null
  /** Zoho's own clock when it answered (`Date` header); null when it gave none that can be. */
  readonly zohoTime: string | null
  /** Our time, just before the request was sent: later than the command. */
  readonly requestedAt: string
  /** `invoice`: re-read by id. `full_run`: seen as unpaid by a completed full list. */
  readonly source: 'invoice' | 'full_run'
}

/** What became of a case's invoice. `partly_paid`: less is left than the case claims. */
export const invoiceStates = ['unpaid', 'partly_paid', 'paid', 'void', 'removed'] as const
export type InvoiceState = (typeof invoiceStates)[number]

export type CaseEventType = 'created' | 'invoice_changed' | 'description_changed' | 'withdrawn' | 'reinstated'

/** What a claim needs beside its amount (domain 1.2). */
export type Evidence = 'file' | 'description'

interface CasesTable {
  id: Generated<string>
  reference: string
  client_id: string
  connection_id: Nullable<string>
  command_id: string
  data_center: string
  zoho_organization_id: string
  zoho_invoice_id: string
  status: Generated<CaseStatus>
  creditor_reference: Nullable<string>
  invoice_date: Day
  due_date: Day
  amount_to_recover: Money
  currency_code: string
  debtor_name: string
  debtor_email: Nullable<string>
  debtor_phone: Nullable<string>
  debtor_address: Nullable<string>
  debtor_city: Nullable<string>
  debtor_zip_code: Nullable<string>
  debtor_state: Nullable<string>
  debtor_country_alpha2: Nullable<string>
  debtor_type: Nullable<DebtorType>
  debtor_type_source: Nullable<DebtorSource>
  debtor_contact_person: Nullable<string>
  debtor_company_registration_number: Nullable<string>
  debtor_email_source: Nullable<DebtorSource>
  debtor_phone_source: Nullable<DebtorSource>
  claim_description: Nullable<string>
  zoho_status: string
  zoho_customer_id: Nullable<string>
  zoho_modified_at: NullableTimestamp
  proven_at: Timestamp
  proof: ColumnType<Proof, string, never>
  warnings: ColumnType<Finding[], string | undefined, never>
  evidence_required: Generated<Evidence[]>
  described: Generated<boolean>
  described_by: Nullable<string>
  created_by: string
  created_at: DefaultTimestamp
  invoice_state: Generated<InvoiceState>
  outstanding: Money
  invoice_state_since: DefaultTimestamp
  invoice_as_of: Timestamp
  followed_until: NullableTimestamp
  base_rate: Nullable<string>
  amount_value: ColumnType<string, never, never>
  outstanding_value: ColumnType<string, never, never>
  withdrawn_reason: Nullable<string>
}

interface CaseEventsTable {
  id: Generated<number>
  case_id: string
  client_id: string
  type: CaseEventType
  at: DefaultTimestamp
  invoice_state: InvoiceState
  outstanding: Money
  actor: string
  reason: Nullable<string>
}

interface DocumentFilesTable {
  id: Generated<string>
  client_id: string
  /** Null while it is being written. */
  sha256: Nullable<string>
  size_bytes: Nullable<number>
  kept_in: Generated<'database' | 'store'>
  created_at: DefaultTimestamp
}

/** Objects of the store that no file has: they go once `delete_after` has passed. */
interface LooseObjectsTable {
  file_id: string
  sha256: string
  delete_after: Timestamp
}

interface DocumentChunksTable {
  file_id: string
  ordinal: number
  client_id: string
  bytes: Uint8Array
}

/** `invoice`: Zoho's PDF of the invoice, `upload`: added by the client. */
export type DocumentKind = 'invoice' | 'upload'
export type DocumentState = 'pending' | 'stored' | 'failed'
export const documentTypes = ['application/pdf', 'image/jpeg', 'image/png'] as const
export type DocumentType = (typeof documentTypes)[number]

interface CaseDocumentsTable extends Retried {
  id: Generated<string>
  case_id: string
  client_id: string
  connection_id: Nullable<string>
  kind: DocumentKind
  state: Generated<DocumentState>
  file_id: Nullable<string>
  file_name: string
  content_type: DocumentType
  added_by: string
  created_at: DefaultTimestamp
  stored_at: NullableTimestamp
}

interface CaseCommandItemsTable {
  command_id: string
  ordinal: number
  client_id: string
  zoho_organization_id: string
  zoho_invoice_id: string
  accept_payment_in_progress: Generated<boolean>
  outcome: Nullable<Outcome>
  case_id: Nullable<string>
  existing_case_reference: Nullable<string>
  reasons: ColumnType<Finding[], string | undefined, string>
  decided_at: NullableTimestamp
}

/** How one worker's hold on a command ended. */
export type AttemptOutcome = 'completed' | 'yielded' | 'waiting' | 'deferred' | 'failed'

interface CaseCommandAttemptsTable {
  id: string
  command_id: string
  started_at: DefaultTimestamp
  ended_at: NullableTimestamp
  outcome: Nullable<AttemptOutcome>
  error_code: Nullable<string>
}

/** The Books API, or the accounts server: tokens. */
export type ZohoService = 'books' | 'accounts'

interface ZohoOutagesTable {
  data_center: string
  service: ZohoService
  since: DefaultTimestamp
}

interface OrganizationBudgetsTable {
  data_center: string
  zoho_organization_id: string
  request_times: ColumnType<Date[], Date[] | undefined, Date[]>
  in_flight_until: ColumnType<Date[], Date[] | undefined, Date[]>
  max_in_flight: Nullable<number>
  day_limit: Nullable<number>
  day_remaining: Nullable<number>
  day_resets_at: NullableTimestamp
  blocked_until: NullableTimestamp
  blocked_code: Nullable<string>
  blocked_times: Generated<number>
  /** The last headers about limits of a refusal, or that were not believed: as received, shortened. */
  limit_headers: Nullable<string>
  limit_headers_at: NullableTimestamp
  updated_at: DefaultTimestamp
}

interface PortalSessionsTable {
  id_hash: string
  id: Generated<string>
  client_id: string
  subject: string
  name: Nullable<string>
  role: 'client' | 'operator'
  ip_address: Nullable<string>
  user_agent: Nullable<string>
  created_at: DefaultTimestamp
  last_seen_at: DefaultTimestamp
  expires_at: Timestamp
}

interface UsedSignInTokensTable {
  token_hash: string
  expires_at: Timestamp
}

interface AuditEventsTable {
  id: Generated<number>
  client_id: Nullable<string>
  actor: string
  actor_role: ActorRole
  action: string
  subject_type: AuditSubject
  subject_id: string
  details: ColumnType<Record<string, unknown>, string | undefined, never>
  ip_address: Nullable<string>
  created_at: DefaultTimestamp
  position: Generated<number>
  person_salt: Nullable<string>
  person_digest: Generated<string>
  previous_hash: Generated<string>
  hash: Generated<string>
}

/** The last link of each chain of audit events. */
interface AuditChainsTable {
  chain: string
  position: number
  hash: string
}

interface WorkersTable {
  id: string
  host: string
  /** Of TOKEN_ENCRYPTION_KEYS: what this worker can decrypt. */
  key_ids: Generated<string[]>
  started_at: DefaultTimestamp
  last_sweep_at: DefaultTimestamp
}

/** What a NOTIFY is about. */
interface LiveSignalsTable {
  id: Generated<string>
  client_id: string
  type: string
  subject_id: string
  created_at: DefaultTimestamp
}

/** Requests of one caller in a window that ends at `expires_at`. */
interface RateLimitsTable {
  key_hash: string
  requests: number
  expires_at: Timestamp
}

/** Work of the whole installation that comes back by itself. */
interface SchedulesTable {
  name: 'retention' | 'reassess' | 'index-search' | 'publish-events'
  next_run_at: DefaultTimestamp
  enqueued_at: NullableTimestamp
  last_run_at: NullableTimestamp
}

/** What a host is told: `src/events/catalogue.ts`. */
interface EventsTable {
  id: Generated<string>
  entry: Generated<number>
  /** Place in the feed; null: not numbered yet. */
  sequence: Nullable<number>
  client_id: string
  type: string
  subject: string
  occurred_at: DefaultTimestamp
  data: ColumnType<Record<string, unknown>, string, never>
}

interface EventFeedTable {
  only_one: Generated<boolean>
  last_sequence: Generated<number>
  expired_through: Generated<number>
}

export type DisabledReason = 'by_hand' | 'failing' | 'gone'

interface WebhookEndpointsTable {
  id: Generated<string>
  url: string
  description: Generated<string>
  types: Nullable<string[]>
  client_ids: Nullable<string[]>
  enabled: Generated<boolean>
  disabled_at: NullableTimestamp
  disabled_reason: Nullable<DisabledReason>
  failing_since: NullableTimestamp
  secret_jwe: string
  previous_secret_jwe: Nullable<string>
  previous_secret_until: NullableTimestamp
  created_at: DefaultTimestamp
  created_by: string
}

/** Why there is a delivery: its event, somebody who wants it again, or a test of the endpoint. */
export type DeliveryCause = 'event' | 'replay' | 'test'
export type DeliveryState = 'pending' | 'delivered' | 'failed'

interface EventDeliveriesTable {
  id: Generated<string>
  endpoint_id: string
  event_id: Nullable<string>
  cause: DeliveryCause
  state: Generated<DeliveryState>
  next_attempt_at: NullableTimestamp
  enqueued_at: NullableTimestamp
  attempts: Generated<number>
  error_code: Nullable<string>
  lease_token: Nullable<string>
  lease_until: NullableTimestamp
  created_at: DefaultTimestamp
  finished_at: NullableTimestamp
}

interface EventDeliveryAttemptsTable {
  id: Generated<number>
  delivery_id: string
  at: DefaultTimestamp
  ms: number
  status: Nullable<number>
  error_code: Nullable<string>
  answer: Generated<string>
}

interface PortalInvoicesView
  extends Omit<
    StagedInvoicesTable,
    'content_hash' | 'policy_version' | 'looked_at' | 'zoho_time' | 'unreadable' | 'debtor_hash' | 'base_rate'
  > {
  /** The due date; `infinity` when there is none. */
  due_key: Day
}

/** What a client is shown of a connection: syncing, delayed and not_connected are derived. */
interface PortalConnectionView
  extends Pick<
    ConnectionsTable,
    | 'id'
    | 'client_id'
    | 'data_center'
    | 'zoho_organization_id'
    | 'organization_name'
    | 'organization_time_zone'
    | 'organization_currency_code'
    | 'connected_at'
    | 'connected_by'
    | 'disconnected_at'
    | 'last_synced_at'
    | 'proven_at'
    | 'next_sync_at'
    | 'delayed_until'
    | 'delayed_code'
    | 'problem_code'
    | 'problem_at'
    | 'granted_scopes'
  > {
  /** Why the customers could not be read. */
  debtors_error_code: string | null
  state: 'not_connected' | 'syncing' | 'active' | 'delayed' | 'reconnect_required' | 'error' | 'paused'
}

/** With what of its evidence there is, or will be. */
interface PortalCasesView extends CasesTable {
  has_file: boolean
  file_on_its_way: boolean
}

interface PortalCaseDocumentsView
  extends Omit<CaseDocumentsTable, 'connection_id' | 'enqueued_at' | 'attempts'>,
    Pick<DocumentFilesTable, 'sha256' | 'size_bytes'> {
  kept_in: Nullable<'database' | 'store'>
}

type PortalSyncRunsView = Omit<
  SyncRunsTable,
  | 'zoho_organization_id'
  | 'watermark_from'
  | 'watermark_to'
  | 'listed_pages'
  | 'first_request_at'
  | 'zoho_started_at'
  | 'attempts'
  | 'lease_token'
  | 'lease_until'
>

type PortalCaseCommandsView = Omit<
  CaseCommandsTable,
  | 'idempotency_key'
  | 'request_hash'
  | 'confirm_undisputed'
  | 'enqueued_at'
  | 'attempts'
  | 'lease_token'
  | 'lease_until'
  | 'full_run_armed_at'
  | 'request_id'
>

type PortalCaseCommandItemsView = Omit<CaseCommandItemsTable, 'accept_payment_in_progress'>

type PortalAuditEventsView = Omit<
  AuditEventsTable,
  'ip_address' | 'position' | 'person_salt' | 'person_digest' | 'previous_hash' | 'hash'
>

interface InvoiceSearchTable {
  connection_id: string
  zoho_invoice_id: string
  client_id: string
  search_text: string
}

interface SearchBacklogTable {
  id: Generated<number>
  connection_id: string
  zoho_invoice_ids: string[]
}

export interface Database {
  clients: ClientsTable
  connections: ConnectionsTable
  oauth_tokens: OauthTokensTable
  oauth_states: OauthStatesTable
  connection_events: ConnectionEventsTable
  token_revocations: TokenRevocationsTable
  sync_runs: SyncRunsTable
  sync_pages: SyncPagesTable
  set_aside_rows: SetAsideRowsTable
  staged_invoices: StagedInvoicesTable
  staged_debtors: StagedDebtorsTable
  debtor_syncs: DebtorSyncsTable
  debtor_types: DebtorTypesTable
  invoice_search: InvoiceSearchTable
  search_backlog: SearchBacklogTable
  case_commands: CaseCommandsTable
  cases: CasesTable
  case_events: CaseEventsTable
  case_command_attempts: CaseCommandAttemptsTable
  case_command_items: CaseCommandItemsTable
  document_files: DocumentFilesTable
  document_chunks: DocumentChunksTable
  loose_objects: LooseObjectsTable
  case_documents: CaseDocumentsTable
  zoho_outages: ZohoOutagesTable
  organization_budgets: OrganizationBudgetsTable
  portal_sessions: PortalSessionsTable
  used_sign_in_tokens: UsedSignInTokensTable
  audit_events: AuditEventsTable
  live_signals: LiveSignalsTable
  rate_limits: RateLimitsTable
  audit_chains: AuditChainsTable
  workers: WorkersTable
  schedules: SchedulesTable
  events: EventsTable
  event_feed: EventFeedTable
  webhook_endpoints: WebhookEndpointsTable
  event_deliveries: EventDeliveriesTable
  event_delivery_attempts: EventDeliveryAttemptsTable
  portal_connection: PortalConnectionView
  portal_invoices: PortalInvoicesView
  portal_cases: PortalCasesView
  portal_case_events: CaseEventsTable
  portal_case_documents: PortalCaseDocumentsView
  portal_document_chunks: DocumentChunksTable
  portal_case_commands: PortalCaseCommandsView
  portal_case_command_items: PortalCaseCommandItemsView
  portal_audit_events: PortalAuditEventsView
  portal_events: Omit<EventsTable, 'entry'>
  portal_sync_runs: PortalSyncRunsView
  portal_set_aside_rows: Omit<SetAsideRowsTable, 'row_key' | 'run_id'>
}

export type StagedDebtor = Selectable<StagedDebtorsTable>
export type DebtorSync = Selectable<DebtorSyncsTable>
export type Connection = Selectable<ConnectionsTable>
export type OauthToken = Selectable<OauthTokensTable>
export type CaseCommand = Selectable<CaseCommandsTable>
export type CaseRow = Selectable<CasesTable>
export type CaseDocument = Selectable<CaseDocumentsTable>
export type PortalCaseDocument = Selectable<PortalCaseDocumentsView>
export type PortalInvoice = Selectable<PortalInvoicesView>
export type PortalCaseCommand = Selectable<PortalCaseCommandsView>
export type PortalAuditEvent = Selectable<PortalAuditEventsView>
export type WebhookEndpoint = Selectable<WebhookEndpointsTable>
export type PortalConnection = Selectable<PortalConnectionView>
