import type { AuditLine } from '../../db/operator/operator.repo.ts'
import type { AttemptLine, CommandDetail, ItemLine } from '../../db/operator/work-history.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { FieldList } from '../portal/components/field-list.tsx'
import { Layout } from '../portal/components/layout.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { Pager } from '../portal/components/pager.tsx'
import { Pill } from '../portal/components/state-pill.tsx'
import { Moment, Nothing, RelativeTime } from '../portal/components/values.tsx'
import { AuditSection } from './audit-section.tsx'
import { CommandPill } from './commands-table.tsx'
import { ErrorHelp, ErrorLink } from './error-help.tsx'
import { ItemsTable } from './items-table.tsx'

const attemptWords = {
  completed: ['good', 'Completed'],
  yielded: ['plain', 'Gave way to others'],
  waiting: ['plain', 'Waits for proofs'],
  deferred: ['warn', 'Put off'],
  failed: ['bad', 'Failed'],
  running: ['busy', 'Running'],
  lost: ['bad', 'Worker lost'],
} as const

const Facts = ({ command }: { command: CommandDetail }) => {
  const format = useFormat()
  return (
    <section class="card" aria-labelledby="facts">
      <div class="card-title">
        <h2 id="facts">Command</h2>
        <CommandPill state={command.state} />
      </div>
      <div class="card-body">
        <FieldList
          fields={[
            { label: 'Command', value: <code>{command.id}</code> },
            {
              label: 'Client',
              value: (
                <a href={`/operator/commands?${new URLSearchParams({ client: command.clientId })}`}>
                  {command.clientId}
                </a>
              ),
            },
            {
              label: 'Connection',
              value:
                command.connectionId === null ? (
                  <Nothing text="gone" />
                ) : (
                  <a href={`/operator/connections/${command.connectionId}`}>
                    <code>{command.connectionId}</code>
                  </a>
                ),
            },
            { label: 'Given by', value: command.requestedBy },
            { label: 'Given', value: <Moment at={command.createdAt} /> },
            {
              label: 'Request',
              value: command.requestId === null ? <Nothing text="none" /> : <code>{command.requestId}</code>,
            },
            {
              label: 'Invoices',
              value: `${format.count(command.total)}: ${format.count(command.created)} created, ${format.count(command.duplicate)} a case already, ${format.count(command.ineligible)} not eligible, ${format.count(command.failed)} failed`,
            },
            { label: 'Waits for a full run since', value: <RelativeTime at={command.fullRunArmedAt} /> },
            { label: 'A worker holds it until', value: <RelativeTime at={command.leaseUntil} /> },
            { label: 'Next attempt', value: <RelativeTime at={command.nextAttemptAt} /> },
            { label: 'Completed', value: <RelativeTime at={command.completedAt} /> },
          ]}
        />
        <p class="small muted">
          Log lines carry the request as <code>requestId</code>, the command as <code>commandId</code> and an
          attempt as <code>attemptId</code>.
        </p>
      </div>
    </section>
  )
}

const Attempts = ({ attempts, total }: { attempts: readonly AttemptLine[]; total: number }) => {
  const format = useFormat()
  return (
    <section class="card" aria-labelledby="attempts">
      <div class="card-title">
        <h2 id="attempts">Attempts</h2>
        <p class="small muted">
          {format.count(total)} so far
          {attempts.length < total && `, the last ${format.count(attempts.length)} here`}
        </p>
      </div>
      {attempts.length === 0 ? (
        <EmptyState icon="inbox" title="No attempt is kept">
          A worker notes each one when it takes the command.
        </EmptyState>
      ) : (
        <DataTable
          caption="Attempts of this command, newest first"
          rows={attempts}
          rowKey={(attempt) => attempt.id}
          columns={[
            { key: 'at', title: 'Began', cell: (attempt) => <Moment at={attempt.startedAt} /> },
            {
              key: 'outcome',
              title: 'Outcome',
              cell: (attempt) => (
                <Pill tone={attemptWords[attempt.outcome][0]}>{attemptWords[attempt.outcome][1]}</Pill>
              ),
            },
            {
              key: 'error',
              title: 'Error',
              class: 'wide',
              cell: (attempt) =>
                attempt.errorCode === null ? <Nothing text="none" /> : <ErrorLink code={attempt.errorCode} />,
            },
            {
              key: 'took',
              title: 'Took',
              label: 'Took:',
              class: 'num',
              cell: (attempt) =>
                attempt.endedAt === null ? (
                  <Nothing text="not ended" />
                ) : (
                  `${((attempt.endedAt.getTime() - attempt.startedAt.getTime()) / 1000).toFixed(1)} s`
                ),
            },
            { key: 'id', title: 'Attempt', class: 'wide', cell: (attempt) => <code>{attempt.id}</code> },
          ]}
        />
      )}
    </section>
  )
}

const outcomes = ['failed', 'ineligible', 'duplicate', 'created', 'undecided'] as const

/** One command: every attempt, every error, and what became of each invoice. */
export const CommandPage = ({
  command,
  attempts,
  items,
  outcome,
  next,
  events,
}: {
  command: CommandDetail
  attempts: readonly AttemptLine[]
  items: readonly ItemLine[]
  outcome: (typeof outcomes)[number] | undefined
  next: string | null
  events: readonly AuditLine[]
}) => (
  <Layout title={`Command of ${command.clientId}`} section="/operator/commands">
    <p class="crumbs">
      <a href="/operator/commands">Commands</a>
    </p>
    <div class="stack">
      <h1>Command of {command.clientId}</h1>
      {command.errorCode !== null && (
        <section class="card card-body" aria-label="Waits for">
          <ErrorHelp code={command.errorCode} />
          <p class="small muted">
            Tried again <RelativeTime at={command.nextAttemptAt} />
          </p>
        </section>
      )}
      <div class="columns">
        <Facts command={command} />
        <AuditSection events={events} of="command" />
      </div>
      <Attempts attempts={attempts} total={command.attempts} />
      <section class="card" aria-labelledby="items">
        <div class="card-title">
          <h2 id="items">Invoices</h2>
        </div>
        <nav class="tabs" aria-label="Invoices by outcome">
          {[undefined, ...outcomes].map((wanted) => (
            <a
              key={wanted ?? 'all'}
              class="tab"
              href={`/operator/commands/${command.id}${wanted === undefined ? '' : `?outcome=${wanted}`}#items`}
              aria-current={wanted === outcome ? 'page' : undefined}
            >
              {wanted === undefined ? 'All' : `${wanted[0]?.toUpperCase()}${wanted.slice(1)}`}
            </a>
          ))}
        </nav>
        {items.length === 0 ? (
          <EmptyState icon="inbox" title="None">
            No invoice of this command has this outcome.
          </EmptyState>
        ) : (
          <ItemsTable rows={items} by="invoice" caption="Invoices of this command" />
        )}
        <Pager previous={null} next={next} />
      </section>
    </div>
  </Layout>
)
