import type { WorkerRow } from '../../db/operator/operator.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { Pill } from '../portal/components/state-pill.tsx'
import { RelativeTime } from '../portal/components/values.tsx'
import { workersSection as words } from './words.tsx'

/** A worker that has missed so many sweeps is silent; the same number that invariant 7 allows. */
const missedSweeps = 3

/** True while the worker's sweep keeps its interval. */
export const isAlive = (worker: WorkerRow, sweepIntervalSeconds: number): boolean =>
  worker.secondsSinceSweep <= Math.max(10, sweepIntervalSeconds * missedSweeps)

/** The last sweep of each worker process. */
export const WorkersSection = ({
  workers,
  sweepIntervalSeconds,
}: {
  workers: readonly WorkerRow[]
  sweepIntervalSeconds: number
}) => (
  <section class="card" aria-labelledby="workers">
    <div class="card-title">
      <h2 id="workers">{words.workers}</h2>
      <p class="small muted">{words.eachSweepsEverySecondsWhat(sweepIntervalSeconds)}</p>
    </div>
    {workers.length === 0 ? (
      <EmptyState icon="lost" title={words.noWorkerIsRunning}>
        {words.nothingIsSyncedAndNo()}
      </EmptyState>
    ) : (
      <DataTable
        caption={words.workerProcessesTheMostRecently}
        rows={workers}
        rowKey={(worker) => worker.id}
        columns={[
          { key: 'host', title: words.host, cell: (worker) => worker.host },
          {
            key: 'state',
            title: words.state,
            cell: (worker) =>
              isAlive(worker, sweepIntervalSeconds) ? (
                <Pill tone="good">{words.alive}</Pill>
              ) : (
                <Pill tone="bad">{words.silent}</Pill>
              ),
          },
          {
            key: 'sweep',
            title: words.lastSweep,
            label: words.lastSweepLabel,
            cell: (worker) => <RelativeTime at={worker.lastSweepAt} />,
          },
          {
            key: 'started',
            title: words.started,
            label: words.startedLabel,
            cell: (worker) => <RelativeTime at={worker.startedAt} />,
          },
        ]}
      />
    )}
  </section>
)
