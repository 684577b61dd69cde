/** Every page in every state with invented but realistic data: for tests, and to look at. */
import type { VNode } from 'preact'
import type { CommandDetail, InvoiceHistory, ItemLine } from '../../../db/operator/work-history.repo.ts'
import { CommandPage as OperatorCommandPage } from '../../../src/operator/command-page.tsx'
import { CommandsPage as OperatorCommandsPage } from '../../../src/operator/commands-page.tsx'
import { FindPage } from '../../../src/operator/find-page.tsx'
import { InvoicePage as OperatorInvoicePage } from '../../../src/operator/invoice-page.tsx'
import { PausePage } from '../../../src/operator/pause-page.tsx'
import { createFormatter } from '../../../src/portal/components/formatter.ts'
import type { PageContext } from '../../../src/portal/components/page-context.ts'
import { assetAddress } from '../../../src/portal/pages/assets.ts'
import {
  BulkImportPage,
  type BulkImportView,
} from '../../../src/portal/pages/bulk-import/bulk-import-page.tsx'
import { CommandPage, type CommandView } from '../../../src/portal/pages/bulk-import/command-page.tsx'
import { CommandsPage } from '../../../src/portal/pages/bulk-import/commands-page.tsx'
import { InvoicePage } from '../../../src/portal/pages/bulk-import/invoice-page.tsx'
import type { InvoiceView } from '../../../src/portal/pages/bulk-import/invoice-view.ts'
import { parseListQuery } from '../../../src/portal/pages/bulk-import/list-query.ts'
import { ReviewPage, type ReviewView } from '../../../src/portal/pages/bulk-import/review-page.tsx'
import { CasePage, type CaseView } from '../../../src/portal/pages/cases/case-page.tsx'
import {
  type CaseRowView,
  CasesPage,
  type CaseTotalView,
} from '../../../src/portal/pages/cases/cases-page.tsx'
import type { DocumentView } from '../../../src/portal/pages/cases/documents-card.tsx'
import { CataloguePage } from '../../../src/portal/pages/errors/catalogue-page.tsx'
import { ErrorPage } from '../../../src/portal/pages/errors/error-page.tsx'
import type { ConnectionView } from '../../../src/portal/pages/integrations/connection-view.ts'
import { ConsentDonePage, LeaveFramePage } from '../../../src/portal/pages/integrations/consent-pages.tsx'
import { DisconnectPage } from '../../../src/portal/pages/integrations/disconnect-page.tsx'
import { IntegrationsPage } from '../../../src/portal/pages/integrations/integrations-page.tsx'
import { OrganizationPage } from '../../../src/portal/pages/integrations/organization-page.tsx'
import { RunsPage } from '../../../src/portal/pages/integrations/runs-page.tsx'
import type { RunView } from '../../../src/portal/pages/integrations/runs-table.tsx'
import { SetAsidePage } from '../../../src/portal/pages/integrations/set-aside-page.tsx'
import { WebhookPage } from '../../../src/portal/pages/integrations/webhook-page.tsx'
import { SessionsPage } from '../../../src/portal/pages/sessions/sessions-page.tsx'
import { ConnectQuestionPage, HandOverPage } from '../../../src/portal/pages/sign-in/question-pages.tsx'
import { SignInPage } from '../../../src/portal/pages/sign-in/sign-in-page.tsx'

export const now = new Date('2026-03-18T09:30:00Z')
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000)

export const previewContext = (over: Partial<PageContext> = {}): PageContext => ({
  format: createFormatter({ acceptLanguage: 'en-GB', timeZone: 'Europe/Copenhagen', now }),
  viewer: { name: 'Dana Demo', clientName: 'Nordlys Møbler ApS', role: 'client' },
  csrfToken: 'csrf-token',
  path: '/',
  asset: assetAddress,
  ...over,
})

export const connection = (over: Partial<ConnectionView> = {}): ConnectionView => ({
  missing: [],
  state: 'active',
  organization: { id: '10234695', name: 'Nordlys Møbler ApS' },
  dataCenter: 'Europe (zoho.eu)',
  connectedAt: ago(60 * 24 * 41),
  lastSyncedAt: ago(6),
  provenAt: ago(190),
  nextSyncAt: ago(-9),
  delayedUntil: null,
  progress: null,
  problem: null,
  ...over,
})

const debtor = (name: string, rest: Partial<InvoiceView['debtor']> = {}): InvoiceView['debtor'] => ({
  type: 'Company',
  contactPerson: 'Lena Blumenthal',
  companyRegistrationNumber: null,
  typeSource: 'contact',
  emailSource: null,
  phoneSource: 'contact',
  name,
  email: 'accounts@example.com',
  phone: '+49 30 901820',
  address: 'Torstraße 49',
  city: 'Berlin',
  zipCode: '10119',
  state: null,
  countryAlpha2: 'DE',
  ...rest,
})

export const invoice = (over: Partial<InvoiceView> = {}): InvoiceView => ({
  zohoInvoiceId: '982000000567114',
  creditorReference: 'INV-004512',
  date: '2025-12-20',
  dueDate: '2026-01-19',
  amountToRecover: '1890.00',
  currencyCode: 'EUR',
  claimDescription: 'PO 88-1204, oak desks',
  customerId: '982000000000111',
  debtor: debtor('Blumenthal & Söhne GmbH'),
  zohoStatus: 'overdue',
  paymentExpectedDate: null,
  subStatus: null,
  unusedCredits: null,
  daysOverdue: 58,
  eligible: true,
  blockers: [],
  warnings: [],
  caseId: null,
  caseStatus: null,
  zohoUrl: 'https://books.zoho.eu/app/10234695#/invoices/982000000567114',
  ...over,
})

