import type { WorkerRow } from '../../db/operator/operator.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { Pill } from '../portal/components/state-pill.tsx'
import { RelativeTime } from '../portal/components/values.tsx'

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
      <h2 id="workers">Workers</h2>
      <p class="small muted">Each sweeps every {sweepIntervalSeconds} seconds what is due.</p>
    </div>
    {workers.length === 0 ? (
      <EmptyState icon="lost" title="No worker is running">
        Nothing is synced and no case is created until one is started: <code>npm run worker</code>.
      </EmptyState>
    ) : (
      <DataTable
        caption="Worker processes, the most recently seen first"
        rows={workers}
        rowKey={(worker) => worker.id}
        columns={[
          { key: 'host', title: 'Host', cell: (worker) => worker.host },
          {
            key: 'state',
            title: 'State',
            cell: (worker) =>
              isAlive(worker, sweepIntervalSeconds) ? (
                <Pill tone="good">Alive</Pill>
              ) : (
                <Pill tone="bad">Silent</Pill>
              ),
          },
          {
            key: 'sweep',
            title: 'Last sweep',
            label: 'Last sweep:',
            cell: (worker) => <RelativeTime at={worker.lastSweepAt} />,
          },
          {
            key: 'started',
            title: 'Started',
            label: 'Started:',
            cell: (worker) => <RelativeTime at={worker.startedAt} />,
          },
        ]}
      />
    )}
  </section>
)
