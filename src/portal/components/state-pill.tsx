import { statePill as words } from './words.tsx'
/** A state in a word. Colour only repeats what the word says. */
export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'info' | 'plain'

export const Pill = ({ tone, children, href }: { tone: Tone; children: string; href?: string }) => {
  const name = `pill pill-${tone}`
  return href === undefined ? (
    <span class={name}>{children}</span>
  ) : (
    <a class={name} href={href}>
      {children}
    </a>
  )
}

export type ConnectionState =
  | 'not_connected'
  | 'syncing'
  | 'active'
  | 'delayed'
  | 'reconnect_required'
  | 'error'
  | 'paused'

const connectionStates: Record<ConnectionState, readonly [Tone, string]> = {
  not_connected: ['plain', words.notConnected],
  syncing: ['busy', words.syncing],
  active: ['good', words.active],
  delayed: ['warn', words.delayed],
  reconnect_required: ['bad', words.reconnectNeeded],
  error: ['bad', words.error],
  paused: ['plain', words.paused],
}

export const ConnectionPill = ({ state }: { state: ConnectionState }) => {
  const [tone, text] = connectionStates[state]
  return <Pill tone={tone}>{text}</Pill>
}

const runStates = {
  running: ['busy', words.running],
  completed: ['good', words.completed],
  failed: ['bad', words.failed],
  cancelled: ['plain', words.cancelled],
} as const satisfies Record<string, readonly [Tone, string]>

export type RunState = keyof typeof runStates

export const RunPill = ({ state }: { state: RunState }) => {
  const [tone, text] = runStates[state]
  return <Pill tone={tone}>{text}</Pill>
}

const outcomes = {
  created: ['good', words.caseCreated],
  duplicate: ['plain', words.alreadyACase],
  ineligible: ['warn', words.notEligible],
  failed: ['bad', words.failed],
  waiting: ['plain', words.waiting],
} as const satisfies Record<string, readonly [Tone, string]>

export type OutcomeName = keyof typeof outcomes

export const OutcomePill = ({ outcome }: { outcome: OutcomeName }) => {
  const [tone, text] = outcomes[outcome]
  return <Pill tone={tone}>{text}</Pill>
}

const caseStatuses = {
  pending_verification: ['info', words.pendingVerification],
  withdrawn: ['plain', words.withdrawn],
} as const satisfies Record<string, readonly [Tone, string]>

export type CaseStatusName = keyof typeof caseStatuses

export const CasePill = ({ status }: { status: CaseStatusName }) => {
  const [tone, text] = caseStatuses[status]
  return <Pill tone={tone}>{text}</Pill>
}

/** What became of a case's invoice. */
export const invoiceStateWords = {
  unpaid: ['plain', words.unpaid],
  partly_paid: ['warn', words.partlyPaid],
  paid: ['good', words.paid],
  void: ['plain', words.voided],
  removed: ['plain', words.deleted],
} as const satisfies Record<string, readonly [Tone, string]>

export type InvoiceStateName = keyof typeof invoiceStateWords

export const InvoiceStatePill = ({ state }: { state: InvoiceStateName }) => {
  const [tone, text] = invoiceStateWords[state]
  return <Pill tone={tone}>{text}</Pill>
}
