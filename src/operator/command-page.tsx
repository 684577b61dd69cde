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
import { commandPage as words } from './words.tsx'

const attemptWords = {
  completed: ['good', words.completed],
  yielded: ['plain', words.gaveWayToOthers],
  waiting: ['plain', words.waitsForProofs],
  deferred: ['warn', words.putOff],
  failed: ['bad', words.failed],
  running: ['busy', words.running],
  lost: ['bad', words.workerLost],
} as const

const Facts = ({ command }: { command: CommandDetail }) => {
  const format = useFormat()
  return (
    <section class="card" aria-labelledby="facts">
      <div class="card-title">
        <h2 id="facts">{words.command}</h2>
        <CommandPill state={command.state} />
      </div>
      <div class="card-body">
        <FieldList
          fields={[
            { label: words.command, value: <code>{command.id}</code> },
            {
              label: words.client,
              value: (
                <a href={`/operator/commands?${new URLSearchParams({ client: command.clientId })}`}>
                  {command.clientId}
                </a>
              ),
            },
            {
              label: words.connection,
              value:
                command.connectionId === null ? (
                  <Nothing text={words.gone} />
                ) : (
                  <a href={`/operator/connections/${command.connectionId}`}>
                    <code>{command.connectionId}</code>
                  </a>
                ),
            },
            { label: words.givenBy, value: command.requestedBy },
            { label: words.given, value: <Moment at={command.createdAt} /> },
            {
              label: words.request,
              value:
                command.requestId === null ? (
                  <Nothing text={words.without} />
                ) : (
                  <code>{command.requestId}</code>
                ),
            },
            {
              label: words.invoices,
              value: words.createdACaseAlreadyNot(
                format.count(command.total),
                format.count(command.created),
                format.count(command.duplicate),
                format.count(command.ineligible),
                format.count(command.failed),
              ),
            },
            { label: words.waitsForAFullRun, value: <RelativeTime at={command.fullRunArmedAt} /> },
            { label: words.aWorkerHoldsItUntil, value: <RelativeTime at={command.leaseUntil} /> },
            { label: words.nextAttempt, value: <RelativeTime at={command.nextAttemptAt} /> },
            { label: words.completed, value: <RelativeTime at={command.completedAt} /> },
          ]}
        />
        <p class="small muted">{words.logLinesCarryTheRequest()}</p>
      </div>
    </section>
  )
}

const Attempts = ({ attempts, total }: { attempts: readonly AttemptLine[]; total: number }) => {
  const format = useFormat()
  return (
    <section class="card" aria-labelledby="attempts">
      <div class="card-title">
        <h2 id="attempts">{words.attempts}</h2>
        <p class="small muted">
          {words.soFar(format.count(total))}
          {attempts.length < total && words.theLastHere(format.count(attempts.length))}
        </p>
      </div>
      {attempts.length === 0 ? (
        <EmptyState icon="inbox" title={words.noAttemptIsKept}>
          {words.aWorkerNotesEachOne}
        </EmptyState>
      ) : (
        <DataTable
          caption={words.attemptsOfThisCommandNewest}
          rows={attempts}
          rowKey={(attempt) => attempt.id}
          columns={[
            { key: 'at', title: words.began, cell: (attempt) => <Moment at={attempt.startedAt} /> },
            {
              key: 'outcome',
              title: words.outcome,
              cell: (attempt) => (
                <Pill tone={attemptWords[attempt.outcome][0]}>{attemptWords[attempt.outcome][1]}</Pill>
              ),
            },
            {
              key: 'error',
              title: words.error,
              class: 'wide',
              cell: (attempt) =>
                attempt.errorCode === null ? (
                  <Nothing text={words.without} />
                ) : (
                  <ErrorLink code={attempt.errorCode} />
                ),
            },
            {
              key: 'took',
              title: words.took,
              label: words.tookLabel,
              class: 'num',
              cell: (attempt) =>
                attempt.endedAt === null ? (
                  <Nothing text={words.notEnded} />
                ) : (
                  `${((attempt.endedAt.getTime() - attempt.startedAt.getTime()) / 1000).toFixed(1)} s`
                ),
            },
            { key: 'id', title: words.attempt, class: 'wide', cell: (attempt) => <code>{attempt.id}</code> },
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
  <Layout title={words.commandOf(command.clientId)} section="/operator/commands">
    <p class="crumbs">
      <a href="/operator/commands">{words.commands}</a>
    </p>
    <div class="stack">
      <h1>{words.heading(command.clientId)}</h1>
      {command.errorCode !== null && (
        <section class="card card-body" aria-label={words.waitsFor}>
          <ErrorHelp code={command.errorCode} />
          <p class="small muted">
            {words.triedAgain}
            <RelativeTime at={command.nextAttemptAt} />
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
          <h2 id="items">{words.invoices}</h2>
        </div>
        <nav class="tabs" aria-label={words.invoicesByOutcome}>
          {[undefined, ...outcomes].map((wanted) => (
            <a
              key={wanted ?? 'all'}
              class="tab"
              href={`/operator/commands/${command.id}${wanted === undefined ? '' : `?outcome=${wanted}`}#items`}
              aria-current={wanted === outcome ? 'page' : undefined}
            >
              {wanted === undefined ? words.all : `${wanted[0]?.toUpperCase()}${wanted.slice(1)}`}
            </a>
          ))}
        </nav>
        {items.length === 0 ? (
          <EmptyState icon="inbox" title={words.none}>
            {words.noInvoiceOfThisCommand}
          </EmptyState>
        ) : (
          <ItemsTable rows={items} by="invoice" caption={words.invoicesOfThisCommand} />
        )}
        <Pager previous={null} next={next} />
      </section>
    </div>
  </Layout>
)
