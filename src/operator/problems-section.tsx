import type { ProblemConnections } from '../../db/operator/operator.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { Pill } from '../portal/components/state-pill.tsx'
import { RelativeTime } from '../portal/components/values.tsx'
import { ErrorHelp } from './error-help.tsx'

/** What clients see of problems and delays of their connections by code. */
export const ProblemsSection = ({ problems }: { problems: readonly ProblemConnections[] }) => {
  const format = useFormat()
  return (
    <section class="card" aria-labelledby="problems">
      <div class="card-title">
        <h2 id="problems">Connections in trouble</h2>
        <p class="small muted">What clients see: a problem, or a delay until a known time.</p>
      </div>
      {problems.length === 0 ? (
        <EmptyState icon="done" title="No connection is in trouble">
          Every connection syncs on schedule or is paused on purpose.
        </EmptyState>
      ) : (
        <DataTable
          caption="Connections in trouble by error code"
          rows={problems}
          rowKey={(problem) => `${problem.kind} ${problem.code}`}
          columns={[
            { key: 'code', title: 'Error', class: 'wide', cell: ({ code }) => <ErrorHelp code={code} /> },
            {
              key: 'kind',
              title: 'What',
              cell: ({ kind }) =>
                kind === 'delay' ? <Pill tone="warn">Delay</Pill> : <Pill tone="bad">Problem</Pill>,
            },
            {
              key: 'connections',
              title: 'Connections',
              label: 'Connections:',
              class: 'num',
              cell: (problem) => (
                <a href={`/operator/connections?code=${problem.code}`}>{format.count(problem.connections)}</a>
              ),
            },
            {
              key: 'oldest',
              title: 'Since',
              label: 'Since:',
              cell: ({ oldest }) => <RelativeTime at={oldest} />,
            },
          ]}
        />
      )}
    </section>
  )
}
