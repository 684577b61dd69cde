/** What is read on these pages, page by page, in one place: what a translator needs. */
import type { ComponentChildren as Node } from 'preact'

type Text = string | number

export const bulkImportPage = {
  bulkImportIntegration: 'Bulk Import (Integration)',
  yourUnpaidInvoicesFromZoho: 'Your unpaid invoices from Zoho Books.',
  connectZohoBooksFirst: 'Connect Zoho Books first',
  goToIntegrations: 'Go to Integrations',
  yourUnpaidInvoicesAppearHere: 'Your unpaid invoices appear here once your organization is connected.',
  noInvoiceIsReady: 'No invoice is ready',
  aCaseCanBeMade:
    'A case can be made of an invoice once it is overdue and its customer’s address is complete. See what needs fixing.',
  nothingNeedsFixing: 'Nothing needs fixing',
  everyUnpaidInvoiceIsReady: 'Every unpaid invoice is ready, or a case already.',
  noCaseYet: 'No case yet',
  selectInvoicesThatAreReady:
    'Select invoices that are ready and press Create Cases; they stand here from then on.',
  nothingMatches: 'Nothing matches',
  showAllUnpaidInvoices: 'Show all unpaid invoices',
  noUnpaidInvoiceFitsThese:
    'No unpaid invoice fits these filters. An invoice that you miss here may be paid, a draft, or not read yet.',
  readingYourInvoices: 'Reading your invoices',
  theFirstUnpaidInvoicesAppear:
    'The first unpaid invoices appear here in a moment. You may leave this page: it goes on by itself.',
  noUnpaidInvoices: 'No unpaid invoices',
  yourOrganization: 'your organization',
  everythingInIsPaidNew: (name: Node) => (
    <>Everything in {name} is paid. New invoices appear here by themselves.</>
  ),
  of: (total: Text) => ` of ${total}`,
  pages: 'Pages',
  previous: 'Previous',
  next: 'Next',
  unpaidInvoices: 'Unpaid invoices',
  pastOrders: 'Past orders',
  downloadCsv: 'Download CSV',
}

export const commandPage = {
  created: 'Created',
  alreadyACase: 'Already a case',
  notEligible: 'Not eligible',
  failed: 'Failed',
  resultsByOutcome: 'Results by outcome',
  all: 'All',
  fixInZohoBooksOpens: () => (
    <>
      Fix in Zoho Books<span class="visually-hidden"> (opens a new tab)</span>
    </>
  ),
  confirmAnyway: 'Confirm anyway',
  openCase: 'Open case',
  resultForEachInvoice: 'Result for each invoice',
  invoice: 'Invoice',
  amount: 'Amount',
  result: 'Result',
  case: 'Case',
  creatingCases: 'Creating cases',
  noCaseWasCreated: 'No case was created',
  casesWereCreated: (created: number, shown: string) =>
    created === 1 ? '1 case was created' : `${shown} cases were created`,
  viewCases: 'View cases',
  tryTheFailedOnesAgain: 'Try the failed ones again',
  downloadCsv: 'Download CSV',
  backToBulkImport: 'Back to Bulk Import',
  weAskZohoBooksWhether:
    'We ask Zoho Books whether each invoice is still unpaid, and create a case only when it says so. You may leave this page: it goes on by itself, and the results stay here.',
  invoicesCouldNotBeHandled: (failed: number) =>
    failed === 1 ? '1 invoice could not be handled.' : `${failed} invoices could not be handled.`,
  noCaseWasCreatedThere:
    'No case was created there. The reasons are below; trying again is safe, nothing is created twice.',
  bulkImportIntegration: 'Bulk Import (Integration)',
  pastOrders: 'Past orders',
  given: 'Given ',
  by: (who: Node) => (
    <>
      {' '}
      by <bdi>{who}</bdi>
    </>
  ),
  zohoNoLongerAcceptsOur: 'Zoho no longer accepts our access.',
  reconnect: 'Reconnect',
  theRestOfThisOrder: 'The rest of this order goes on by itself once Zoho Books is connected again.',
  reconnectFirstThenTryThe: 'Reconnect first, then try the failed ones again.',
  progress: 'Progress',
  ofInvoices: (counts: Node, total: Node) => (
    <>
      <b>
        {counts} of {total}
      </b>{' '}
      invoices
    </>
  ),
  results: 'Results',
  nothingHere: 'Nothing here',
  noInvoiceOfThisOrder: 'No invoice of this order has this outcome.',
}

export const commandsPage = {
  inWork: 'In work',
  someFailed: 'Some failed',
  done: 'Done',
  pastOrders: 'Past orders',
  given: 'Given',
  state: 'State',
  by: 'By',
  selected: 'Selected',
  invoices: (total: number, shown: string) => (total === 1 ? '1 invoice' : `${shown} invoices`),
  casesCreated: 'Cases created',
  alreadyACase: 'Already a case',
  notEligible: 'Not eligible',
  failed: 'Failed',
  bulkImportIntegration: 'Bulk Import (Integration)',
  eachTimeCreateCasesWas: 'Each time Create Cases was pressed, with what became of every invoice.',
  noOrderYet: 'No order yet',
  goToBulkImport: 'Go to Bulk Import',
  selectTheInvoicesThatYou: 'Select the invoices that you want to collect and press Create Cases.',
}

