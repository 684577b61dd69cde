/** What is read on these pages, page by page, in one place: what a translator needs. */
import type { ComponentChildren as Node } from 'preact'

type Text = string | number

export const connectionCard = {
  zohoBooks: 'Zoho Books',
  accountingImportYourUnpaidInvoices: 'Accounting: import your unpaid invoices',
  afterYouReconnect: 'After you reconnect',
  onceOurTeamResumesIt: 'Once our team resumes it',
  runningNow: 'Running now',
  dataCentre: 'Data centre',
  lastSynced: 'Last synced',
  checkedWithZoho: 'Checked with Zoho',
  nextSync: 'Next sync',
  connected: 'Connected',
  syncNow: 'Sync now',
  changeOrganization: 'Change organization',
  reconnect: 'Reconnect',
  reviewInvoices: 'Review invoices',
  disconnect: 'Disconnect',
  connectZohoBooksToImport:
    'Connect Zoho Books to import unpaid invoices and create collection cases without manual data entry. You sign in at Zoho, review what we may read, and come back here.',
  yourInvoicesAreImportedFor: (clientName: Node) => (
    <>
      Your invoices are imported for <b>{clientName}</b>.
    </>
  ),
  connect: 'Connect',
  youNeedAZohoBooks:
    'You need a Zoho Books account with access to the organization, and the permission to authorize third-party applications there. We ask for reading rights only.',
}

export const connectionLine = {
  nextSync: ', next sync ',
  readingAllUnpaidInvoices: 'Reading all unpaid invoices',
  readingWhatChanged: 'Reading what changed',
  weContinueAt: (title: Node, moment: Node) => (
    <>
      {title} We continue at {moment}.
    </>
  ),
  nothingIsReadUntilOur: (title: Node) => <>{title} Nothing is read until our team resumes it.</>,
  theFirstSyncBeginsIn: 'The first sync begins in a moment.',
  synced: 'Synced ',
  reconnect: 'Reconnect',
  changeOrganization: 'Change organization',
}

export const connectionNotice = {
  zohoAsksUsToSlow: 'Zoho asks us to slow down.',
  weContinueByOurselves: (inTime: Node, moment: Node) => (
    <>
      We continue by ourselves {inTime}, at {moment}. Nothing is lost.
    </>
  ),
  weContinueByOurselvesNothing: 'We continue by ourselves. Nothing is lost.',
  weAreReadingYourUnpaid: 'We are reading your unpaid invoices for the first time.',
  youMayLeaveThisPage:
    'You may leave this page: it goes on by itself, and what has been read so far is already in Bulk Import.',
  zohoNoLongerAcceptsOur: 'Zoho no longer accepts our access. Please reconnect Zoho Books.',
  yourInvoicesStayAsThey:
    'Your invoices stay as they were at the last sync. No case is created until the connection works again.',
  theConnectionDoesNotWork: 'The connection does not work right now.',
  whatWasReadBeforeStays: 'What was read before stays in Bulk Import, and your cases are not affected.',
  theConnectionIsPaused: 'The connection is paused.',
  nothingIsReadFromZoho:
    'Nothing is read from Zoho Books until our team resumes it. Your cases are not affected.',
}

export const consentPages = {
  continueAtZoho: 'Continue at Zoho',
  zohoAsksForYourPermission:
    'Zoho asks for your permission on a page of its own, in the whole window. You come back here when you have accepted or rejected. Please continue within ten minutes.',
  continueToZoho: 'Continue to Zoho',
  cancel: 'Cancel',
  zohoBooks: 'Zoho Books',
  zohoBooksIsConnected: 'Zoho Books is connected.',
  youCanCloseThisPage: 'You can close this page and go back to the portal from which you came.',
  goBackToThePortal: 'Go back to the portal from which you came, and try again there.',
}

