/** Who is asking. */

/** `host`: the program that embeds us. It has no pages. */
export type Role = 'client' | 'operator' | 'host'

/** Where a person starts who asked for nothing in particular. */
export const homes: Readonly<Record<Role, string>> = {
  client: '/integrations',
  operator: '/operator',
  host: '/docs',
}

export interface Identity {
  readonly clientId: string
  /** The user's id in the host portal. */
  readonly subject: string
  readonly role: Role
  readonly name: string | null
  /** Hash of the browser session's id, never the id itself; undefined for a bearer token. */
  readonly sessionId: string | undefined
}

/**
 * Who may call a route. `client` is the default, so that a forgotten declaration closes a route instead of opening it.
 * public: nobody is asked. optional: known if signed in. any: client or operator. integration: host or operator. everyone: all three.
 */
export type Access = 'public' | 'optional' | 'client' | 'operator' | 'any' | 'integration' | 'everyone'
