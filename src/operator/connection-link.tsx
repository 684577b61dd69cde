import type { LiveState } from '../../db/operator/operator.repo.ts'
import { ConnectionPill, Pill } from '../portal/components/state-pill.tsx'
import { connectionLink as words } from './words.tsx'

/** A client's name tells connections apart on a page; the id is on hover and behind the link. */
export const ConnectionLink = ({ id, clientId }: { id: string; clientId: string }) => (
  <a class="row-link" href={`/operator/connections/${id}`} title={id}>
    {clientId}
  </a>
)

export const StatePill = ({ state }: { state: LiveState | 'disconnected' }) =>
  state === 'disconnected' ? <Pill tone="plain">{words.disconnected}</Pill> : <ConnectionPill state={state} />