const fixUrl = 'https://books.zoho.eu/app/10234695#/contacts/982000000000111'

export const rows: readonly InvoiceView[] = [
  invoice(),
  invoice({
    zohoInvoiceId: '982000000567115',
    creditorReference: 'INV-004530',
    claimDescription: null,
    amountToRecover: '12400.50',
    dueDate: '2026-02-02',
    daysOverdue: 44,
    debtor: debtor('Café Lumière SARL', { city: 'Lyon', countryAlpha2: 'FR', email: null }),
    warnings: [{ code: 'email_missing', message: 'There is no e-mail address.' }],
  }),
  invoice({
    zohoInvoiceId: '982000000567116',
    creditorReference: 'INV-004533',
    claimDescription: 'Delivery 7781',
    amountToRecover: '640.00',
    dueDate: '2026-02-04',
    daysOverdue: 42,
    currencyCode: 'USD',
    debtor: debtor('Redwood Outfitters Inc.', {
      address: null,
      city: null,
      state: null,
      countryAlpha2: 'US',
    }),
    eligible: false,
    blockers: [
      {
        code: 'address_missing',
        message: 'The billing address has no street.',
        field: 'debtor.address',
        fixUrl,
      },
      { code: 'city_missing', message: 'The billing address has no city.', field: 'debtor.city', fixUrl },
      {
        code: 'state_missing',
        message: 'A debtor in the United States needs a state.',
        field: 'debtor.state',
        fixUrl,
      },
    ],
  }),
  invoice({
    zohoInvoiceId: '982000000567117',
    creditorReference: 'INV-004540',
    claimDescription: 'Showroom Aarhus, lamps and rugs',
    amountToRecover: '48250.00',
    currencyCode: 'DKK',
    dueDate: '2026-02-11',
    daysOverdue: 35,
    debtor: debtor('Hansen Interiør A/S', { city: 'Aarhus', countryAlpha2: 'DK' }),
  }),
  invoice({
    zohoInvoiceId: '982000000567118',
    creditorReference: 'INV-004541',
    claimDescription: null,
    amountToRecover: '310.75',
    dueDate: '2026-02-12',
    daysOverdue: 34,
    debtor: debtor('Bakkerij De Wilde B.V.', { city: 'Utrecht', countryAlpha2: 'NL' }),
    eligible: false,
    caseId: '0f8fad5b-d9cb-469f-a165-70867728950e',
    blockers: [{ code: 'already_a_case', message: 'This invoice is already a case.' }],
  }),
  invoice({
    zohoInvoiceId: '982000000567119',
    creditorReference: 'INV-004602',
    claimDescription: 'Frame agreement 2026',
    amountToRecover: '8990.00',
    dueDate: '2026-03-30',
    daysOverdue: 0,
    debtor: debtor('Studio Vermeer'),
    eligible: false,
    blockers: [
      {
        code: 'not_overdue',
        message: 'The invoice is not overdue yet.',
        field: 'dueDate',
        until: '2026-03-31',
      },
    ],
  }),
  invoice({
    zohoInvoiceId: '982000000567120',
    creditorReference: 'INV-004477',
    claimDescription: 'Chairs, second delivery',
    amountToRecover: '2765.20',
    dueDate: '2025-11-30',
    daysOverdue: 108,
    debtor: debtor('Kowalczyk Meble Sp. z o.o.', { city: 'Kraków', countryAlpha2: 'PL' }),
    warnings: [
      { code: 'payment_in_progress', message: 'A payment for this invoice is being processed.' },
      { code: 'description_needed', message: 'Against a private person a description is needed.' },
    ],
  }),
]

/** A page as a furniture maker has it: other names, amounts and dates on every line. */
const customers = [
  ['Atelier Rousseau', 'EUR', '4210.00'],
  ['Brandt Küchen GmbH', 'EUR', '18764.90'],
  ['Casa Lindström AB', 'SEK', '92500.00'],
  ['De Groot Interieur B.V.', 'EUR', '1275.40'],
  ['Fjord & Fjell AS', 'NOK', '38990.00'],
  ['شركة الخليج للأثاث', 'KWD', '1250.500'],
  ['Hôtel Beau-Rivage SA', 'CHF', '22140.00'],
  ['Jensen Kontor ApS', 'DKK', '15300.00'],
  ['Librería Sol y Luna S.L.', 'EUR', '980.00'],
  ['Nowak i Synowie Sp. z o.o.', 'PLN', '7420.35'],
  ['Pemberton & Clarke Ltd', 'GBP', '5600.00'],
  ['Trattoria da Enzo S.r.l.', 'EUR', '3145.80'],
] as const

export const readyRows: readonly InvoiceView[] = [
  ...rows.filter((row) => row.eligible),
  ...customers.map(([name, currencyCode, amountToRecover], at) =>
    invoice({
      zohoInvoiceId: `98200000056713${at}`,
      creditorReference: `INV-00${4610 + at * 7}`,
      amountToRecover,
      currencyCode,
      dueDate: `2026-02-${String(13 + at).padStart(2, '0')}`,
      daysOverdue: 33 - at,
      claimDescription: at % 3 === 0 ? null : `Order ${7702 + at * 13}`,
      debtor: debtor(name),
      warnings: at % 5 === 1 ? [{ code: 'phone_missing', message: 'There is no phone number.' }] : [],
    }),
  ),
]