export const debtorTypesCard = {
  company: 'Company',
  privatePerson: 'Private person',
  companyOrPrivatePerson: 'Company or private person?',
  zohoBooksDoesNotTell: 'Zoho Books does not tell. We remember your answer for each debtor.',
  invoices: (count: number, shown: string) => `${shown} ${count === 1 ? 'invoice' : 'invoices'}`,
  noName: 'no name',
  moreDebtorsFollowWhenYou: 'More debtors follow when you have answered for these.',
  saveAnswers: 'Save answers',
}

export const filters = {
  upToThreeMonths: '61–90 days',
  upToTwoMonths: '31–60 days',
  upToOneMonth: '0–30 days',
  any: 'Any',
  moreThan90Days: 'More than 90 days',
  upToDays: (to: Text) => `up to ${to} days`,
  dueDate: 'Due date',
  amount: 'Amount',
  customer: 'Customer',
  invoiceNumber: 'Invoice number',
  ascending: 'Ascending',
  descending: 'Descending',
  overdue: 'Overdue',
  overdueFor: 'Overdue for',
  dueFrom: 'Due from',
  dueUpTo: 'Due up to',
  invoiceDate: 'Invoice date',
  datedFrom: 'Dated from',
  datedUpTo: 'Dated up to',
  reason: 'Reason',
  clear: 'Clear',
  search: 'Search',
  numberCustomerAmount: 'Number, customer, amount',
  apply: 'Apply',
  filterAndSort: 'Filter and sort',
  sortBy: 'Sort by',
  order: 'Order',
  rowsPerPage: 'Rows per page',
}

export const invoicePage = {
  alreadyAWithdrawnCase: 'This invoice is already a case, which is withdrawn.',
  alreadyACase: 'This invoice is already a case.',
  openTheCase: 'Open the case',
  readyThisInvoiceCanBecome: 'Ready: this invoice can become a case.',
  needsFixingBeforeItCan: 'Needs fixing before it can become a case',
  thingsStandInTheWay: (count: number) =>
    count === 1 ? 'One thing stands in the way.' : `${count} things stand in the way; here are all of them.`,
  whatToFix: 'What to fix',
  worthALook: 'Worth a look',
  aCorrectionInZohoBooks: 'A correction in Zoho Books arrives here with the next sync.',
  markedInZohoBooks: 'Marked in Zoho Books',
  paymentExpected: 'Payment expected',
  unusedCredits: 'Unused credits',
  invoice: (name: Text) => `Invoice ${name}`,
  bulkImportIntegration: 'Bulk Import (Integration)',
  heading: (name: Node) => <>Invoice {name}</>,
  aCustomerWithoutAName: 'a customer without a name',
  from: (money: Node, name: Node, daysOverdue: Node) => (
    <>
      {money} from <bdi>{name}</bdi>, {daysOverdue}
    </>
  ),
  openInZohoBooksNew: () => (
    <>
      Open in Zoho Books<span class="visually-hidden"> (new tab)</span>
    </>
  ),
  asItWillStandIn: 'As it will stand in the case',
  creditorReference: 'Creditor reference',
  caseDate: 'Case date',
  caseDueDate: 'Case due date',
  amountToRecover: 'Amount to recover',
  caseCurrency: 'Case currency',
  caseDescription: 'Case description',
  statusInZohoBooks: 'Status in Zoho Books',
  debtor: 'Debtor',
  allUnpaidInvoicesOfThis: 'All unpaid invoices of this customer',
}

export const invoiceTable = {
  fixInvoiceInZohoBooks: (invoice: Node) => (
    <>
      Fix<span class="visually-hidden"> invoice {invoice} in Zoho Books (opens a new tab)</span>
    </>
  ),
  alreadyACase: 'Already a case',
  waits: 'Waits',
  needsFixing: 'Needs fixing',
  readyOn: (until: Text) => `, ready on ${until}`,
  ready: 'Ready',
  noCaseCanBeMade: (blockers: Text) => `No case can be made of it yet: ${blockers}`,
  itIsAlreadyACase: 'It is already a case',
  selectInvoice: (invoice: Text) => `Select invoice ${invoice}`,
  invoiceCannotBeSelected: (invoice: Text, why: Text) => `Invoice ${invoice} cannot be selected. ${why}`,
  selectAllThatAreReady: 'Select all that are ready on this page',
  selected: 'Selected',
  invoice: 'Invoice',
  customer: 'Customer',
  noName: 'no name',
  dueDate: 'Due date',
  amount: 'Amount',
  whatNeedsFixing: 'What needs fixing',
  state: 'State',
  unpaidInvoices: 'Unpaid invoices',
}

export const invoiceView = {
  noDueDate: 'no due date',
  daysOverdue: (days: number, shown: string) => `${shown} ${days === 1 ? 'day' : 'days'} overdue`,
  notOverdue: 'not overdue',
}

