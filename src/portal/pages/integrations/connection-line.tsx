import { usePage } from '../../components/page-context.ts'
import { ConnectionPill } from '../../components/state-pill.tsx'
import { Moment, RelativeTime } from '../../components/values.tsx'
import { connectionNotice } from './connection-notice.tsx'
import type { ConnectionView } from './connection-view.ts'
import { progressText } from './sync-progress.tsx'
import { connectionLine as words } from './words.tsx'

const NextSync = ({ connection: { nextSyncAt } }: { connection: ConnectionView }) =>
  nextSyncAt === null ? null : (
    <>
      {words.nextSync}
      <RelativeTime at={nextSyncAt} />
    </>
  )

const Words = ({ connection }: { connection: ConnectionView }) => {
  const { format } = usePage()
  const { state, progress, lastSyncedAt, delayedUntil } = connection
  const notice = connectionNotice(connection)
  if (state === 'syncing' && progress)
    return (
      <>
        {progress.kind === 'full' ? words.readingAllUnpaidInvoices : words.readingWhatChanged}:{' '}
        {progressText(progress, format.count)}
      </>
    )
  if (state === 'delayed' && delayedUntil)
    return <>{words.weContinueAt(notice?.title, <Moment at={delayedUntil} />)}</>
  if (notice && notice.tone !== 'info') return <>{notice.title}</>
  if (state === 'paused') return <>{words.nothingIsReadUntilOur(notice?.title)}</>
  if (lastSyncedAt === null) return <>{words.theFirstSyncBeginsIn}</>
  return (
    <>
      {words.synced}
      <RelativeTime at={lastSyncedAt} />
      <NextSync connection={connection} />
    </>
  )
}

const Step = ({ connection: { state, problem } }: { connection: ConnectionView }) => {
  if (state === 'reconnect_required' || problem?.action === 'reconnect')
    return (
      <a class="button button-small" href="/integrations/zoho-books/connect" data-once-link>
        {words.reconnect}
      </a>
    )
  if (problem?.action === 'choose_organization')
    return (
      <a class="button button-small" href="/integrations/zoho-books/organization">
        {words.changeOrganization}
      </a>
    )
  return null
}

/** How current what is shown is, or why it is not: one line in every state, so that a sync moves nothing. */
export const ConnectionLine = ({
  connection,
  step = true,
}: {
  connection: ConnectionView
  /** False where the way out stands beside it already. */
  step?: boolean
}) => (
  <div
    class="connection-line"
    data-live="connection"
    data-state={connection.state}
    data-synced={connection.lastSyncedAt?.toISOString()}
    data-rows={connection.progress?.rowsRead}
    data-from="/integrations/zoho-books/line"
    id="freshness"
  >
    <ConnectionPill state={connection.state} />
    <span class="connection-words">
      <b>
        <bdi>{connection.organization?.name}</bdi>
      </b>{' '}
      <Words connection={connection} />
    </span>
    {step && <Step connection={connection} />}
  </div>
)
