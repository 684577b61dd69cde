import { usePage } from '../../components/page-context.ts'
import { ConnectionPill } from '../../components/state-pill.tsx'
import { Moment, RelativeTime } from '../../components/values.tsx'
import { connectionNotice } from './connection-notice.tsx'
import type { ConnectionView } from './connection-view.ts'
import { progressText } from './sync-progress.tsx'

const NextSync = ({ connection: { nextSyncAt } }: { connection: ConnectionView }) =>
  nextSyncAt === null ? null : (
    <>
      , next sync <RelativeTime at={nextSyncAt} />
    </>
  )

const Words = ({ connection }: { connection: ConnectionView }) => {
  const { format } = usePage()
  const { state, progress, lastSyncedAt, delayedUntil } = connection
  const notice = connectionNotice(connection)
  if (state === 'syncing' && progress)
    return (
      <>
        {progress.kind === 'full' ? 'Reading all unpaid invoices' : 'Reading what changed'}:{' '}
        {progressText(progress, format.count)}
      </>
    )
  if (state === 'delayed' && delayedUntil)
    return (
      <>
        {notice?.title} We continue at <Moment at={delayedUntil} />.
      </>
    )
  if (notice && notice.tone !== 'info') return <>{notice.title}</>
  if (state === 'paused') return <>{notice?.title} Nothing is read until our team resumes it.</>
  if (lastSyncedAt === null) return <>The first sync begins in a moment.</>
  return (
    <>
      Synced <RelativeTime at={lastSyncedAt} />
      <NextSync connection={connection} />
    </>
  )
}

const Step = ({ connection: { state, problem } }: { connection: ConnectionView }) => {
  if (state === 'reconnect_required' || problem?.action === 'reconnect')
    return (
      <a class="button button-small" href="/integrations/zoho-books/connect" data-once-link>
        Reconnect
      </a>
    )
  if (problem?.action === 'choose_organization')
    return (
      <a class="button button-small" href="/integrations/zoho-books/organization">
        Change organization
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
