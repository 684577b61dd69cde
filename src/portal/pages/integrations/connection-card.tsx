import { Facts } from '../../components/field-list.tsx'
import { WriteForm } from '../../components/form.tsx'
import { Icon } from '../../components/icons.tsx'
import { Notice } from '../../components/notice.tsx'
import { usePage } from '../../components/page-context.ts'
import { ConnectionPill } from '../../components/state-pill.tsx'
import { Moment, RelativeTime } from '../../components/values.tsx'
import { connectionNotice } from './connection-notice.tsx'
import type { ConnectionView } from './connection-view.ts'
import { SyncProgress } from './sync-progress.tsx'

const root = '/integrations/zoho-books'

const Head = ({ connection }: { connection: ConnectionView }) => (
  <div class="card-head">
    <span class="emblem">
      <Icon name="ledger" size={24} />
    </span>
    <div class="grow">
      <h2 id="zoho-books">Zoho Books</h2>
      <p class="muted">
        {connection.organization ? connection.organization.name : 'Accounting: import your unpaid invoices'}
      </p>
    </div>
    <ConnectionPill state={connection.state} />
  </div>
)

const ConnectLink = ({ children }: { children: string }) => (
  <a class="button button-primary" href={`${root}/connect`} data-once-link>
    {children}
  </a>
)

/** A sync is promised only where one is armed. */
const nextSync = ({ state, progress, nextSyncAt, delayedUntil }: ConnectionView) => {
  if (state === 'reconnect_required') return 'After you reconnect'
  if (state === 'paused') return 'Once our team resumes it'
  if (state === 'delayed') return <RelativeTime at={delayedUntil ?? nextSyncAt} />
  return progress ? 'Running now' : <RelativeTime at={nextSyncAt} />
}

const connectionFacts = (connection: ConnectionView) => [
  { label: 'Data centre', value: connection.dataCenter },
  { label: 'Last synced', value: <RelativeTime at={connection.lastSyncedAt} /> },
  { label: 'Checked with Zoho', value: <RelativeTime at={connection.provenAt} /> },
  { label: 'Next sync', value: nextSync(connection) },
  { label: 'Connected', value: connection.connectedAt && <Moment at={connection.connectedAt} /> },
]

const SyncNow = () => (
  <WriteForm action={`${root}/sync`}>
    <button type="submit" class="button">
      Sync now
    </button>
  </WriteForm>
)

const ChangeOrganization = ({ main }: { main: boolean }) => (
  <a class={main ? 'button button-primary' : 'button'} href={`${root}/organization`}>
    Change organization
  </a>
)

/** The step that helps most in this state comes first. */
const Actions = ({ connection }: { connection: ConnectionView }) => {
  const { state, problem } = connection
  const reconnect = state === 'reconnect_required' || problem?.action === 'reconnect'
  const choose = !reconnect && problem?.action === 'choose_organization'
  return (
    <div class="card-foot actions">
      {reconnect && <ConnectLink>Reconnect</ConnectLink>}
      {choose && <ChangeOrganization main />}
      <a class={reconnect || choose ? 'button' : 'button button-primary'} href="/bulk-import">
        Review invoices
      </a>
      {(state === 'active' || state === 'error') && <SyncNow />}
      {!choose && !reconnect && <ChangeOrganization main={false} />}
      <a class="button button-quiet push" href={`${root}/disconnect`} data-dialog="disconnect-dialog">
        Disconnect
      </a>
    </div>
  )
}

const NotConnected = ({ connection }: { connection: ConnectionView }) => (
  <section
    class="card"
    aria-labelledby="zoho-books"
    data-live="connection"
    data-state="not_connected"
    id="connection-card"
  >
    <div class="card-body stack">
      <Head connection={connection} />
      <p class="prose">
        Connect Zoho Books to import unpaid invoices and create collection cases without manual data entry.
        You sign in at Zoho, review what we may read, and come back here.
      </p>
      <p>
        Your invoices are imported for <b>{usePage().viewer?.clientName}</b>.
      </p>
      <div class="actions">
        <ConnectLink>Connect</ConnectLink>
      </div>
    </div>
    <div class="card-foot">
      <p class="small muted">
        You need a Zoho Books account with access to the organization, and the permission to authorize
        third-party applications there. We ask for reading rights only.
      </p>
    </div>
  </section>
)

/** The Zoho Books card, in every state of a connection. */
export const ConnectionCard = ({ connection }: { connection: ConnectionView }) => {
  if (connection.state === 'not_connected') return <NotConnected connection={connection} />
  const notice = connectionNotice(connection)
  return (
    <section
      class="card"
      aria-labelledby="zoho-books"
      data-live="connection"
      data-state={connection.state}
      data-synced={connection.lastSyncedAt?.toISOString()}
      data-rows={connection.progress?.rowsRead}
      id="connection-card"
    >
      <div class="card-body stack">
        <Head connection={connection} />
        {notice && (
          <Notice tone={notice.tone} title={notice.title}>
            {notice.text}
          </Notice>
        )}
        {connection.state !== 'reconnect_required' &&
          connection.missing.map(({ message, action }) => (
            <Notice
              key={message}
              tone="info"
              action={action === 'reconnect' ? { label: 'Reconnect', href: `${root}/connect` } : undefined}
            >
              {message}
            </Notice>
          ))}
        {connection.state === 'syncing' && connection.progress && (
          <SyncProgress progress={connection.progress} />
        )}
        <Facts facts={connectionFacts(connection)} />
      </div>
      <Actions connection={connection} />
    </section>
  )
}
