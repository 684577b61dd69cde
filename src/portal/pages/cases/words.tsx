/** What is read on these pages, page by page, in one place: what a translator needs. */
import type { ComponentChildren as Node } from 'preact'

type Text = string | number

export const casePage = {
  by: (describedBy: Node) => <> by {describedBy}</>,
  addADescription: 'Add a description',
  changeTheDescription: 'Change the description',
  whatWasDeliveredOrDone: 'What was delivered or done?',
  inASentenceThatA:
    'In a sentence that a stranger understands: a number alone says too little. The invoice in Zoho Books stays as it is.',
  saveDescription: 'Save description',
  claim: 'Claim',
  creditorReference: 'Creditor reference',
  caseDate: 'Case date',
  caseDueDate: 'Case due date',
  amountToRecover: 'Amount to recover',
  caseCurrency: 'Case currency',
  caseDescription: 'Case description',
  sourceInvoice: 'Source invoice',
  stateNow: 'State now',
  since: 'Known since',
  outstandingNow: 'Outstanding now',
  claimed: (money: Node) => <> claimed {money}</>,
  asOf: 'As of',
  zohoInvoiceId: 'Zoho invoice ID',
  askingZohoBooks: 'Asking Zoho Books…',
  askZohoBooksNow: 'Ask Zoho Books now',
  openInZohoBooksNew: () => (
    <>
      Open in Zoho Books<span class="visually-hidden"> (new tab)</span>
    </>
  ),
  theClaimStaysWhatThe:
    'The claim stays what the case was created from. What becomes of the invoice is kept beside it.',
  thisCaseIsWithdrawn: 'This case is withdrawn',
  itCanBeReinstatedAs: (withdrawnReason: Node) => (
    <>{withdrawnReason}. It can be reinstated as long as Zoho Books says that the invoice is unpaid.</>
  ),
  paidAfterTheCaseWas: 'Paid after the case was created',
  zohoBooksShowsTheInvoice: (since: Node) => (
    <>
      Zoho Books shows the invoice as paid; we have known since {since}. If nothing else is owed, withdraw the
      case below. If the payment is wrong, correct it in Zoho Books: the case hears of it.
    </>
  ),
  voidedAfterTheCaseWas: 'Voided after the case was created',
  theInvoiceWasVoidedIn: (since: Node) => (
    <>
      The invoice was voided in Zoho Books; we have known since {since}. A voided invoice is not owed:
      withdraw the case below.
    </>
  ),
  deletedAfterTheCaseWas: 'Deleted after the case was created',
  theInvoiceIsNoLonger: (since: Node) => (
    <>
      The invoice is no longer in Zoho Books; we have known since {since}. If the claim was a mistake,
      withdraw the case below.
    </>
  ),
  partlyPaidAfterTheCase: 'Partly paid after the case was created',
  ofAreStillOutstandingAs: (outstanding: Node, claimed: Node, moment: Node) => (
    <>
      {outstanding} of {claimed} are still outstanding, as of {moment}.
    </>
  ),
  weDoNotHearOf: 'We do not hear of this invoice now',
  goToIntegrations: 'Go to Integrations',
  itsZohoBooksOrganizationIs: (moment: Node) => (
    <>Its Zoho Books organization is not connected. What stands here is as of {moment}.</>
  ),
  reinstate: 'Reinstate',
  weAskZohoBooksFirst:
    'We ask Zoho Books first. If the invoice is still unpaid, the case goes on as it was; it keeps its reference.',
  reinstateThisCase: 'Reinstate this case',
  withdraw: 'Withdraw',
  whyShouldThisCaseNot: 'Why should this case not go on?',
  paidDirectlyToUs: 'Paid directly to us',
  theReasonStaysInThe: 'The reason stays in the history. The invoice never becomes a second case.',
  withdrawThisCase: 'Withdraw this case',
  proof: 'Proof',
  readByItsId: ', read by its ID.',
  inACompleteListOf: ', in a complete list of unpaid invoices.',
  askedAfterTheCommandOn: (moment: Node, value: Node) => (
    <>
      Asked after the command, on {moment}, Zoho Books said that this invoice was unpaid{value}
    </>
  ),
  statusThen: 'Status then',
  lastChangedThere: 'Last changed there',
  history: 'History',
  outstanding: (money: Node) => <>: {money} outstanding</>,
  case: (reference: Text) => `Case ${reference}`,
  cases: 'Cases',
  heading: (reference: Node) => <>Case {reference}</>,
  fromCreated: (money: Node, name: Node) => (
    <>
      {money} from {name}, created{' '}
    </>
  ),
  createdBy: (createdBy: Node) => <> by {createdBy}</>,
  print: 'Print',
  debtor: 'Debtor',
  knownWhenTheCaseWas: 'Known when the case was created',
}

