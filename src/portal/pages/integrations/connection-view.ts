import type { ConnectionState } from '../../components/state-pill.tsx'

/** The connection as pages show it. */
export interface ConnectionView {
  readonly state: ConnectionState
  readonly organization: { readonly id: string; readonly name: string } | null
  readonly dataCenter: string | null
  readonly connectedAt: Date | null
  readonly lastSyncedAt: Date | null
  readonly provenAt: Date | null
  readonly nextSyncAt: Date | null
  readonly delayedUntil: Date | null
  readonly progress: ProgressView | null
  readonly problem: ProblemView | null
  /** What the grant does not allow; all else works. */
  readonly missing: readonly MissingView[]
}

export interface MissingView {
  readonly message: string
  readonly action: 'reconnect' | 'ask_administrator'
}

export interface ProgressView {
  readonly kind: 'full' | 'incremental'
  readonly page: number
  readonly rowsRead: number
  readonly total: number | undefined
}

export interface ProblemView {
  readonly code: string
  readonly message: string
  /** What the client can do; undefined: wait, we go on by ourselves. */
  readonly action: 'reconnect' | 'choose_organization' | undefined
}
