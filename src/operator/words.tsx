/** What is read on these pages, page by page, in one place: what a translator needs. */
import type { ComponentChildren as Node } from 'preact'

type Text = string | number

export const auditSection = {
  whoDidWhat: 'Who did what',
  nothingYet: 'Nothing yet',
  whatPeopleDoWithThis: (of: Node) => <>What people do with this {of} is listed here.</>,
  auditTrailOfThisNewest: (of: Text) => `Audit trail of this ${of}, newest first`,
  when: 'When',
  what: 'What',
  who: 'Who',
  whoLabel: 'Who:',
}

export const commandPage = {
  without: 'none',
  gone: 'gone',
  completed: 'Completed',
  gaveWayToOthers: 'Gave way to others',
  waitsForProofs: 'Waits for proofs',
  putOff: 'Put off',
  failed: 'Failed',
  running: 'Running',
  workerLost: 'Worker lost',
  command: 'Command',
  client: 'Client',
  connection: 'Connection',
  givenBy: 'Given by',
  given: 'Given',
  request: 'Request',
  invoices: 'Invoices',
  createdACaseAlreadyNot: (total: Text, created: Text, duplicate: Text, ineligible: Text, failed: Text) =>
    `${total}: ${created} created, ${duplicate} a case already, ${ineligible} not eligible, ${failed} failed`,
  waitsForAFullRun: 'Waits for a full run since',
  aWorkerHoldsItUntil: 'A worker holds it until',
  nextAttempt: 'Next attempt',
  logLinesCarryTheRequest: () => (
    <>
      Log lines carry the request as <code>requestId</code>, the command as <code>commandId</code> and an
      attempt as <code>attemptId</code>.
    </>
  ),
  attempts: 'Attempts',
  theLastHere: (count: Text) => `, the last ${count} here`,
  soFar: (total: string) => `${total} so far`,
  noAttemptIsKept: 'No attempt is kept',
  aWorkerNotesEachOne: 'A worker notes each one when it takes the command.',
  attemptsOfThisCommandNewest: 'Attempts of this command, newest first',
  began: 'Began',
  outcome: 'Outcome',
  error: 'Error',
  took: 'Took',
  tookLabel: 'Took:',
  notEnded: 'not ended',
  attempt: 'Attempt',
  commandOf: (clientId: Text) => `Command of ${clientId}`,
  commands: 'Commands',
  heading: (clientId: Node) => <>Command of {clientId}</>,
  waitsFor: 'Waits for',
  triedAgain: 'Tried again ',
  invoicesByOutcome: 'Invoices by outcome',
  all: 'All',
  none: 'None',
  noInvoiceOfThisCommand: 'No invoice of this command has this outcome.',
  invoicesOfThisCommand: 'Invoices of this command',
}

export const commandsPage = {
  all: 'All',
  notCompleted: 'Not completed',
  withFailures: 'With failures',
  commands: 'Commands',
  ofAllClientsNewestFirst: 'Of all clients, newest first.',
  ofClientNewestFirst: (clientId: Text) => `Of client ${clientId}, newest first.`,
  showAll: 'Show all',
  commandsByState: 'Commands by state',
  noCommandHere: 'No command here',
  aCommandStandsHereFrom: 'A command stands here from the moment a client presses Create Cases.',
  commandsNewestFirst: 'Commands, newest first',
}

export const commandsTable = {
  nothing: 'nothing',
  waiting: 'Waiting',
  running: 'Running',
  completed: 'Completed',
  command: 'Command',
  client: 'Client',
  clientLabel: 'Client:',
  state: 'State',
  waitsFor: 'Waits for',
  cases: 'Cases',
  casesLabel: 'Cases:',
  of: (created: Text, total: Text) => `${created} of ${total}`,
  failed: 'Failed',
  failedLabel: 'Failed:',
  attempts: 'Attempts',
  attemptsLabel: 'Attempts:',
  given: 'Given',
  givenLabel: 'Given:',
}

export const connectionLink = {
  disconnected: 'Disconnected',
}

