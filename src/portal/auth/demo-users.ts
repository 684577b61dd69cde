/** The two people of the demo sign-in; it exists only on the embedded default. */
import type { Identity, Role } from '../http/identity.ts'

interface DemoUser {
  readonly identity: Omit<Identity, 'sessionId'>
  readonly clientName: string
}

export const demoUsers: Readonly<Record<Exclude<Role, 'host'>, DemoUser>> = {
  client: {
    identity: { clientId: 'demo-client', subject: 'demo-user', role: 'client', name: 'Dana Demo' },
    clientName: 'Demo Creditor',
  },
  operator: {
    identity: { clientId: 'operations', subject: 'demo-operator', role: 'operator', name: 'Olli Operator' },
    clientName: 'Operations',
  },
}
