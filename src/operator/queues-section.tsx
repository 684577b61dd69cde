import type { Pause } from '../../db/operator/work-history.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { Hidden, WriteForm } from '../portal/components/form.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { Pill } from '../portal/components/state-pill.tsx'
import { RelativeTime } from '../portal/components/values.tsx'
import { type CountedState, countedStates, type QueueState } from './queue-inspection.ts'
import { queuesSection as words } from './words.tsx'

const titles: Readonly<Record<CountedState, string>> = {
  waiting: words.waiting,
  active: words.active,
  delayed: words.delayed,
  failed: words.failed,
}

/** A pause concerns every client, so it is asked about on a page of its own; a resume is not. */
const PauseButton = ({ queue }: { queue: QueueState }) =>
  queue.paused ? (
    <WriteForm action="/operator/queue/resume">
      <Hidden values={{ queue: queue.name }} />
      <button type="submit" class="button button-small" aria-label={words.resume(queue.name)}>
        {words.resumeShort}
      </button>
    </WriteForm>
  ) : (
    <a
      class="button button-small"
      href={`/operator/queue/pause?queue=${queue.name}`}
      aria-label={words.pause(queue.name)}
    >
      {words.pauseShort}
    </a>
  )

/** Who holds a queue, and since when; one that was paused elsewhere has no name. */
export const PausedBy = ({ by }: { by: Pause | undefined }) =>
  by === undefined ? (
    words.bySomebodyWhoIsNot
  ) : (
    <>
      {words.by(by.actor)}
      <RelativeTime at={by.at} />
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
        <h2 id="queues">{words.queues}</h2>
        <p class="small muted">
          {words.keptInAPausedQueue(backend === 'redis' ? words.redis : words.postgres)}
        </p>
      </div>
      {queues === undefined ? (
        <EmptyState icon="lost" title={words.theQueueDoesNotAnswer}>
          {words.checkRowsKeepTheIntent(
            backend === 'redis' ? words.redisMemoryNoevictionFailover : words.postgres,
          )}
        </EmptyState>
      ) : (
        <DataTable
          caption={words.jobsByQueueAndState}
          rows={queues}
          rowKey={(queue) => queue.name}
          columns={[
            {
              key: 'name',
              title: words.queue,
              class: 'wide',
              cell: (queue) => (
                <>
                  <a class="row-link" href={`/operator/queues/queue/${queue.name}`}>
                    {queue.name}
                  </a>{' '}
                  {queue.paused && (
                    <>
                      <Pill tone="warn">{words.paused}</Pill>
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
              title: <span class="visually-hidden">{words.pauseOrResume}</span>,
              class: 'num',
              cell: (queue) => <PauseButton queue={queue} />,
            },
          ]}
        />
      )}
    </section>
  )
}