const sums = [
  { amount: '1240336.45', currencyCode: 'EUR' },
  { amount: '418900.00', currencyCode: 'DKK' },
  { amount: '96410.20', currencyCode: 'USD' },
]
const inOtherCurrencies = [
  { amount: '92500.00', currencyCode: 'SEK' },
  { amount: '38990.00', currencyCode: 'NOK' },
  { amount: '22140.00', currencyCode: 'CHF' },
  { amount: '1250.500', currencyCode: 'KWD' },
  { amount: '5600.00', currencyCode: 'GBP' },
  { amount: '7420.35', currencyCode: 'PLN' },
]
const readySums = [
  { amount: '754436.03', currencyCode: 'EUR' },
  { amount: '260100.00', currencyCode: 'DKK' },
  ...inOtherCurrencies,
]
const nothingFound = { count: 0, sums: [] }
const noSummary = {
  tabs: { eligible: nothingFound, blocked: nothingFound, case: nothingFound, all: nothingFound },
  reasons: [],
  currencies: [],
}

const summary = {
  tabs: {
    eligible: {
      count: 1234,
      sums: readySums,
      value: { amount: '836080.10', currencyCode: 'EUR' },
    },
    blocked: { count: 961, sums: [{ amount: '370120.00', currencyCode: 'EUR' }] },
    case: { count: 115, sums: [{ amount: '68996.35', currencyCode: 'EUR' }] },
    all: {
      count: 2310,
      sums: [...sums, ...inOtherCurrencies],
      value: { amount: '1384210.11', currencyCode: 'EUR' },
    },
  },
  rates: { sources: ['policy', 'zoho'], asOf: '2026-01-01' } as const,
  reasons: [
    { code: 'not_overdue', title: 'Not due yet', count: 904 },
    { code: 'city_missing', title: 'No city in the billing address', count: 41 },
    { code: 'address_missing', title: 'No street in the billing address', count: 38 },
    { code: 'state_missing', title: 'US debtor without a state', count: 6 },
  ],
  currencies: ['CHF', 'DKK', 'EUR', 'GBP', 'KWD', 'NOK', 'PLN', 'SEK', 'USD'],
}

/** As wide as totals get. */
const millions = ['DKK', 'EUR', 'USD', 'GBP', 'SEK'].map((currencyCode) => ({
  amount: '1240336000.45',
  currencyCode,
}))

export const bulkImport = (over: Partial<BulkImportView> = {}): BulkImportView => ({
  connection: connection(),
  query: parseListQuery({ eligibility: 'all' }),
  rows,
  previous: null,
  next: 'next-cursor',
  summary,
  selection: { all: false, ids: new Set(), except: new Set() },
  ...over,
})

const run = (over: Partial<RunView> = {}): RunView => ({
  id: crypto.randomUUID(),
  kind: 'incremental',
  trigger: 'schedule',
  state: 'completed',
  startedAt: ago(6),
  finishedAt: ago(5.9),
  rowsRead: 24,
  rowsNew: 12,
  rowsChanged: 3,
  rowsClosed: 5,
  rowsSetAside: 0,
  error: null,
  ...over,
})

const runs: readonly RunView[] = [
  run(),
  run({
    trigger: 'webhook',
    startedAt: ago(21),
    finishedAt: ago(20.95),
    rowsRead: 1,
    rowsNew: 0,
    rowsChanged: 0,
    rowsClosed: 1,
  }),
  run({ startedAt: ago(36), finishedAt: ago(35.9), rowsRead: 0, rowsNew: 0, rowsChanged: 0, rowsClosed: 0 }),
  run({
    startedAt: ago(52),
    finishedAt: ago(51.5),
    state: 'failed',
    rowsRead: 0,
    rowsNew: 0,
    rowsChanged: 0,
    rowsClosed: 0,
    error: 'Zoho Books is not answering properly. We try again by ourselves.',
  }),
  run({
    kind: 'full',
    startedAt: ago(192),
    finishedAt: ago(190),
    rowsRead: 2310,
    rowsNew: 0,
    rowsChanged: 0,
    rowsClosed: 2,
    rowsSetAside: 3,
  }),
]

const integrations = (
  over: Partial<ConnectionView>,
  rest: { setAside?: number; runs?: readonly RunView[] } = {},
) => (
  <IntegrationsPage
    connection={connection(over)}
    runs={rest.runs ?? runs}
    setAside={{ count: rest.setAside ?? 3, more: false }}
    outcome={undefined}
  />
)

const progress = { kind: 'full', page: 7, rowsRead: 1400, total: 2310 } as const

const rates: Readonly<Record<string, number>> = {
  DKK: 0.134,
  SEK: 0.088,
  NOK: 0.086,
  CHF: 1.06,
  PLN: 0.23,
  KWD: 2.9,
  GBP: 1.16,
  USD: 0.9,
}
const worth = ({ amountToRecover, currencyCode }: InvoiceView) =>
  Number(amountToRecover) * (rates[currencyCode ?? ''] ?? 1)

export const review = (over: Partial<ReviewView> = {}): ReviewView => ({
  connection: connection(),
  rows: readyRows
    .filter(({ warnings }) => !warnings.some(({ code }) => code === 'payment_in_progress'))
    .sort((a, b) => worth(b) - worth(a)),
  pager: { previous: null, next: 'next' },
  warnings: [
    { code: 'email_missing', title: 'No e-mail address', count: 12 },
    { code: 'phone_missing', title: 'No phone number', count: 9 },
    { code: 'description_needed', title: 'Description needed', count: 3 },
  ],
  untypedDebtors: [],
  moreUntyped: false,
  isLong: false,
  selected: 1240,
  create: {
    count: 1228,
    sums: readySums,
    value: { amount: '836080.10', currencyCode: 'EUR' },
  },
  duplicates: 4,
  notCreated: [
    { code: 'address_missing', message: 'The billing address has no street.', count: 5 },
    { code: 'not_overdue', message: 'The invoice is not overdue yet.', count: 3 },
  ],
  paymentInProgress: [
    {
      zohoInvoiceId: '982000000567120',
      creditorReference: 'INV-004477',
      debtorName: 'Kowalczyk Meble Sp. z o.o.',
      amount: '2765.20',
      currencyCode: 'EUR',
    },
  ],
  moreInProgress: 0,
  fields: { ids: '982000000567114', idempotencyKey: 'key' },
  back: '/bulk-import',
  problem: undefined,
  ...over,
})