export const disconnectPage = {
  yourZohoBooksOrganization: 'Your Zoho Books organization',
  willNoLongerBeRead: (organization: Node) => <>{organization} will no longer be read.</>,
  whatGoesOurAccessAt: () => (
    <>
      <b>What goes:</b> our access at Zoho is revoked, the stored permission is deleted, and the imported
      invoices disappear from Bulk Import.
    </>
  ),
  whatStaysYourCasesWith: () => (
    <>
      <b>What stays:</b> your cases, with everything they were created from, and the record of who did what.
      You can connect again at any time; invoices that are already cases are recognised.
    </>
  ),
  keepConnected: 'Keep connected',
  disconnect: 'Disconnect',
  disconnectZohoBooks: 'Disconnect Zoho Books?',
  title: 'Disconnect Zoho Books',
  integrations: 'Integrations',
}

export const firstSteps = {
  connect: 'Connect',
  pressConnectAndSignIn: 'Press Connect and sign in with your Zoho account.',
  authorize: 'Authorize',
  reviewThePermissionsAtZoho: 'Review the permissions at Zoho and press Accept.',
  review: 'Review',
  yourUnpaidInvoicesAppearIn: 'Your unpaid invoices appear in Bulk Import (Integration).',
  createCases: 'Create cases',
  selectTheInvoicesToCollect: 'Select the invoices to collect and press Create Cases.',
  fromInvoiceToCaseIn: 'From invoice to case in four steps',
}

export const integrationsPage = {
  runHistory: 'Run history',
  allRuns: 'All runs',
  theFirstRunStartsIn: 'The first run starts in a moment.',
  couldNotBeRead: 'Could not be read',
  everyRowThatZohoGave: 'Every row that Zoho gave us could be read.',
  couldNotBeReadAnd: (count: number, shown: string, more: boolean) =>
    `${more ? 'More than ' : ''}${shown} ${count === 1 ? 'row' : 'rows'} could not be read and wait for a correction in Zoho Books. The rest was imported.`,
  seeTheRowsAndTheir: 'See the rows and their reasons',
  moreAboutThisConnection: 'More about this connection',
  fasterUpdates: 'Faster updates',
  withAWebhookZohoTells: 'With a webhook, Zoho tells us about a payment within seconds.',
  setUpTheWebhook: 'Set up the webhook',
  zohoGivesUsOrganizationsConnected: (count: Text, current: Text) =>
    `Zoho gives us ${count} organizations. Connected is ${current}.`,
  changeOrganization: 'Change organization',
  theOthers: (names: string) =>
    `The others: ${names}. The invoices of the connected one are being read meanwhile.`,
  integrations: 'Integrations',
  yourAccountingSystemConnectedOnce: 'Your accounting system, connected once and kept up to date by itself.',
  whatDataIsImportedAnd: 'What data is imported, and good to know',
}

export const organizationPage = {
  connectedNow: 'connected now',
  notActiveInZoho: 'not active in Zoho',
  changeOrganization: 'Change organization',
  integrations: 'Integrations',
  organizationsOfTheConnectedZoho: 'Organizations of the connected Zoho account',
  theImportedInvoicesOfThe:
    'The imported invoices of the current organization leave Bulk Import and those of the new one are read. Your cases stay.',
  useThisOrganization: 'Use this organization',
  cancel: 'Cancel',
}

export const routes = {
  pleaseChooseAnOrganization: 'Please choose an organization.',
}

export const runsPage = {
  runHistory: 'Run history',
  integrations: 'Integrations',
  eachTimeWeReadYour:
    'Each time we read your organization in Zoho Books, and what was different from the time before.',
  runs: 'Runs',
  noRunsYet: 'No runs yet',
  theFirstRunStartsAs: 'The first run starts as soon as Zoho Books is connected.',
}

export const runsTable = {
  afterConnecting: 'after connecting',
  onSchedule: 'on schedule',
  syncNow: 'Sync now',
  toldByZoho: 'told by Zoho',
  onceMoreToBeSure: 'once more, to be sure',
  beforeCreatingCases: 'before creating cases',
  setAside: 'set aside',
  nothingYet: 'nothing yet',
  nothingChanged: 'nothing changed',
  minutes: (minutes: number, seconds: number) => `${minutes} min ${seconds} s`,
  syncRunsNewestFirst: 'Sync runs, newest first',
  started: 'Started',
  everythingUnpaid: 'Everything unpaid',
  changesOnly: 'Changes only',
  outcome: 'Outcome',
  whatChanged: 'What changed',
  rowsRead: 'Rows read',
  rowsReadLabel: 'Rows read:',
  took: 'Took',
  tookLabel: 'Took:',
}

