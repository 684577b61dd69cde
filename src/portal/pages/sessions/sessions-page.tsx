import { DataTable } from '../../components/data-table.tsx'
import { Hidden, WriteForm } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'
import { usePage } from '../../components/page-context.ts'
import { Moment, RelativeTime } from '../../components/values.tsx'
import { browserName } from './browser-name.ts'
import { sessionsPage as words } from './words.tsx'

export interface SessionView {
  readonly id: string
  readonly isThis: boolean
  readonly startedAt: Date
  readonly lastSeenAt: Date
  readonly ip: string | null
  readonly userAgent: string | null
}

const End = ({ id }: { id: string }) => (
  <WriteForm action="/sessions/end">
    <Hidden values={{ id }} />
    <button type="submit" class="button button-small">
      {words.signOut}
    </button>
  </WriteForm>
)

const columns = () => [
  {
    key: 'browser',
    title: words.browser,
    label: words.browser,
    cell: ({ userAgent, isThis }: SessionView) => (
      <>
        {browserName(userAgent)}
        {isThis && <b>{words.thisOne}</b>}
      </>
    ),
  },
  { key: 'ip', title: words.address, label: words.address, cell: ({ ip }: SessionView) => ip ?? '' },
  {
    key: 'started',
    title: words.signedIn,
    label: words.signedIn,
    cell: ({ startedAt }: SessionView) => <Moment at={startedAt} />,
  },
  {
    key: 'seen',
    title: words.lastUsed,
    label: words.lastUsed,
    cell: ({ lastSeenAt }: SessionView) => <RelativeTime at={lastSeenAt} />,
  },
  {
    key: 'end',
    title: <span class="visually-hidden">{words.signOut}</span>,
    cell: ({ id }: SessionView) => <End id={id} />,
  },
]

/** Where a person is signed in, and how to end it. */
export const SessionsPage = ({
  sessions,
  idleMinutes,
  hours,
  ended,
}: {
  sessions: readonly SessionView[]
  idleMinutes: number
  hours: number
  ended: boolean
}) => {
  const { viewer } = usePage()
  return (
    <Layout title={words.signIns}>
      <div class="stack">
        <div class="page-head">
          <div>
            <h1>{words.signIns}</h1>
            <p>{words.whereIsSignedInTo(viewer?.name, viewer?.clientName, idleMinutes, hours)}</p>
          </div>
        </div>
        {ended && <Notice tone="good" title={words.thatBrowserIsSignedOut} />}
        <section class="card" aria-label={words.signIns}>
          <DataTable caption={words.signIns} columns={columns()} rows={sessions} rowKey={({ id }) => id} />
          <div class="card-foot actions">
            <WriteForm action="/sign-out/everywhere">
              <button type="submit" class="button button-danger">
                {words.signOutEverywhere}
              </button>
            </WriteForm>
            <p class="small muted">{words.doYouSeeABrowser}</p>
          </div>
        </section>
      </div>
    </Layout>
  )
}