export const casesPage = {
  cases: 'Cases',
  case: 'Case',
  invoice: (creditorReference: Node) => <>Invoice {creditorReference}</>,
  debtor: 'Debtor',
  dueDate: 'Due date',
  due: 'Due',
  created: 'Created',
  amount: 'Amount',
  left: (money: Node) => <>{money} left</>,
  invoiceNow: 'Invoice now',
  asOf: 'as of ',
  status: 'Status',
  lastChangeOfTheInvoice: 'Last change of the invoice',
  outstanding: 'Outstanding',
  any: 'Any',
  pendingVerification: 'Pending verification',
  withdrawn: 'Withdrawn',
  complete: 'Complete',
  missingOrOnItsWay: 'Missing or on its way',
  descending: 'Descending',
  ascending: 'Ascending',
  all: 'All',
  byStateOfTheInvoice: 'By state of the invoice',
  nothingOutstanding: 'Nothing outstanding',
  atTheRatesOfThe: 'at the rates of the invoices when the cases were made',
  andAscending: ', ascending',
  createdFrom: 'Created from',
  createdUntil: 'Created until',
  evidence: 'Evidence',
  sort: 'Sort',
  sortBy: 'Sort by',
  order: 'Order',
  clear: 'Clear',
  search: 'Search',
  caseInvoiceOrDebtor: 'Case, invoice or debtor',
  apply: 'Apply',
  filterAndSort: 'Filter and sort',
  nothingMatches: 'Nothing matches',
  showAllCases: 'Show all cases',
  noCaseFitsThisSearch: 'No case fits this search.',
  noCasesYet: 'No cases yet',
  goToBulkImport: 'Go to Bulk Import',
  selectUnpaidInvoicesInBulk:
    'Select unpaid invoices in Bulk Import (Integration) and press Create Cases. Each becomes one case here.',
  everyCollectionCaseThatWas:
    'Every collection case that was created from your invoices, and what became of the invoice.',
  pastOrders: 'Past orders',
  downloadCsv: 'Download CSV',
}

export const documentsCard = {
  nothingNeeded: 'Nothing needed',
  complete: 'Complete',
  copyOnItsWay: 'Copy on its way',
  evidenceMissing: 'Evidence missing',
  aFile: 'A file',
  aCopyOfTheInvoice: 'a copy of the invoice is on its way from Zoho Books',
  missingAddACopyOf: 'missing. Add a copy of the invoice below',
  aDescription: 'A description',
  onItsWay: 'on its way',
  missingTheReferenceOfThe:
    'missing. The reference of the invoice is too short to be one; write it under “Claim”',
  aClaimOfThisAmount: 'A claim of this amount against a company needs no document to start with.',
  toStartACollectorNeeds: 'To start, a collector needs:',
  theInvoiceAsItWas: 'The invoice, as it was in Zoho Books',
  addedBy: (addedBy: Text) => `Added by ${addedBy}`,
  notThereYetLabel: (problem: Text) => `; not there yet: ${problem}`,
  onItsWayLabel: 'On its way',
  itDidNotComeLabel: (problem: Node) => <>It did not come: {problem}</>,
  fetchItAgain: 'Fetch it again',
  delete: (fileName: Node) => (
    <>
      Delete<span class="visually-hidden"> {fileName}</span>
    </>
  ),
  addADocument: 'Add a document',
  pdfJpgOrPng25: 'PDF, JPG or PNG, 25 MB at most.',
  howMuchOfTheFile: 'How much of the file is sent',
  sending: 'Sending…',
  addDocument: 'Add document',
  documents: 'Documents',
}

export const loadCase = {
  createCasesWasPressedThe: 'Create Cases was pressed; the claim was confirmed as undisputed',
  createCasesWasCompleted: 'Create Cases was completed',
  aDocumentWasAdded: 'A document was added',
  aDocumentWasDeleted: 'A document was deleted',
  unpaidAgainInZohoBooks: 'Unpaid again in Zoho Books',
  partlyPaidAfterTheCase: 'Partly paid after the case was created',
  paidAfterTheCaseWas: 'Paid after the case was created',
  voidedInZohoBooksAfter: 'Voided in Zoho Books after the case was created',
  deletedInZohoBooksAfter: 'Deleted in Zoho Books after the case was created',
  caseCreated: (reference: Text) => `Case ${reference} created`,
  withdrawnLabel: (reason: Text) => `Withdrawn: ${reason}`,
  theDescriptionWasChanged: 'The description was changed',
  reinstatedZohoBooksSaidAnew: 'Reinstated; Zoho Books said anew that the invoice was unpaid',
  zohoBooksConfirmedThatThe: 'Zoho Books confirmed that the invoice was unpaid',
}

export const routes = {
  noReasonGiven: 'No reason given',
}
