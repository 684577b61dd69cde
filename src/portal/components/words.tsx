/** What is read on these pages, page by page, in one place: what a translator needs. */
import type { ComponentChildren as Node } from 'preact'

type Text = string | number

export const chip = {
  from: (from: Text) => `from ${from}`,
  upTo: (to: Text) => `up to ${to}`,
  apply: 'Apply',
  removeTheFilter: (name: Node) => <>Remove the filter {name}</>,
  amount: 'Amount',
  amountFrom: (inCurrency: Text) => `Amount from${inCurrency}`,
  amountUpTo: (inCurrency: Text) => `Amount up to${inCurrency}`,
  currency: 'Currency',
  any: 'Any',
}

export const findings = {
  warning: 'Warning',
  blocker: 'Blocker',
  eligibleFromWithoutAnyChange: (until: string) => ` Eligible from ${until}, without any change.`,
  fixInZohoBooksOpens: () => (
    <>
      Fix in Zoho Books<span class="visually-hidden"> (opens a new tab)</span>
    </>
  ),
}

export const help = {
  goodToKnow: 'Good to know',
  iHaveSeveralZohoBooks: 'I have several Zoho Books organizations',
  weConnectToTheFirst: () => (
    <>
      We connect to the first active organization of your Zoho account. Choose another one with{' '}
      <b>Change organization</b>, or disconnect and connect again with another Zoho account. Cases that you
      have already created stay.
    </>
  ),
  anInvoiceIsMissing: 'An invoice is missing',
  onlyInvoicesWithAnOpen: () => (
    <>
      Only invoices with an open balance are imported: drafts, void and paid invoices are not. An invoice that
      cannot be a case yet is listed with its reasons; choose <b>Needs fixing</b> in Bulk Import. Rows that
      could not be read at all are under <b>Could not be read</b>. Something new in Zoho Books arrives with
      the next sync, or at once with <b>Sync now</b>.
    </>
  ),
  zohoAsksMeToSign: 'Zoho asks me to sign in again, or I see authentication errors',
  accessToZohoIsRenewed: () => (
    <>
      Access to Zoho is renewed by itself. If the card says <b>Reconnect needed</b>, the permission was
      removed at Zoho, for example under Connected Apps or with a change of the user. Press <b>Reconnect</b>.
      If that does not help, disconnect and connect again.
    </>
  ),
  iHaveManyInvoices: 'I have many invoices',
  largeVolumesTakeLongerTo:
    'Large volumes take longer to load; you may leave this page while we read. Zoho Books gives no total, so lists have Next and Previous instead of page numbers. When Zoho’s request limit is reached, the card says so and when we continue.',
}

export const layout = {
  integrations: 'Integrations',
  bulkImport: 'Bulk Import',
  cases: 'Cases',
  operations: 'Operations',
  connections: 'Connections',
  commands: 'Commands',
  webhooks: 'Webhooks',
  queues: 'Queues',
  main: 'Main',
  signOut: 'Sign out',
  skipToContent: 'Skip to content',
  debitura: 'Debitura',
}

export const mappingTable = {
  invoiceNumber: 'Invoice number',
  creditorReference: 'Creditor reference',
  invoiceDate: 'Invoice date',
  caseDate: 'Case date',
  dueDate: 'Due date',
  caseDueDate: 'Case due date',
  balance: 'Balance',
  amountToRecover: 'Amount to recover',
  currencyCode: 'Currency code',
  caseCurrency: 'Case currency',
  customerName: 'Customer name',
  debtorName: 'Debtor name',
  customerEmail: 'Customer email',
  debtorEmail: 'Debtor email',
  billingAddress: 'Billing address',
  debtorAddress: 'Debtor address',
  phone: 'Phone',
  debtorPhone: 'Debtor phone',
  referenceNumber: 'Reference number',
  caseDescription: 'Case description',
  whatDataIsImported: 'What data is imported',
  unpaidInvoicesOnlyNothingIs: 'Unpaid invoices only. Nothing is ever written to Zoho Books.',
  zohoBooksField: 'Zoho Books field',
  debituraField: 'Debitura field',
}

export const pager = {
  pages: 'Pages',
  previous: 'Previous',
  next: 'Next',
}

export const statePill = {
  notConnected: 'Not connected',
  syncing: 'Syncing',
  active: 'Active',
  delayed: 'Delayed',
  reconnectNeeded: 'Reconnect needed',
  error: 'Error',
  paused: 'Paused',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
  caseCreated: 'Case created',
  alreadyACase: 'Already a case',
  notEligible: 'Not eligible',
  waiting: 'Waiting',
  pendingVerification: 'Pending verification',
  withdrawn: 'Withdrawn',
  unpaid: 'Unpaid',
  partlyPaid: 'Partly paid',
  paid: 'Paid',
  voided: 'Voided',
  deleted: 'Deleted',
}

export const values = {
  currencies: (count: number) => `${count} ${count === 1 ? 'currency' : 'currencies'}`,
  notGiven: 'not given',
  notYet: 'not yet',
}