export const command = (over: Partial<CommandView> = {}): CommandView => ({
  id: '0f8fad5b-d9cb-469f-a165-70867728950e',
  state: 'completed',
  createdAt: ago(3),
  who: 'Dana Demo',
  needsReconnect: false,
  mayConfirm: true,
  counts: { total: 12, created: 8, duplicate: 1, ineligible: 2, failed: 1 },
  items: [
    {
      zohoInvoiceId: '1',
      creditorReference: 'INV-004512',
      debtorName: 'Blumenthal & Söhne GmbH',
      amount: '1890.00',
      currencyCode: 'EUR',
      outcome: 'created',
      caseId: '1',
      caseReference: 'Q8KXF3WM',
      reasons: [],
    },
    {
      zohoInvoiceId: '2',
      creditorReference: 'INV-004541',
      debtorName: 'Bakkerij De Wilde B.V.',
      amount: '310.75',
      currencyCode: 'EUR',
      outcome: 'duplicate',
      caseId: '2',
      caseReference: 'T4HN9CRB',
      reasons: [],
    },
    {
      zohoInvoiceId: '3',
      creditorReference: 'INV-004533',
      debtorName: 'Redwood Outfitters Inc.',
      amount: '640.00',
      currencyCode: 'USD',
      outcome: 'ineligible',
      caseId: null,
      caseReference: null,
      reasons: [{ code: 'not_unpaid', message: 'The invoice was paid in the meantime.' }],
    },
    {
      zohoInvoiceId: '4',
      creditorReference: 'INV-004540',
      debtorName: 'Hansen Interiør A/S',
      amount: '48250.00',
      currencyCode: 'DKK',
      outcome: 'failed',
      caseId: null,
      caseReference: null,
      reasons: [{ code: 'zoho_unavailable', message: 'Zoho Books is not answering properly.' }],
    },
  ],
  outcome: undefined,
  pager: { previous: null, next: null },
  csvHref: '/api/case-commands/0f8fad5b/results.csv',
  waiting: undefined,
  ...over,
})

const caseRow = (over: Partial<CaseRowView> = {}): CaseRowView => ({
  id: '0f8fad5b-d9cb-469f-a165-70867728950e',
  reference: 'Q8KXF3WM',
  creditorReference: 'INV-004512',
  debtorName: 'Blumenthal & Söhne GmbH',
  amountToRecover: '1890.00',
  currencyCode: 'EUR',
  dueDate: '2026-01-19',
  status: 'pending_verification',
  createdAt: ago(3),
  invoiceState: 'unpaid',
  outstanding: '1890.00',
  invoiceStateSince: ago(3),
  followedUntil: null,
  evidence: { required: [], present: ['file'], onItsWay: [], complete: true },
  ...over,
})

export const cases: readonly CaseRowView[] = [
  caseRow(),
  caseRow({
    id: '2',
    reference: 'T4HN9CRB',
    creditorReference: 'INV-004530',
    debtorName: 'Café Lumière SARL',
    amountToRecover: '12400.50',
    invoiceState: 'partly_paid',
    outstanding: '4400.50',
    createdAt: ago(60 * 26),
    evidence: { required: ['file'], present: [], onItsWay: ['file'], complete: false },
  }),
  caseRow({
    id: '4',
    reference: 'W3RB8KTN',
    creditorReference: 'INV-004533',
    debtorName: 'Jansen Bouw B.V.',
    amountToRecover: '640.00',
    invoiceState: 'paid',
    outstanding: '0.00',
    createdAt: ago(60 * 24 * 9),
    evidence: { required: ['file', 'description'], present: ['file'], onItsWay: [], complete: false },
  }),
  caseRow({
    id: '5',
    reference: 'C5YD2LFP',
    creditorReference: 'INV-004101',
    debtorName: 'Müller & Sohn OHG',
    amountToRecover: '2310.90',
    invoiceState: 'void',
    outstanding: '0.00',
    status: 'withdrawn',
    createdAt: ago(60 * 24 * 31),
  }),
  caseRow({
    id: '3',
    reference: 'M7ZPQ2DK',
    creditorReference: 'INV-004540',
    debtorName: 'Hansen Interiør A/S',
    amountToRecover: '48250.00',
    currencyCode: 'DKK',
    createdAt: ago(60 * 50),
    outstanding: '48250.00',
    followedUntil: ago(60 * 24 * 2),
  }),
]

export const caseTotals: readonly CaseTotalView[] = [
  {
    invoiceState: 'unpaid',
    count: 38,
    outstanding: [
      { amount: '61230.40', currencyCode: 'EUR' },
      { amount: '48250.00', currencyCode: 'DKK' },
    ],
  },
  { invoiceState: 'partly_paid', count: 4, outstanding: [{ amount: '7110.50', currencyCode: 'EUR' }] },
  { invoiceState: 'paid', count: 12, outstanding: [{ amount: '0.00', currencyCode: 'EUR' }] },
  { invoiceState: 'void', count: 1, outstanding: [{ amount: '0.00', currencyCode: 'EUR' }] },
]

const invoiceCopy: DocumentView = {
  id: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  kind: 'invoice',
  state: 'stored',
  fileName: 'INV-004512.pdf',
  sizeBytes: 48_213,
  addedBy: 'zoho',
  storedAt: ago(60 * 30 - 1),
  problem: null,
}

