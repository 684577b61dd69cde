/** What changed, by id only: whoever listens reads the state itself. */
export interface PortalEvent {
  readonly type: 'connection' | 'run' | 'command'
  readonly id: string
}

/** Live events of one client, whatever process caused them. @returns how to stop. */
export type Subscribe = (clientId: string, onEvent: (event: PortalEvent) => void) => () => void