export const connectionPage = {
  resumeThisConnection: 'Resume this connection',
  pauseThisConnection: 'Pause this connection',
  connection: 'Connection',
  client: 'Client',
  organizationInZoho: 'Organization in Zoho',
  dataCentre: (organizationId: Text, dataCenter: Text) => `${organizationId}, data centre ${dataCenter}`,
  connected: 'Connected',
  lastSynced: 'Last synced',
  provenAsOf: 'Proven as of',
  nextSync: 'Next sync',
  failuresInARow: 'Failures in a row',
  openInvoicesStaged: 'Open invoices staged',
  accessToken: 'Access token',
  nextTokenRefresh: 'Next token refresh',
  refreshFailuresInARow: 'Refresh failures in a row',
  limitsOfTheOrganization: 'Limits of the organization',
  forgetLimits: 'Forget limits',
  zohoAskedToWait: 'Zoho asked to wait',
  over: (blockedCode: Node) => (
    <>
      <code>{blockedCode}</code>, over{' '}
    </>
  ),
  requestsLeftToday: 'Requests left today',
  notKnown: 'not known',
  of: (dayLimit: Text) => ` of ${dayLimit}`,
  dayEnds: 'Day ends',
  callsAtATime: 'Calls at a time',
  asConfigured: 'as configured',
  atMost: (maxInFlight: Text) => `at most ${maxInFlight}`,
  headersReceived: 'Headers received',
  noneThatRefusedOrWere: 'none that refused or were odd',
  aWaitIsCutTo:
    'A wait is cut to one hour and a day to 24, whatever a header says. Forgetting asks Zoho again at once; if it meant what it said, it says so again.',
  newestRuns: 'Newest runs',
  noRunYet: 'No run yet',
  theFirstRunStartsAs: 'The first run starts as soon as a worker takes it.',
  newestRunsOfThisConnection: 'Newest runs of this connection',
  started: 'Started',
  kind: 'Kind',
  outcome: 'Outcome',
  rowsRead: 'Rows read',
  rowsReadLabel: 'Rows read:',
  setAside: 'Set aside',
  setAsideLabel: 'Set aside:',
  connectionOf: (clientId: Text) => `Connection of ${clientId}`,
  connections: 'Connections',
  commands: 'Commands',
  problem: 'Problem',
  since: 'Since ',
  delay: 'Delay',
  continues: 'Continues ',
}

export const connectionsPage = {
  none: 'none',
  connections: 'Connections',
  allLiveConnections: 'All live connections.',
  showAll: 'Show all',
  clientId: 'Client id',
  find: 'Find',
  noConnectionHere: 'No connection here',
  noLiveConnectionFits: 'No live connection fits.',
  client: 'Client',
  state: 'State',
  problem: 'Problem',
  lastSynced: 'Last synced',
  lastSyncedLabel: 'Last synced:',
  nextSync: 'Next sync',
  nextSyncLabel: 'Next sync:',
}

export const failedSection = {
  onlyTheClientCanHelp: 'Only the client can help. It goes on by itself after that.',
  retryAllOfThisKind: 'Retry all of this kind',
  clearRecovered: 'Clear recovered',
  allWithThisProblem: 'All with this problem',
  failingJobs: 'Failing jobs',
  workThatTheQueueHas: 'Work that the queue has given up. A retry makes its row due first.',
  theQueueDoesNotAnswer: 'The queue does not answer',
  failedJobsCannotBeRead:
    'Failed jobs cannot be read now. Commands are kept in the database and carried out when the queue is back.',
  nothingIsFailing: 'Nothing is failing',
  noJobHasBeenGiven: 'No job has been given up. What has to wait is under “Connections in trouble”.',
  failedJobsByKindAnd: 'Failed jobs by kind and error code',
  error: 'Error',
  job: 'Job',
  jobLabel: 'Job:',
  stillFailing: 'Still failing',
  stillFailingLabel: 'Still failing:',
  recoveredSince: (recovered: string) => `${recovered} recovered since`,
  whose: 'Whose',
  newest: 'Newest',
  newestLabel: 'Newest:',
  whatToDo: 'What to do',
}

export const findBox = {
  caseReferenceInvoiceNumberClient: 'Case reference, invoice number, client, or an id',
  find: 'Find',
}

