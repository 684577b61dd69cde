import type { ProblemConnections } from '../../db/operator/operator.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { Pill } from '../portal/components/state-pill.tsx'
import { RelativeTime } from '../portal/components/values.tsx'
import { ErrorHelp } from './error-help.tsx'
import { problemsSection as words } from './words.tsx'

/** What clients see of problems and delays of their connections by code. */
export const ProblemsSection = ({ problems }: { problems: readonly ProblemConnections[] }) => {
  const format = useFormat()
  return (
    <section class="card" aria-labelledby="problems">
      <div class="card-title">
        <h2 id="problems">{words.connectionsInTrouble}</h2>
        <p class="small muted">{words.whatClientsSeeAProblem}</p>
      </div>
      {problems.length === 0 ? (
        <EmptyState icon="done" title={words.noConnectionIsInTrouble}>
          {words.everyConnectionSyncsOnSchedule}
        </EmptyState>
      ) : (
        <DataTable
          caption={words.connectionsInTroubleByError}
          rows={problems}
          rowKey={(problem) => `${problem.kind} ${problem.code}`}
          columns={[
            { key: 'code', title: words.error, class: 'wide', cell: ({ code }) => <ErrorHelp code={code} /> },
            {
              key: 'kind',
              title: words.what,
              cell: ({ kind }) =>
                kind === 'delay' ? (
                  <Pill tone="warn">{words.delay}</Pill>
                ) : (
                  <Pill tone="bad">{words.problem}</Pill>
                ),
            },
            {
              key: 'connections',
              title: words.connections,
              label: words.connectionsLabel,
              class: 'num',
              cell: (problem) => (
                <a href={`/operator/connections?code=${problem.code}`}>{format.count(problem.connections)}</a>
              ),
            },
            {
              key: 'oldest',
              title: words.since,
              label: words.sinceLabel,
              cell: ({ oldest }) => <RelativeTime at={oldest} />,
            },
          ]}
        />
      )}
    </section>
  )
}