export const setAsidePage = {
  invoice: (zohoInvoiceId: Text) => `Invoice ${zohoInvoiceId}`,
  rowWithoutANumber: 'Row without a number',
  opensZohoBooksInA: ' (opens Zoho Books in a new tab)',
  couldNotBeRead: 'Could not be read',
  integrations: 'Integrations',
  oneBadRowNeverStops:
    'One bad row never stops a sync: it waits here with its reason, and is imported by itself once it is corrected in Zoho Books.',
  rows: 'Rows',
  everythingCouldBeRead: 'Everything could be read',
  noInvoiceThatZohoGave: 'No invoice that Zoho gave us waits for a correction.',
  rowsThatCouldNotBe: 'Rows that could not be read',
  invoiceColumn: 'Invoice',
  reason: 'Reason',
  firstSeen: 'First seen',
  lastSeen: 'Last seen',
}

export const syncProgress = {
  invoicesPage: (rowsRead: Text, page: Text) => `${rowsRead} invoices, page ${page}`,
  ofInvoices: (rowsRead: Text, total: Text) => `${rowsRead} of ${total} invoices`,
  readingFromZohoBooks: 'Reading from Zoho Books',
  readingAllUnpaidInvoices: 'Reading all unpaid invoices',
  readingWhatChanged: 'Reading what changed',
}

export const webhookPage = {
  addressForZoho: 'Address for Zoho',
  copy: 'Copy',
  treatItLikeAPassword: 'Treat it like a password: whoever knows it can make us look at Zoho more often.',
  theAddressHasBecomeKnown: 'The address has become known to somebody else',
  makeANewOneFrom:
    'Make a new one. From then on, what comes to the old address is ignored; enter the new one in every webhook in Zoho Books. Until you have, we find changes with the regular sync.',
  makeANewAddress: 'Make a new address',
  thisAddressCannotBeShown: 'This address cannot be shown any more.',
  whatYouHaveEnteredIn:
    'What you have entered in Zoho Books still works. To see an address here, make a new one and replace the old one in Zoho Books.',
  webhook: 'Webhook',
  integrations: 'Integrations',
  fasterUpdatesWithAWebhook: 'Faster updates with a webhook',
  withoutItWeAskZoho:
    'Without it we ask Zoho Books regularly, and after you press Create Cases. With it, we read an invoice again as soon as Zoho tells us about its payment, credit note or change.',
  thisIsTheNewAddress: 'This is the new address.',
  theOldOneIsIgnored: 'The old one is ignored from now on. Enter this one in every webhook in Zoho Books.',
  inZohoBooksOpenSettings: () => (
    <>
      In Zoho Books, open <b>Settings › Automation › Workflow Actions › Webhooks</b> and press{' '}
      <b>New Webhook</b>. Make one for each of the modules <b>Customer Payments</b>, <b>Credit Notes</b> and{' '}
      <b>Invoices</b>: a rule for invoices alone does not run when an invoice is paid.
    </>
  ),
  methodPostTheAddressAbove: () => (
    <>
      Method <b>POST</b>, the address above, body <b>Default Payload</b> (application/json). No headers or
      parameters are needed.
    </>
  ),
  underWorkflowRulesAddA: () => (
    <>
      Under <b>Workflow Rules</b>, add a rule for each module that calls its webhook: Customer Payments when a
      payment is <b>created, edited or deleted</b>; Credit Notes and Invoices when one is{' '}
      <b>created or edited</b>.
    </>
  ),
  ifTheDefaultPayloadCannot: 'If the default payload cannot be chosen',
  chooseARawBodyWith: () => (
    <>
      Choose a <b>raw</b> body with the placeholder of the invoice, for example for the module Invoices:
    </>
  ),
  aMessageThatNamesNo: 'A message that names no invoice still makes us look for changes within a minute.',
  weTakeNothingFromThe:
    'We take nothing from the message itself: it only makes us read the invoices it names again from Zoho.',
  backToIntegrations: 'Back to Integrations',
}
