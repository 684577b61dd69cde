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
  not_connected: ['plain', 'Not connected'],
  syncing: ['busy', 'Syncing'],
  active: ['good', 'Active'],
  delayed: ['warn', 'Delayed'],
  reconnect_required: ['bad', 'Reconnect needed'],
  error: ['bad', 'Error'],
  paused: ['plain', 'Paused'],
}

export const ConnectionPill = ({ state }: { state: ConnectionState }) => {
  const [tone, text] = connectionStates[state]
  return <Pill tone={tone}>{text}</Pill>
}

const runStates = {
  running: ['busy', 'Running'],
  completed: ['good', 'Completed'],
  failed: ['bad', 'Failed'],
  cancelled: ['plain', 'Cancelled'],
} as const satisfies Record<string, readonly [Tone, string]>

export type RunState = keyof typeof runStates

export const RunPill = ({ state }: { state: RunState }) => {
  const [tone, text] = runStates[state]
  return <Pill tone={tone}>{text}</Pill>
}

const outcomes = {
  created: ['good', 'Case created'],
  duplicate: ['plain', 'Already a case'],
  ineligible: ['warn', 'Not eligible'],
  failed: ['bad', 'Failed'],
  waiting: ['plain', 'Waiting'],
} as const satisfies Record<string, readonly [Tone, string]>

export type OutcomeName = keyof typeof outcomes

export const OutcomePill = ({ outcome }: { outcome: OutcomeName }) => {
  const [tone, text] = outcomes[outcome]
  return <Pill tone={tone}>{text}</Pill>
}

const caseStatuses = {
  pending_verification: ['info', 'Pending verification'],
  withdrawn: ['plain', 'Withdrawn'],
} as const satisfies Record<string, readonly [Tone, string]>

export type CaseStatusName = keyof typeof caseStatuses

export const CasePill = ({ status }: { status: CaseStatusName }) => {
  const [tone, text] = caseStatuses[status]
  return <Pill tone={tone}>{text}</Pill>
}

/** What became of a case's invoice. */
export const invoiceStateWords = {
  unpaid: ['plain', 'Unpaid'],
  partly_paid: ['warn', 'Partly paid'],
  paid: ['good', 'Paid'],
  void: ['plain', 'Voided'],
  removed: ['plain', 'Deleted'],
} as const satisfies Record<string, readonly [Tone, string]>

export type InvoiceStateName = keyof typeof invoiceStateWords

export const InvoiceStatePill = ({ state }: { state: InvoiceStateName }) => {
  const [tone, text] = invoiceStateWords[state]
  return <Pill tone={tone}>{text}</Pill>
}
