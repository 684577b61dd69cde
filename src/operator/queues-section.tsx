import type { Pause } from '../../db/operator/work-history.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { Hidden, WriteForm } from '../portal/components/form.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { Pill } from '../portal/components/state-pill.tsx'
import { RelativeTime } from '../portal/components/values.tsx'
import { type CountedState, countedStates, type QueueState } from './queue-inspection.ts'

const titles: Readonly<Record<CountedState, string>> = {
  waiting: 'Waiting',
  active: 'Active',
  delayed: 'Delayed',
  failed: 'Failed',
}

/** A pause concerns every client, so it is asked about on a page of its own; a resume is not. */
const PauseButton = ({ queue }: { queue: QueueState }) =>
  queue.paused ? (
    <WriteForm action="/operator/queue/resume">
      <Hidden values={{ queue: queue.name }} />
      <button type="submit" class="button button-small" aria-label={`Resume ${queue.name}`}>
        Resume
      </button>
    </WriteForm>
  ) : (
    <a
      class="button button-small"
      href={`/operator/queue/pause?queue=${queue.name}`}
      aria-label={`Pause ${queue.name}`}
    >
      Pause
    </a>
  )

/** Who holds a queue, and since when; one that was paused elsewhere has no name. */
export const PausedBy = ({ by }: { by: Pause | undefined }) =>
  by === undefined ? (
    <>by somebody who is not in the audit trail</>
  ) : (
    <>
      by {by.actor} <RelativeTime at={by.at} />
    </>
  )

/** Depth of every queue, and the switch that holds it. */
export const QueuesSection = ({
  queues,
  pauses,
  backend,
}: {
  queues: readonly QueueState[] | undefined
  pauses: ReadonlyMap<string, Pause>
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
                  {queue.paused && (
                    <>
                      <Pill tone="warn">Paused</Pill>
                      <span class="sub">
                        <PausedBy by={pauses.get(queue.name)} />
                      </span>
                    </>
                  )}
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