export const reviewPage = {
  bulkImportIntegration: 'Bulk Import (Integration)',
  reviewAndCreateCases: 'Review and create cases',
  alreadyACaseNothingIs: 'Already a case: nothing is created twice.',
  willNotBeCreatedAnd: 'Will not be created, and why',
  anInvoiceWithSeveralReasons: 'An invoice with several reasons is counted under each.',
  reasonsWhySelectedInvoicesWill: 'Reasons why selected invoices will not become cases',
  reason: 'Reason',
  invoices: 'Invoices',
  aPaymentIsOnIts: 'A payment is on its way for these invoices',
  theyAreHeldBackUnless:
    'They are held back unless you tick them: a case against somebody who is paying costs goodwill.',
  noName: 'no name',
  andMoreToDecideAbout: (more: Node) => (
    <>And {more} more. To decide about them, select them in a command of their own.</>
  ),
  createCases: 'Create Cases',
  createSome: (cases: number, shown: string) => (cases === 1 ? 'Create 1 Case' : `Create ${shown} Cases`),
  iConfirmThatTheseClaims: () => (
    <>
      I confirm that these claims are undisputed.
      <span class="hint"> The customers have not objected to them, and no complaint or credit is open.</span>
    </>
  ),
  invoiceCopiesWillBeAttached: () => (
    <>
      <strong>Invoice copies will be attached:</strong> each case gets the PDF of its invoice from Zoho Books.
    </>
  ),
  afterYouPressTheButton:
    'After you press the button we ask Zoho Books whether each invoice is still unpaid, and create a case only when it says so. What was paid, voided or deleted before you pressed it gets no case.',
  backToTheList: 'Back to the list',
  invoicesThatBecomeCases: 'Invoices that become cases',
  largestFirstByValueIn: 'Largest first, by value in your own currency',
  debtor: 'Debtor',
  amount: 'Amount',
  dueDate: 'Due date',
  worthALook: 'Worth a look',
  takeOut: 'Take out',
  remove: (creditorReference: Node) => (
    <>
      Remove<span class="visually-hidden"> {creditorReference}</span>
    </>
  ),
  pages: 'Pages',
  previous: 'Previous',
  next: 'Next',
  whatWillBeCreated: 'What will be created',
  /** Stands after the number. */
  willBeCreated: (cases: number) => `${cases === 1 ? 'case' : 'cases'} will be created`,
  areReady: (invoices: number) => `${invoices === 1 ? 'invoice is' : 'invoices are'} ready`,
  besidesWhatYouTickBelow: ', besides what you tick below',
  ofSelectedAreLeftOut: (out: string, selected: string) => `${out} of ${selected} selected are left out.`,
  theConnectionToZohoBooks: 'The connection to Zoho Books does not work right now.',
  reconnect: 'Reconnect',
  noCaseCanBeCreated:
    'No case can be created now: Zoho Books has to say that each invoice is still unpaid. Your selection stays.',
  noInvoiceIsSelected: 'No invoice is selected',
  tickTheInvoicesThatYou: 'Tick the invoices that you want to collect, then press Create Cases.',
  noneOfTheSelectedInvoices: 'None of the selected invoices can become a case now.',
  theReasonsAreBelow: 'The reasons are below.',
}

export const selectionBar = {
  allReady: (count: Node) => <>All {count} ready</>,
  takenOut: (taken: Text) => `, ${taken} taken out`,
  thatMatchAreSelected: (emphasis: Node, hidden: Node) => (
    <>
      {emphasis} that match are selected{hidden}
    </>
  ),
  clear: 'Clear',
  selectInvoicesToCollect: 'Select invoices to collect.',
  createCases: 'Create Cases',
}

export const summary = {
  ourReferenceRatesOf: (asOf: Text) => `our reference rates of ${asOf}`,
  atZohosExchangeRatesWhere: (reference: Text) =>
    `at Zoho’s exchange rates, where it gave none at ${reference}`,
  at: (reference: Text) => `at ${reference}`,
  atZohosExchangeRates: 'at Zoho’s exchange rates',
  aCurrencyWithoutARate: (known: Text) => `${known}; a currency without a rate is not counted`,
  ready: 'Ready',
  needsFixing: 'Needs fixing',
  inCollection: 'In collection',
  all: 'All',
  listsOfUnpaidInvoices: 'Lists of unpaid invoices',
  thatMatch: ' that match',
  selectAllReady: (count: Node, value: Node) => (
    <>
      Select all {count} ready{value}
    </>
  ),
  whatNeedsFixing: 'What needs fixing',
  /** Stand after the number. */
  states: {
    eligible: (_count: number) => 'ready',
    blocked: (count: number) => (count === 1 ? 'needs fixing' : 'need fixing'),
    case: (_count: number) => 'in collection',
  },
  unpaid: (all: number, shown: string) => `${shown} unpaid ${all === 1 ? 'invoice' : 'invoices'}`,
  addingUp: 'Adding up…',
  showTotals: 'Show totals',
}