export const findPage = {
  none: 'none',
  clients: 'Clients',
  clientsThatWereFound: 'Clients that were found',
  client: 'Client',
  commands: 'Commands',
  commandsOf: (id: Node) => <>Commands of {id}</>,
  connection: 'Connection',
  connectionOf: (id: Node) => <>Connection of {id}</>,
  invoicesAndCases: 'Invoices and cases',
  invoicesAndCasesThatWere: 'Invoices and cases that were found',
  invoiceInZoho: 'Invoice in Zoho',
  organization: 'Organization',
  organizationLabel: 'Organization:',
  clientLabel: 'Client:',
  case: 'Case',
  caseLabel: 'Case:',
  find: 'Find',
  found: 'Found',
  whatWereYouTold: 'What were you told?',
  nothingFits: 'Nothing fits',
  aCasesReferenceOrAn:
    'A case’s reference or an invoice’s number in full, a part of a client’s name, or the id of a client, a command, an attempt, a request, a case or an invoice in Zoho. Closed invoices are found by case or id only.',
  commandsThatWereFound: 'Commands that were found',
}

export const invoicePage = {
  stagedFor: (clientId: Text) => `Staged for ${clientId}`,
  stagedForHeading: (clientId: Node) => <>Staged for {clientId}</>,
  connection: 'Connection',
  statusInZoho: 'Status in Zoho',
  blockers: 'Blockers',
  couldNotBeReadLast: ' (could not be read last)',
  warnings: 'Warnings',
  provenAsOf: 'Proven as of',
  readById: 'Read by id',
  changedInZoho: 'Changed in Zoho',
  changedHere: 'Changed here',
  firstSeen: 'First seen',
  case: (reference: Node) => <>Case {reference}</>,
  client: 'Client',
  command: 'Command',
  created: 'Created',
  proven: 'Proven',
  invoiceNow: 'Invoice now',
  followed: 'Followed',
  until: 'until ',
  whatHappenedToTheCase: 'What happened to the case, newest first',
  when: 'When',
  what: 'What',
  by: (actor: Node) => <>by {actor}</>,
  invoice: 'Invoice',
  title: (zohoInvoiceId: Text) => `Invoice ${zohoInvoiceId}`,
  commands: 'Commands',
  invoice3: (zohoInvoiceId: Node) => <>Invoice {zohoInvoiceId}</>,
  ofOrganizationIdsOnlyIts: (organizationId: Node) => (
    <>Of organization {organizationId}. Ids only: its debtor and amount are the client’s.</>
  ),
  couldNotBeReadFor: (clientId: Text) => `Could not be read for ${clientId}`,
  couldNotBeRead: 'Could not be read',
  couldNotBeReadOnce: 'Could not be read once',
  for: (value: Node, clientId: Node) => (
    <>
      <strong>{value}</strong> for {clientId}:{' '}
    </>
  ),
  readAgain: ', read again ',
  lastSeen: 'Last seen ',
  askedToBecomeACase: 'Asked to become a case',
  neverYet: 'Never yet',
  noCommandHasNamedThis: 'No command has named this invoice.',
  commandsThatNamedThisInvoice: 'Commands that named this invoice, newest first',
}

export const itemsTable = {
  none: 'none',
  invoiceInZoho: 'Invoice in Zoho',
  command: 'Command',
  outcome: 'Outcome',
  why: 'Why',
  case: 'Case',
  caseLabel: 'Case:',
  decided: 'Decided',
  decidedLabel: 'Decided:',
}

export const operationsPage = {
  active: 'Active',
  syncing: 'Syncing',
  delayed: 'Delayed',
  error: 'Error',
  reconnectNeeded: 'Reconnect needed',
  paused: 'Paused',
  connectionsByState: 'Connections by state',
  oldestDueWorkLabel: 'Oldest due work:',
  nothingIsWaitingToBe: 'nothing is waiting to be taken.',
  noWorkerIsAlive: 'No worker is alive',
  nothingIsCarriedOutUntil: 'Nothing is carried out until one runs. Commands are kept.',
  theQueueDoesNotAnswer: 'The queue does not answer',
  queueUnavailable: 'queue_unavailable',
  see: (link: Node) => <>See {link}.</>,
  pausedQueues: 'Paused queues',
  theirWorkWaitsUntilSomeone: '. Their work waits until someone presses Resume.',
  operations: 'Operations',
  whatIsWrongForWhom:
    'What is wrong, for whom, and what to do about it. Ids only: no invoice and no debtor is shown.',
  queueDashboard: 'Queue dashboard',
  find: 'Find',
  connections: 'Connections',
}

