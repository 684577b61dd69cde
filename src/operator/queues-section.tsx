import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { Hidden, WriteForm } from '../portal/components/form.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { Pill } from '../portal/components/state-pill.tsx'
import { type CountedState, countedStates, type QueueState } from './queue-inspection.ts'

const titles: Readonly<Record<CountedState, string>> = {
  waiting: 'Waiting',
  active: 'Active',
  delayed: 'Delayed',
  failed: 'Failed',
}

const PauseButton = ({ queue }: { queue: QueueState }) => (
  <WriteForm action={queue.paused ? '/operator/queue/resume' : '/operator/queue/pause'}>
    <Hidden values={{ queue: queue.name }} />
    <button
      type="submit"
      class="button button-small"
      aria-label={`${queue.paused ? 'Resume' : 'Pause'} ${queue.name}`}
    >
      {queue.paused ? 'Resume' : 'Pause'}
    </button>
  </WriteForm>
)

/** Depth of every queue, and the switch that holds it. */
export const QueuesSection = ({
  queues,
  backend,
}: {
  queues: readonly QueueState[] | undefined
  backend: 'redis' | 'postgres'
}) => {
  const format = useFormat()
  return (
    <section class="card" aria-labelledby="queues">
      <div class="card-title">
        <h2 id="queues">Queues</h2>
        <p class="small muted">
          Kept in {backend === 'redis' ? 'Redis' : 'Postgres'}. A paused queue takes no job; rows stay due.
        </p>
      </div>
      {queues === undefined ? (
        <EmptyState icon="lost" title="The queue does not answer">
          Check {backend === 'redis' ? 'Redis: memory, noeviction, failover' : 'Postgres'}. Rows keep the
          intent; the sweep rebuilds the jobs when it is back.
        </EmptyState>
      ) : (
        <DataTable
          caption="Jobs by queue and state"
          rows={queues}
          rowKey={(queue) => queue.name}
          columns={[
            {
              key: 'name',
              title: 'Queue',
              class: 'wide',
              cell: (queue) => (
                <>
                  <a class="row-link" href={`/operator/queues/queue/${queue.name}`}>
                    {queue.name}
                  </a>{' '}
                  {queue.paused && <Pill tone="warn">Paused</Pill>}
                </>
              ),
            },
            ...countedStates.map((state) => ({
              key: state,
              title: titles[state],
              label: `${titles[state]}:`,
              class: 'num',
              cell: (queue: QueueState) => format.count(queue.counts[state]),
            })),
            {
              key: 'pause',
              title: <span class="visually-hidden">Pause or resume</span>,
              class: 'num',
              cell: (queue) => <PauseButton queue={queue} />,
            },
          ]}
        />
      )}
    </section>
  )
}