export const aCase = (over: Partial<CaseView> = {}): CaseView => ({
  id: '0f8fad5b-d9cb-469f-a165-70867728950e',
  reference: 'Q8KXF3WM',
  status: 'pending_verification',
  evidence: { required: [], present: ['file'], onItsWay: [], complete: true },
  documents: [invoiceCopy],
  createdAt: ago(60 * 30),
  createdBy: 'dana@nordlys.example',
  creditorReference: 'INV-004512',
  date: '2025-12-20',
  dueDate: '2026-01-19',
  amountToRecover: '1890.00',
  currencyCode: 'EUR',
  claimDescription: 'PO 88-1204, oak desks',
  describedBy: null,
  debtor: debtor('Blumenthal & Söhne GmbH'),
  warnings: [{ code: 'zip_missing', message: 'The billing address has no postal code.' }],
  proof: {
    provenAt: ago(60 * 30 + 1),
    source: 'invoice',
    zohoStatus: 'overdue',
    zohoModifiedAt: ago(60 * 24 * 20),
  },
  withdrawnReason: null,
  invoiceState: 'unpaid',
  outstanding: '1890.00',
  invoiceStateSince: ago(60 * 30),
  invoiceAsOf: ago(6),
  followedUntil: null,
  zohoUrl: 'https://books.zoho.eu/app/10234695#/invoices/982000000567114',
  zohoInvoiceId: '982000000567114',
  problem: undefined,
  history: [
    { at: ago(60 * 30), what: 'Case created', who: 'dana@nordlys.example' },
    { at: ago(60 * 30 + 1), what: 'Zoho Books confirmed that the invoice was unpaid', who: null },
    {
      at: ago(60 * 30 + 2),
      what: 'Create Cases was pressed; the claim was confirmed as undisputed',
      who: 'dana@nordlys.example',
    },
  ],
  ...over,
})

const noPager = { previous: null, next: null }

/** Name → page. The names become file names of screenshots. */
const operatorCommand: CommandDetail = {
  id: '0f8fad5b-d9cb-469f-a165-70867728950e',
  clientId: 'nordlys',
  state: 'running',
  total: 12,
  created: 8,
  duplicate: 1,
  ineligible: 0,
  failed: 0,
  attempts: 3,
  errorCode: 'zoho_unavailable',
  createdAt: ago(9),
  nextAttemptAt: ago(-2),
  completedAt: null,
  connectionId: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  requestedBy: 'user-17',
  requestId: '16fd2706-8baf-433b-82eb-8c7fada847da',
  startedAt: ago(9),
  leaseUntil: null,
  fullRunArmedAt: null,
}

const item = (ordinal: number, over: Partial<ItemLine> = {}): ItemLine => ({
  ordinal,
  commandId: operatorCommand.id,
  clientId: 'nordlys',
  organizationId: '10234695',
  zohoInvoiceId: `98200000056711${ordinal}`,
  outcome: 'created',
  codes: [],
  caseReference: 'Q8KXF3WM',
  decidedAt: ago(8),
  ...over,
})
const items = [
  item(1),
  item(2, { outcome: 'failed', codes: ['not_proven'], caseReference: null }),
  item(3, { outcome: null, caseReference: null, decidedAt: null }),
]

const history: InvoiceHistory = {
  staged: [
    {
      connectionId: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
      clientId: 'nordlys',
      state: 'open',
      zohoStatus: 'overdue',
      blockerCodes: ['city_missing', 'payment_in_progress'],
      warningCodes: [],
      unreadable: false,
      provenAt: ago(20),
      lookedAt: null,
      zohoModifiedAt: ago(60 * 24 * 3),
      firstSeenAt: ago(60 * 24 * 40),
      changedAt: ago(60 * 24 * 3),
    },
  ],
  case: {
    id: '1',
    reference: 'Q8KXF3WM',
    clientId: 'nordlys',
    commandId: operatorCommand.id,
    status: 'pending_verification',
    invoiceState: 'partly_paid',
    createdAt: ago(60 * 26),
    provenAt: ago(60 * 26),
    followedUntil: null,
    events: [
      { type: 'invoice_changed', at: ago(90), invoiceState: 'partly_paid', actor: 'zoho' },
      { type: 'created', at: ago(60 * 26), invoiceState: 'unpaid', actor: 'user-17' },
    ],
  },
  setAside: [
    { clientId: 'nordlys', fields: ['due_date'], lastSeenAt: ago(60 * 24 * 9), resolvedAt: ago(60 * 24 * 8) },
  ],
  items,
}

