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
import { connectionPage as words } from './words.tsx'

const PauseForm = ({ connection }: { connection: ConnectionDetail }) => {
  if (!['active', 'error', 'paused'].includes(connection.storedState)) return null
  const paused = connection.storedState === 'paused'
  return (
    <WriteForm action={`/operator/connections/${connection.id}/${paused ? 'resume' : 'pause'}`}>
      <button type="submit" class={`button ${paused ? 'button-primary' : ''}`}>
        {paused ? words.resumeThisConnection : words.pauseThisConnection}
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
        <h2 id="facts">{words.connection}</h2>
        <StatePill state={connection.state} />
      </div>
      <div class="card-body">
        <FieldList
          fields={[
            { label: words.client, value: connection.clientId },
            { label: words.connection, value: <code>{connection.id}</code> },
            {
              label: words.organizationInZoho,
              value: words.dataCentre(connection.organizationId, connection.dataCenter),
            },
            { label: words.connected, value: <RelativeTime at={connection.connectedAt} /> },
            { label: words.lastSynced, value: <RelativeTime at={connection.lastSyncedAt} /> },
            { label: words.provenAsOf, value: <RelativeTime at={connection.provenAt} /> },
            { label: words.nextSync, value: <RelativeTime at={connection.nextSyncAt} /> },
            { label: words.failuresInARow, value: format.count(connection.syncFailures) },
            { label: words.openInvoicesStaged, value: format.count(connection.openInvoices) },
            {
              label: words.accessToken,
              value: token === null ? 'none' : <RelativeTime at={token.expiresAt} />,
            },
            { label: words.nextTokenRefresh, value: <RelativeTime at={token?.nextRefreshAt ?? null} /> },
            { label: words.refreshFailuresInARow, value: format.count(token?.failures ?? 0) },
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
        <h2 id="limits">{words.limitsOfTheOrganization}</h2>
        {known && (
          <WriteForm action={`/operator/connections/${id}/forget-limits`}>
            <button type="submit" class="button">
              {words.forgetLimits}
            </button>
          </WriteForm>
        )}
      </div>
      <div class="card-body">
        <FieldList
          fields={[
            {
              label: words.zohoAskedToWait,
              value:
                blockedUntil === null ? (
                  'no'
                ) : (
                  <>
                    {words.over(blockedCode)}
                    <RelativeTime at={blockedUntil} />
                  </>
                ),
            },
            {
              label: words.requestsLeftToday,
              value:
                dayRemaining === null
                  ? words.notKnown
                  : `${format.count(dayRemaining)}${dayLimit === null ? '' : words.of(format.count(dayLimit))}`,
            },
            { label: words.dayEnds, value: <RelativeTime at={dayResetsAt} /> },
            {
              label: words.callsAtATime,
              value: maxInFlight === null ? words.asConfigured : words.atMost(format.count(maxInFlight)),
            },
            {
              label: words.headersReceived,
              value:
                headers === null ? (
                  words.noneThatRefusedOrWere
                ) : (
                  <>
                    <code>{headers}</code> <RelativeTime at={headersAt} />
                  </>
                ),
            },
          ]}
        />
        <p class="small muted">{words.aWaitIsCutTo}</p>
      </div>
    </section>
  )
}

const Runs = ({ runs }: { runs: readonly RunLine[] }) => {
  const format = useFormat()
  return (
    <section class="card" aria-labelledby="runs">
      <div class="card-title">
        <h2 id="runs">{words.newestRuns}</h2>
      </div>
      {runs.length === 0 ? (
        <EmptyState icon="inbox" title={words.noRunYet}>
          {words.theFirstRunStartsAs}
        </EmptyState>
      ) : (
        <DataTable
          caption={words.newestRunsOfThisConnection}
          rows={runs}
          rowKey={(run) => run.id}
          columns={[
            { key: 'started', title: words.started, cell: (run) => <RelativeTime at={run.startedAt} /> },
            { key: 'kind', title: words.kind, cell: (run) => run.kind },
            {
              key: 'state',
              title: words.outcome,
              cell: (run) => (
                <>
                  <RunPill state={run.state} />
                  {run.errorCode !== null && <span class="sub">{run.errorCode}</span>}
                </>
              ),
            },
            {
              key: 'read',
              title: words.rowsRead,
              label: words.rowsReadLabel,
              class: 'num',
              cell: (run) => format.count(run.rowsRead),
            },
            {
              key: 'aside',
              title: words.setAside,
              label: words.setAsideLabel,
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
  <Layout title={words.connectionOf(connection.clientId)} section="/operator/connections">
    <p class="crumbs">
      <a href="/operator/connections">{words.connections}</a>
    </p>
    <div class="stack">
      <div class="page-head">
        <h1>{connection.clientId}</h1>
        <div class="actions">
          <a
            class="button"
            href={`/operator/commands?${new URLSearchParams({ client: connection.clientId })}`}
          >
            {words.commands}
          </a>
          <PauseForm connection={connection} />
        </div>
      </div>
      {done !== undefined && <Notice tone="good">{done}</Notice>}
      {connection.problemCode !== null && (
        <section class="card card-body" aria-label={words.problem}>
          <ErrorHelp code={connection.problemCode} />
          <p class="small muted">
            {words.since}
            <RelativeTime at={connection.problemAt} />
          </p>
        </section>
      )}
      {connection.state === 'delayed' && connection.delayedCode !== null && (
        <section class="card card-body" aria-label={words.delay}>
          <ErrorHelp code={connection.delayedCode} />
          <p class="small muted">
            {words.continues}
            <RelativeTime at={connection.delayedUntil} />
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