export const operatorRoutes = {
  nothingWasLeftToRetry: 'Nothing was left to retry.',
  jobsAreQueuedAgainTheir: (count: number) =>
    count === 1
      ? '1 job is queued again. Its row is due now.'
      : `${count} jobs are queued again. Their rows are due now.`,
  recoveredJobsWereRemoved: (count: number) =>
    count === 1 ? '1 recovered job was removed.' : `${count} recovered jobs were removed.`,
  theQueueIsPausedIts: 'The queue is paused. Its rows stay due.',
  theQueueGoesOn: 'The queue goes on.',
  theConnectionIsPaused: 'The connection is paused.',
  theConnectionGoesOn: 'The connection goes on.',
  whatZohoSaidAboutThe:
    'What Zoho said about the limits is forgotten. Everything that waited for it is due now.',
  state: (name: Text) => `state ${name}`,
  problem: (code: Text) => `problem ${code}`,
  client: (clientId: Text) => `client ${clientId}`,
  only: (all: Text) => `Only ${all}.`,
  nothingWaitsInItNow: 'Nothing waits in it now.',
  jobsWaitInItNow: (held: number) => (held === 1 ? '1 job waits in it now.' : `${held} jobs wait in it now.`),
}

export const pausePage = {
  pause: (queue: Text) => `Pause ${queue}`,
  pauseForAllClients: (queue: Node) => <>Pause {queue} for all clients?</>,
  noWorkerTakesAJob: (waiting: Node) => (
    <>
      No worker takes a job of this queue until somebody presses Resume. {waiting} Nothing is lost: rows stay
      due, and the audit trail and the Operations page say who paused it.
    </>
  ),
  keepItRunning: 'Keep it running',
  pauseForAll: 'Pause for all',
}

export const problemsSection = {
  connectionsInTrouble: 'Connections in trouble',
  whatClientsSeeAProblem: 'What clients see: a problem, or a delay until a known time.',
  noConnectionIsInTrouble: 'No connection is in trouble',
  everyConnectionSyncsOnSchedule: 'Every connection syncs on schedule or is paused on purpose.',
  connectionsInTroubleByError: 'Connections in trouble by error code',
  error: 'Error',
  what: 'What',
  delay: 'Delay',
  problem: 'Problem',
  connections: 'Connections',
  connectionsLabel: 'Connections:',
  since: 'Since',
  sinceLabel: 'Since:',
}

export const queuesSection = {
  waiting: 'Waiting',
  active: 'Active',
  delayed: 'Delayed',
  failed: 'Failed',
  resume: (name: Text) => `Resume ${name}`,
  resumeShort: 'Resume',
  pause: (name: Text) => `Pause ${name}`,
  pauseShort: 'Pause',
  bySomebodyWhoIsNot: 'by somebody who is not in the audit trail',
  by: (actor: Node) => <>by {actor} </>,
  queues: 'Queues',
  redis: 'Redis',
  postgres: 'Postgres',
  keptInAPausedQueue: (value: Node) => <>Kept in {value}. A paused queue takes no job; rows stay due.</>,
  theQueueDoesNotAnswer: 'The queue does not answer',
  redisMemoryNoevictionFailover: 'Redis: memory, noeviction, failover',
  checkRowsKeepTheIntent: (value: Node) => (
    <>Check {value}. Rows keep the intent; the sweep rebuilds the jobs when it is back.</>
  ),
  jobsByQueueAndState: 'Jobs by queue and state',
  queue: 'Queue',
  paused: 'Paused',
  pauseOrResume: 'Pause or resume',
}