export const previews: Readonly<Record<string, () => VNode>> = {
  'integrations-not-connected': () => (
    <IntegrationsPage
      connection={connection({ state: 'not_connected', organization: null, lastSyncedAt: null })}
      runs={[]}
      setAside={{ count: 0, more: false }}
      outcome={undefined}
    />
  ),
  'integrations-several-organizations': () => (
    <IntegrationsPage
      connection={connection()}
      runs={runs}
      setAside={{ count: 0, more: false }}
      outcome={{ tone: 'good', title: 'Zoho Books is connected.' }}
      organizations={[
        { id: '1', name: 'Nordlys Møbler ApS', currencyCode: 'DKK', current: true },
        { id: '2', name: 'Nordlys Retail GmbH', currencyCode: 'EUR', current: false },
      ]}
    />
  ),
  'integrations-connect-failed': () => (
    <IntegrationsPage
      connection={connection({ state: 'not_connected', organization: null, lastSyncedAt: null })}
      runs={[]}
      setAside={{ count: 0, more: false }}
      outcome={{ tone: 'bad', title: 'Access was not granted in Zoho. Nothing was connected.' }}
    />
  ),
  'integrations-first-sync': () =>
    integrations(
      { state: 'syncing', lastSyncedAt: null, provenAt: null, progress },
      {
        runs: [
          run({
            kind: 'full',
            state: 'running',
            trigger: 'connected',
            startedAt: ago(1),
            finishedAt: null,
            rowsRead: 1400,
            rowsNew: 1400,
            rowsChanged: 0,
            rowsClosed: 0,
          }),
        ],
        setAside: 0,
      },
    ),
  'integrations-syncing': () =>
    integrations({ state: 'syncing', progress: { ...progress, total: undefined } }),
  'integrations-active': () => integrations({}),
  'integrations-without-customers': () =>
    integrations({
      missing: [
        {
          message:
            'Reconnect to let us tell companies from private persons and fill in missing e-mail addresses and phone numbers.',
          action: 'reconnect',
        },
      ],
    }),
  'integrations-delayed': () =>
    integrations({
      state: 'delayed',
      delayedUntil: ago(-870),
      problem: {
        message: 'Zoho’s limit for today is reached. We continue when it resets.',
        code: 'zoho_day_limit',
        action: undefined,
      },
    }),
  'integrations-reconnect': () =>
    integrations({
      state: 'reconnect_required',
      nextSyncAt: null,
      problem: {
        code: 'reconnect_required',
        message: 'Zoho no longer accepts our access. Please reconnect Zoho Books.',
        action: 'reconnect',
      },
    }),
  'integrations-error': () =>
    integrations({
      state: 'error',
      problem: {
        code: 'zoho_unavailable',
        message: 'Zoho Books is not answering properly. We try again by ourselves.',
        action: undefined,
      },
    }),
  'integrations-paused': () => integrations({ state: 'paused', nextSyncAt: null }),
  'leave-frame': () => <LeaveFramePage href="/integrations/zoho-books/consent/start?ticket=preview" />,
  'consent-done': () => <ConsentDonePage problem={undefined} />,
  disconnect: () => <DisconnectPage organization="Nordlys Møbler ApS" />,
  organization: () => (
    <OrganizationPage
      problem={undefined}
      organizations={[
        { id: '1', name: 'Nordlys Møbler ApS', active: true, current: true },
        { id: '2', name: 'Nordlys Retail GmbH', active: true, current: false },
        { id: '3', name: 'Old books 2019', active: false, current: false },
      ]}
    />
  ),
  runs: () => <RunsPage runs={runs} pager={{ previous: null, next: '/x' }} />,
  'set-aside': () => (
    <SetAsidePage
      pager={noPager}
      rows={[
        {
          id: '1',
          creditorReference: 'INV-003311',
          zohoInvoiceId: '982000000567999',
          zohoUrl: 'https://books.zoho.eu/app/10234695#/invoices/982000000567999',
          problems: [{ path: 'balance', message: 'is not a number' }],
          firstSeenAt: ago(60 * 24 * 3),
          lastSeenAt: ago(190),
        },
      ]}
    />
  ),
  'set-aside-empty': () => <SetAsidePage pager={noPager} rows={[]} />,
  webhook: () => (
    <WebhookPage url="https://collections.example.com/webhooks/zoho-books/3Jx5vVqC0mS2kq1uYpAe9w" />
  ),
  'bulk-import': () => (
    <BulkImportPage
      view={bulkImport({
        query: parseListQuery({}),
        rows: readyRows,
        selection: { all: false, ids: new Set(['982000000567115']), except: new Set() },
      })}
    />
  ),
  'bulk-import-everything': () => <BulkImportPage view={bulkImport()} />,
  'bulk-import-needs-fixing': () => (
    <BulkImportPage
      view={bulkImport({
        query: parseListQuery({ eligibility: 'blocked' }),
        rows: rows.filter((row) => !row.eligible && row.caseId === null),
        next: null,
      })}
    />
  ),
  'bulk-import-all': () => (
    <BulkImportPage
      view={bulkImport({
        query: parseListQuery({
          select: 'all',
          q: 'gmbh',
          minDaysOverdue: '30',
          minAmount: '500',
          maxAmount: '20000',
          dueFrom: '2025-10-01',
          dueTo: '2026-02-28',
        }),
        rows: readyRows,
        selection: { all: true, ids: new Set(), except: new Set(['982000000567115']) },
      })}
    />
  ),
  'bulk-import-million': () => (
    <BulkImportPage
      view={bulkImport({
        summary: {
          ...summary,
          tabs: {
            eligible: { count: 612_345, sums: millions },
            blocked: { count: 387_654, sums: millions },
            case: { count: 1, sums: millions.slice(0, 1) },
            all: { count: 1_000_000, sums: millions },
          },
          currencies: millions.map(({ currencyCode }) => currencyCode),
        },
      })}
    />
  ),
  'bulk-import-late-totals': () => <BulkImportPage view={bulkImport({ summary: undefined })} />,
  'bulk-import-first-sync': () => (
    <BulkImportPage
      view={bulkImport({
        rows: [],
        next: null,
        connection: connection({
          state: 'syncing',
          lastSyncedAt: null,
          progress: { ...progress, rowsRead: 0, page: 1, total: undefined },
        }),
        summary: noSummary,
      })}
    />
  ),
  'bulk-import-nothing-unpaid': () => (
    <BulkImportPage
      view={bulkImport({
        rows: [],
        next: null,
        summary: noSummary,
      })}
    />
  ),
  'bulk-import-no-match': () => (
    <BulkImportPage
      view={bulkImport({
        rows: [],
        next: null,
        query: parseListQuery({ q: 'zzz' }),
        summary: noSummary,
      })}
    />
  ),
  'bulk-import-not-connected': () => (
    <BulkImportPage view={bulkImport({ connection: connection({ state: 'not_connected' }), rows: [] })} />
  ),
  'bulk-import-broken': () => (
    <BulkImportPage
      view={bulkImport({
        connection: connection({
          state: 'reconnect_required',
          problem: {
            code: 'reconnect_required',
            message: 'Zoho no longer accepts our access. Please reconnect Zoho Books.',
            action: 'reconnect',
          },
        }),
      })}
    />
  ),
  'invoice-eligible': () => <InvoicePage invoice={invoice()} back="/bulk-import" />,
  'invoice-blocked': () => <InvoicePage invoice={rows[2] ?? invoice()} back="/bulk-import" />,
  review: () => <ReviewPage view={review()} />,
  'review-only-held': () => (
    <ReviewPage
      view={review({
        rows: [],
        create: { count: 0, sums: [] },
        selected: 1,
        duplicates: 0,
        notCreated: [],
      })}
    />
  ),
  'review-nothing-possible': () => (
    <ReviewPage
      view={review({ rows: [], create: { count: 0, sums: [] }, selected: 3, paymentInProgress: [] })}
    />
  ),
  'review-unconnected': () => (
    <ReviewPage
      view={review({
        connection: connection({
          state: 'reconnect_required',
          nextSyncAt: null,
          problem: {
            code: 'reconnect_required',
            message: 'Zoho no longer accepts our access. Please reconnect Zoho Books.',
            action: 'reconnect',
          },
        }),
      })}
    />
  ),
  'review-empty': () => <ReviewPage view={review({ selected: 0 })} />,
  commands: () => (
    <CommandsPage
      rows={[
        {
          id: '1',
          state: 'running',
          createdAt: ago(1),
          who: 'Dana Demo',
          counts: { total: 1228, created: 700, duplicate: 2, ineligible: 4, failed: 0 },
          waiting: undefined,
        },
        {
          id: '2',
          state: 'completed',
          createdAt: ago(60 * 26),
          who: 'Dana Demo',
          counts: { total: 12, created: 8, duplicate: 1, ineligible: 2, failed: 1 },
          waiting: undefined,
        },
        {
          id: '3',
          state: 'completed',
          createdAt: ago(60 * 24 * 9),
          who: 'Søren Nordlys',
          counts: { total: 1, created: 1, duplicate: 0, ineligible: 0, failed: 0 },
          waiting: undefined,
        },
      ]}
      pager={{ previous: null, next: '/x' }}
    />
  ),
  'operator-commands': () => (
    <OperatorCommandsPage
      commands={[operatorCommand, { ...operatorCommand, id: '1', state: 'completed', errorCode: null }]}
      show="open"
      clientId="nordlys"
      next="/x"
    />
  ),
  'operator-command': () => (
    <OperatorCommandPage
      command={operatorCommand}
      attempts={[
        {
          id: '16fd2706-8baf-433b-82eb-8c7fada84701',
          startedAt: ago(2),
          endedAt: null,
          outcome: 'running',
          errorCode: null,
        },
        {
          id: '16fd2706-8baf-433b-82eb-8c7fada84702',
          startedAt: ago(5),
          endedAt: ago(4),
          outcome: 'deferred',
          errorCode: 'zoho_unavailable',
        },
        {
          id: '16fd2706-8baf-433b-82eb-8c7fada84703',
          startedAt: ago(9),
          endedAt: null,
          outcome: 'lost',
          errorCode: null,
        },
      ]}
      items={items}
      outcome={undefined}
      next="/x"
      events={[
        { id: 1, actor: 'user-17', actorRole: 'client', action: 'case_command.submitted', createdAt: ago(9) },
      ]}
    />
  ),
  'operator-invoice': () => (
    <OperatorInvoicePage organizationId="10234695" zohoInvoiceId="982000000567112" history={history} />
  ),
  'operator-find': () => (
    <FindPage
      asked="nord"
      found={{
        clients: [{ id: 'nordlys' }],
        commands: [operatorCommand],
        invoices: [
          {
            organizationId: '10234695',
            zohoInvoiceId: '982000000567112',
            clientId: 'nordlys',
            caseReference: 'Q8KXF3WM',
          },
        ],
      }}
    />
  ),
  'operator-find-nothing': () => <FindPage asked="zzz" found={undefined} />,
  'operator-pause': () => <PausePage queue="case-creation" waiting="3 jobs wait in it now." />,
  'error-codes': () => <CataloguePage />,
  'commands-empty': () => <CommandsPage rows={[]} pager={noPager} />,
  'command-reconnect': () => <CommandPage view={command({ needsReconnect: true })} />,
  'command-running': () => (
    <CommandPage
      view={command({
        state: 'running',
        counts: { total: 1228, created: 700, duplicate: 2, ineligible: 4, failed: 0 },
      })}
    />
  ),
  'command-completed': () => <CommandPage view={command()} />,
  cases: () => (
    <CasesPage
      connection={connection()}
      value={{ amount: '74809.30', currencyCode: 'EUR' }}
      rows={cases}
      totals={caseTotals}
      query={{}}
      pager={{ previous: null, next: '/cases?cursor=x' }}
    />
  ),
  'review-debtors': () => (
    <ReviewPage
      view={review({
        untypedDebtors: [
          { zohoCustomerId: '1', name: 'Blumenthal', invoices: 12 },
          {
            zohoCustomerId: '2',
            name: 'Hans-Joachim Müller-Lüdenscheidt und Söhne, Nachfolger',
            invoices: 1,
          },
        ],
        moreUntyped: true,
      })}
    />
  ),
  'cases-empty': () => (
    <CasesPage connection={connection()} rows={[]} totals={[]} query={{}} pager={noPager} />
  ),
  'cases-no-match': () => (
    <CasesPage connection={connection()} rows={[]} totals={[]} query={{ q: 'zzz' }} pager={noPager} />
  ),
  case: () => <CasePage view={aCase()} />,
  'case-paid': () => (
    <CasePage
      view={aCase({
        invoiceState: 'paid',
        outstanding: '0.00',
        invoiceStateSince: ago(60 * 4),
        warnings: [],
        history: [
          { at: ago(60 * 4), what: 'Paid after the case was created', who: null },
          ...aCase().history,
        ],
      })}
    />
  ),
  'case-documents': () => (
    <CasePage
      view={aCase({
        claimDescription: 'PO 88-1204',
        evidence: { required: ['file', 'description'], present: ['file'], onItsWay: [], complete: false },
        documents: [
          {
            ...invoiceCopy,
            state: 'failed',
            sizeBytes: null,
            storedAt: null,
            problem: 'The connection was removed in the meantime.',
          },
          {
            ...invoiceCopy,
            id: '2',
            kind: 'upload',
            fileName: 'Lieferschein März, unterschrieben von Herrn Müller-Lüdenscheidt am Standort Süd.pdf',
            sizeBytes: 3_400_000,
            addedBy: 'dana@nordlys.example',
          },
          { ...invoiceCopy, id: '3', kind: 'upload', fileName: 'photo.jpg', addedBy: 'dana@nordlys.example' },
        ],
      })}
    />
  ),
  'case-copy-on-its-way': () => (
    <CasePage
      view={aCase({
        evidence: { required: ['file'], present: [], onItsWay: ['file'], complete: false },
        documents: [
          {
            ...invoiceCopy,
            state: 'pending',
            sizeBytes: null,
            storedAt: null,
            problem: 'Zoho Books is not answering properly.',
          },
        ],
      })}
    />
  ),
  'case-partly-paid': () => (
    <CasePage
      view={aCase({
        invoiceState: 'partly_paid',
        outstanding: '890.00',
        invoiceStateSince: ago(60 * 4),
        history: [
          {
            at: ago(60 * 4),
            what: 'Partly paid after the case was created',
            who: null,
            left: { amount: '890.00', currencyCode: 'EUR' },
          },
          ...aCase().history,
        ],
      })}
    />
  ),
  'case-voided': () => (
    <CasePage
      view={aCase({
        invoiceState: 'void',
        outstanding: '0.00',
        invoiceStateSince: ago(60 * 24),
        followedUntil: ago(60 * 20),
        history: [
          { at: ago(60 * 24), what: 'Voided in Zoho Books after the case was created', who: null },
          ...aCase().history,
        ],
      })}
    />
  ),
  'case-withdrawn': () => (
    <CasePage
      view={aCase({
        status: 'withdrawn',
        withdrawnReason: 'The customer paid in cash at our office',
        history: [
          {
            at: ago(90),
            what: 'Withdrawn: The customer paid in cash at our office',
            who: 'dana@nordlys.example',
          },
          ...aCase().history,
        ],
      })}
    />
  ),
  'webhook-unknown': () => <WebhookPage url={null} />,
  sessions: () => (
    <SessionsPage
      idleMinutes={60}
      hours={12}
      ended
      sessions={[
        {
          id: '1',
          isThis: true,
          startedAt: ago(50),
          lastSeenAt: ago(0),
          ip: '198.51.100.7',
          userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        },
        {
          id: '2',
          isThis: false,
          startedAt: ago(300),
          lastSeenAt: ago(40),
          ip: '2001:db8:85a3::8a2e:370:7334',
          userAgent:
            'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1',
        },
        { id: '3', isThis: false, startedAt: ago(500), lastSeenAt: ago(58), ip: null, userAgent: null },
      ]}
    />
  ),
  'connect-question': () => <ConnectQuestionPage />,
  'hand-over-question': () => (
    <HandOverPage
      clientName="Südwind Elektro GmbH"
      personName="Max Mustermann"
      token="t"
      next="/integrations"
    />
  ),
  'sign-in-question': () => (
    <HandOverPage
      clientName="Südwind Elektro GmbH"
      personName="Max Mustermann"
      token="t"
      next="/integrations"
    />
  ),
  'sign-in-at-portal': () => <SignInPage demo={false} portal next="/cases" />,
  'sign-in-demo': () => <SignInPage demo next={undefined} />,
  'sign-in-host-portal': () => <SignInPage demo={false} next={undefined} />,
  'session-ended': () => <SignInPage demo next={undefined} ended />,
  'error-404': () => (
    <ErrorPage
      error={{
        status: 404,
        code: 'not_found',
        message: 'There is nothing here.',
        errorId: '0198f2c4-5f0e-7d9c-b1a4-0d3c2b1a0f9e',
        retrySeconds: undefined,
      }}
    />
  ),
  'error-busy': () => (
    <ErrorPage
      error={{
        status: 503,
        code: 'overloaded',
        message: 'We are very busy right now. Please try again in a moment.',
        errorId: '0198f2c4-5f0e-7d9c-b1a4-0d3c2b1a0f9e',
        retrySeconds: 3600,
      }}
    />
  ),
  'error-500': () => (
    <ErrorPage
      error={{
        status: 500,
        code: 'internal_error',
        message: 'Something went wrong on our side. It has been recorded.',
        errorId: '0198f2c4-5f0e-7d9c-b1a4-0d3c2b1a0f9e',
        retrySeconds: undefined,
      }}
    />
  ),
}

/** Pages of people who are not signed in. */
export const withoutViewer = (name: string) => name.startsWith('sign-in') || name === 'session-ended'
