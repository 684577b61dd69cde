import { DataTable } from '../../components/data-table.tsx'
import { Hidden, WriteForm } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'
import { usePage } from '../../components/page-context.ts'
import { Moment, RelativeTime } from '../../components/values.tsx'
import { browserName } from './browser-name.ts'

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
      Sign out
    </button>
  </WriteForm>
)

const columns = () => [
  {
    key: 'browser',
    title: 'Browser',
    label: 'Browser',
    cell: ({ userAgent, isThis }: SessionView) => (
      <>
        {browserName(userAgent)}
        {isThis && <b> (this one)</b>}
      </>
    ),
  },
  { key: 'ip', title: 'Address', label: 'Address', cell: ({ ip }: SessionView) => ip ?? '' },
  {
    key: 'started',
    title: 'Signed in',
    label: 'Signed in',
    cell: ({ startedAt }: SessionView) => <Moment at={startedAt} />,
  },
  {
    key: 'seen',
    title: 'Last used',
    label: 'Last used',
    cell: ({ lastSeenAt }: SessionView) => <RelativeTime at={lastSeenAt} />,
  },
  {
    key: 'end',
    title: <span class="visually-hidden">Sign out</span>,
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
    <Layout title="Sign-ins">
      <div class="stack">
        <div class="page-head">
          <div>
            <h1>Sign-ins</h1>
            <p>
              Where {viewer?.name} is signed in to {viewer?.clientName}. A sign-in ends after {idleMinutes}{' '}
              minutes without use, and after {hours} hours in any case.
            </p>
          </div>
        </div>
        {ended && <Notice tone="good" title="That browser is signed out." />}
        <section class="card" aria-label="Sign-ins">
          <DataTable caption="Sign-ins" columns={columns()} rows={sessions} rowKey={({ id }) => id} />
          <div class="card-foot actions">
            <WriteForm action="/sign-out/everywhere">
              <button type="submit" class="button button-danger">
                Sign out everywhere
              </button>
            </WriteForm>
            <p class="small muted">
              Do you see a browser that is not yours? Then tell your client portal too.
            </p>
          </div>
        </section>
      </div>
    </Layout>
  )
}