export const webhookPage = {
  waiting: 'Waiting',
  delivered: 'Delivered',
  givenUp: 'Given up',
  addressRefusedNotPublic: 'Address refused: not public',
  noAnswerWithin10Seconds: 'No answer within 10 seconds',
  couldNotConnect: 'Could not connect',
  redirectWhichIsNotFollowed: 'Redirect, which is not followed',
  notAStatusOfSuccess: 'Not a status of success',
  endpoint: 'Endpoint',
  address: 'Address',
  description: 'Description',
  gets: 'Gets',
  failingSince: 'Failing since',
  oldSecretSignsUntil: 'Old secret signs until',
  added: 'Added',
  addedBy: 'Added by',
  sendATest: 'Send a test',
  rotateTheSecret: 'Rotate the secret',
  deliverNowWhatWaits: 'Deliver now what waits',
  disable: 'Disable',
  enable: 'Enable',
  replayAPeriod: 'Replay a period',
  fromUtc: 'From (UTC)',
  toUtc: 'To (UTC)',
  deliverAgain: 'Deliver again',
  noneYet: 'none yet',
  taken: 'Taken',
  ms: (ms: string) => `, ${ms} ms`,
  answer: 'Answer',
  deliveries: 'Deliveries',
  noDeliveryYet: 'No delivery yet',
  eventsThatHappenFromNow: 'Events that happen from now on are delivered here.',
  event: 'Event',
  state: 'State',
  next: 'next ',
  attempts: 'Attempts',
  attemptsLabel: 'Attempts:',
  lastAttempt: 'Last attempt',
  replay: 'Replay',
  webhook: 'Webhook',
  allEndpoints: 'All endpoints',
  eventsThatHappenMeanwhileAre:
    'Events that happen meanwhile are not queued for it: replay the period once it is enabled.',
  deleteThisEndpoint: 'Delete this endpoint',
  itsDeliveryLogGoesWith: 'Its delivery log goes with it. Events stay in the event log.',
  deleteForGood: 'Delete for good',
}

export const webhooksPage = {
  everyOne: 'all',
  exampleAddress: 'https://host.example.com/events',
  switchedOffByHand: 'Switched off by hand',
  switchedOffItTookNothing: 'Switched off: it took nothing for three days',
  switchedOffItAnsweredThat: 'Switched off: it answered that it is gone',
  enabled: 'Enabled',
  failing: 'Failing',
  disabled: 'Disabled',
  allEvents: 'All events',
  ofAllClients: 'of all clients',
  of: (all: Text) => `of ${all}`,
  copyTheSecretNowIt: 'Copy the secret now: it is not shown again.',
  addAnEndpoint: 'Add an endpoint',
  address: 'Address',
  description: 'Description',
  eventTypesSeparatedByCommas: 'Event types, separated by commas',
  clientIdsSeparatedByCommas: 'Client ids, separated by commas',
  addEndpoint: 'Add endpoint',
  webhooks: 'Webhooks',
  whereEventsAreDeliveredNew: 'Where events are delivered: new cases, changed invoices, connections.',
  endpoints: 'Endpoints',
  noEndpointYet: 'No endpoint yet',
  eventsAreKeptFor30: 'Events are kept for 30 days all the same: the event log can be read over the API.',
  state: 'State',
  since: 'since ',
  waiting: 'Waiting',
  waitingLabel: 'Waiting:',
  givenUp: (failed: string) => `${failed} given up`,
}

export const webhooksRoutes = {
  itIsEnabledWhatWaits: 'It is enabled. What waits is due now.',
  itIsDisabled: 'It is disabled.',
  aTestIsOnIts: 'A test is on its way: reload to see how it went.',
  deliveriesAreOnTheirWay: (count: number) =>
    count === 1 ? '1 delivery is on its way.' : `${count} deliveries are on their way.`,
  theEndpointIsDeleted: 'The endpoint is deleted.',
}

export const workersSection = {
  workers: 'Workers',
  eachSweepsEverySecondsWhat: (sweepIntervalSeconds: Node) => (
    <>Each sweeps every {sweepIntervalSeconds} seconds what is due.</>
  ),
  noWorkerIsRunning: 'No worker is running',
  nothingIsSyncedAndNo: () => (
    <>
      Nothing is synced and no case is created until one is started: <code>npm run worker</code>.
    </>
  ),
  workerProcessesTheMostRecently: 'Worker processes, the most recently seen first',
  host: 'Host',
  state: 'State',
  alive: 'Alive',
  silent: 'Silent',
  lastSweep: 'Last sweep',
  lastSweepLabel: 'Last sweep:',
  started: 'Started',
  startedLabel: 'Started:',
}
