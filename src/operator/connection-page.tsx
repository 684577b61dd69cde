import type { AuditLine, ConnectionDetail, RunLine } from '../../db/operator/operator.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { FieldList } from '../portal/components/field-list.tsx'
import { WriteForm } from '../portal/components/form.tsx'
import { Layout } from '../portal/components/layout.tsx'
import { Notice } from '../portal/components/notice.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { RunPill } from '../portal/components/state-pill.tsx'
import { RelativeTime } from '../portal/components/values.tsx'
import { AuditSection } from './audit-section.tsx'
import { StatePill } from './connection-link.tsx'
import { ErrorHelp } from './error-help.tsx'

const PauseForm = ({ connection }: { connection: ConnectionDetail }) => {
  if (!['active', 'error', 'paused'].includes(connection.storedState)) return null
  const paused = connection.storedState === 'paused'
  return (
    <WriteForm action={`/operator/connections/${connection.id}/${paused ? 'resume' : 'pause'}`}>
      <button type="submit" class={`button ${paused ? 'button-primary' : ''}`}>
        {paused ? 'Resume this connection' : 'Pause this connection'}
      </button>
    </WriteForm>
  )
}

const Facts = ({ connection }: { connection: ConnectionDetail }) => {
  const format = useFormat()
  const { token } = connection
  return (
    <section class="card" aria-labelledby="facts">
      <div class="card-title">
        <h2 id="facts">Connection</h2>
        <StatePill state={connection.state} />
      </div>
      <div class="card-body">
        <FieldList
          fields={[
            { label: 'Client', value: connection.clientId },
            { label: 'Connection', value: <code>{connection.id}</code> },
            {
              label: 'Organization in Zoho',
              value: `${connection.organizationId}, data centre ${connection.dataCenter}`,
            },
            { label: 'Connected', value: <RelativeTime at={connection.connectedAt} /> },
            { label: 'Last synced', value: <RelativeTime at={connection.lastSyncedAt} /> },
            { label: 'Proven as of', value: <RelativeTime at={connection.provenAt} /> },
            { label: 'Next sync', value: <RelativeTime at={connection.nextSyncAt} /> },
            { label: 'Failures in a row', value: format.count(connection.syncFailures) },
            { label: 'Open invoices staged', value: format.count(connection.openInvoices) },
            {
              label: 'Access token',
              value: token === null ? 'none' : <RelativeTime at={token.expiresAt} />,
            },
            { label: 'Next token refresh', value: <RelativeTime at={token?.nextRefreshAt ?? null} /> },
            { label: 'Refresh failures in a row', value: format.count(token?.failures ?? 0) },
          ]}
        />
      </div>
    </section>
  )
}

/** What Zoho (or whoever answered in its place) said, in its own words, and the way out when it cannot be true. */
const Limits = ({ connection: { id, limits } }: { connection: ConnectionDetail }) => {
  const format = useFormat()
  if (limits === null) return null
  const { blockedCode, blockedUntil, dayLimit, dayRemaining, dayResetsAt, maxInFlight, headers, headersAt } =
    limits
  const known = [blockedUntil, dayRemaining, maxInFlight, headers].some((value) => value !== null)
  return (
    <section class="card" aria-labelledby="limits">
      <div class="card-title">
        <h2 id="limits">Limits of the organization</h2>
        {known && (
          <WriteForm action={`/operator/connections/${id}/forget-limits`}>
            <button type="submit" class="button">
              Forget limits
            </button>
          </WriteForm>
        )}
      </div>
      <div class="card-body">
        <FieldList
          fields={[
            {
              label: 'Zoho asked to wait',
              value:
                blockedUntil === null ? (
                  'no'
                ) : (
                  <>
                    <code>{blockedCode}</code>, over <RelativeTime at={blockedUntil} />
                  </>
                ),
            },
            {
              label: 'Requests left today',
              value:
                dayRemaining === null
                  ? 'not known'
                  : `${format.count(dayRemaining)}${dayLimit === null ? '' : ` of ${format.count(dayLimit)}`}`,
            },
            { label: 'Day ends', value: <RelativeTime at={dayResetsAt} /> },
            {
              label: 'Calls at a time',
              value: maxInFlight === null ? 'as configured' : `at most ${format.count(maxInFlight)}`,
            },
            {
              label: 'Headers received',
              value:
                headers === null ? (
                  'none that refused or were odd'
                ) : (
                  <>
                    <code>{headers}</code> <RelativeTime at={headersAt} />
                  </>
                ),
            },
          ]}
        />
        <p class="small muted">
          A wait is cut to one hour and a day to 24, whatever a header says. Forgetting asks Zoho again at
          once; if it meant what it said, it says so again.
        </p>
      </div>
    </section>
  )
}

const Runs = ({ runs }: { runs: readonly RunLine[] }) => {
  const format = useFormat()
  return (
    <section class="card" aria-labelledby="runs">
      <div class="card-title">
        <h2 id="runs">Newest runs</h2>
      </div>
      {runs.length === 0 ? (
        <EmptyState icon="inbox" title="No run yet">
          The first run starts as soon as a worker takes it.
        </EmptyState>
      ) : (
        <DataTable
          caption="Newest runs of this connection"
          rows={runs}
          rowKey={(run) => run.id}
          columns={[
            { key: 'started', title: 'Started', cell: (run) => <RelativeTime at={run.startedAt} /> },
            { key: 'kind', title: 'Kind', cell: (run) => run.kind },
            {
              key: 'state',
              title: 'Outcome',
              cell: (run) => (
                <>
                  <RunPill state={run.state} />
                  {run.errorCode !== null && <span class="sub">{run.errorCode}</span>}
                </>
              ),
            },
            {
              key: 'read',
              title: 'Rows read',
              label: 'Rows read:',
              class: 'num',
              cell: (run) => format.count(run.rowsRead),
            },
            {
              key: 'aside',
              title: 'Set aside',
              label: 'Set aside:',
              class: 'num',
              cell: (run) => format.count(run.rowsSetAside),
            },
          ]}
        />
      )}
    </section>
  )
}

/** One connection for an operator: states, times and counts. */
export const ConnectionPage = ({
  connection,
  runs,
  events,
  done,
}: {
  connection: ConnectionDetail
  runs: readonly RunLine[]
  events: readonly AuditLine[]
  done: string | undefined
}) => (
  <Layout title={`Connection of ${connection.clientId}`} section="/operator/connections">
    <p class="crumbs">
      <a href="/operator/connections">Connections</a>
    </p>
    <div class="stack">
      <div class="page-head">
        <h1>{connection.clientId}</h1>
        <div class="actions">
          <a
            class="button"
            href={`/operator/commands?${new URLSearchParams({ client: connection.clientId })}`}
          >
            Commands
          </a>
          <PauseForm connection={connection} />
        </div>
      </div>
      {done !== undefined && <Notice tone="good">{done}</Notice>}
      {connection.problemCode !== null && (
        <section class="card card-body" aria-label="Problem">
          <ErrorHelp code={connection.problemCode} />
          <p class="small muted">
            Since <RelativeTime at={connection.problemAt} />
          </p>
        </section>
      )}
      {connection.state === 'delayed' && connection.delayedCode !== null && (
        <section class="card card-body" aria-label="Delay">
          <ErrorHelp code={connection.delayedCode} />
          <p class="small muted">
            Continues <RelativeTime at={connection.delayedUntil} />
          </p>
        </section>
      )}
      <div class="columns">
        <Facts connection={connection} />
        <AuditSection events={events} of="connection" />
      </div>
      <Limits connection={connection} />
      <Runs runs={runs} />
    </div>
  </Layout>
)
