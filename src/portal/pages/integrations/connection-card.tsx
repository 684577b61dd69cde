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
import { connectionCard as words } from './words.tsx'

const root = '/integrations/zoho-books'

const Head = ({ connection }: { connection: ConnectionView }) => (
  <div class="card-head">
    <span class="emblem">
      <Icon name="ledger" size={24} />
    </span>
    <div class="grow">
      <h2 id="zoho-books">{words.zohoBooks}</h2>
      <p class="muted">
        {connection.organization ? connection.organization.name : words.accountingImportYourUnpaidInvoices}
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
  if (state === 'reconnect_required') return words.afterYouReconnect
  if (state === 'paused') return words.onceOurTeamResumesIt
  if (state === 'delayed') return <RelativeTime at={delayedUntil ?? nextSyncAt} />
  return progress ? words.runningNow : <RelativeTime at={nextSyncAt} />
}

const connectionFacts = (connection: ConnectionView) => [
  { label: words.dataCentre, value: connection.dataCenter },
  { label: words.lastSynced, value: <RelativeTime at={connection.lastSyncedAt} /> },
  { label: words.checkedWithZoho, value: <RelativeTime at={connection.provenAt} /> },
  { label: words.nextSync, value: nextSync(connection) },
  { label: words.connected, value: connection.connectedAt && <Moment at={connection.connectedAt} /> },
]

const SyncNow = () => (
  <WriteForm action={`${root}/sync`}>
    <button type="submit" class="button">
      {words.syncNow}
    </button>
  </WriteForm>
)

const ChangeOrganization = ({ main }: { main: boolean }) => (
  <a class={main ? 'button button-primary' : 'button'} href={`${root}/organization`}>
    {words.changeOrganization}
  </a>
)

/** The step that helps most in this state comes first. */
const Actions = ({ connection }: { connection: ConnectionView }) => {
  const { state, problem } = connection
  const reconnect = state === 'reconnect_required' || problem?.action === 'reconnect'
  const choose = !reconnect && problem?.action === 'choose_organization'
  return (
    <div class="card-foot actions">
      {reconnect && <ConnectLink>{words.reconnect}</ConnectLink>}
      {choose && <ChangeOrganization main />}
      <a class={reconnect || choose ? 'button' : 'button button-primary'} href="/bulk-import">
        {words.reviewInvoices}
      </a>
      {(state === 'active' || state === 'error') && <SyncNow />}
      {!choose && !reconnect && <ChangeOrganization main={false} />}
      <a class="button button-quiet push" href={`${root}/disconnect`} data-dialog="disconnect-dialog">
        {words.disconnect}
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
      <p class="prose">{words.connectZohoBooksToImport}</p>
      <p>{words.yourInvoicesAreImportedFor(usePage().viewer?.clientName)}</p>
      <div class="actions">
        <ConnectLink>{words.connect}</ConnectLink>
      </div>
    </div>
    <div class="card-foot">
      <p class="small muted">{words.youNeedAZohoBooks}</p>
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
              action={
                action === 'reconnect' ? { label: words.reconnect, href: `${root}/connect` } : undefined
              }
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
