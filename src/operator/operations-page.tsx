import type { LiveState } from '../../db/operator/operator.repo.ts'
import { Layout } from '../portal/components/layout.tsx'
import { Notice } from '../portal/components/notice.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { FailedSection } from './failed-section.tsx'
import { FindBox } from './find-box.tsx'
import type { Overview } from './overview.ts'
import { ProblemsSection } from './problems-section.tsx'
import { PausedBy, QueuesSection } from './queues-section.tsx'
import { operationsPage as words } from './words.tsx'
import { isAlive, WorkersSection } from './workers-section.tsx'

const states: readonly (readonly [LiveState, string])[] = [
  ['active', words.active],
  ['syncing', words.syncing],
  ['delayed', words.delayed],
  ['error', words.error],
  ['reconnect_required', words.reconnectNeeded],
  ['paused', words.paused],
]

const Tiles = ({ connections }: { connections: Overview['connections'] }) => {
  const format = useFormat()
  return (
    <nav class="tiles tiles-even" aria-label={words.connectionsByState}>
      {states.map(([state, title]) => (
        <a key={state} class="tile" href={`/operator/connections?state=${state}`}>
          <strong>{format.count(connections.get(state) ?? 0)}</strong>
          <span>{title}</span>
        </a>
      ))}
    </nav>
  )
}

/** "12 s", "3 min", "2 h": how long the oldest row of a kind has been waiting. */
export const duration = (seconds: number): string => {
  if (seconds < 120) return `${Math.round(seconds)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}

const OldestDue = ({ oldestDue }: { oldestDue: Overview['oldestDue'] }) => {
  const waiting = [...oldestDue].filter(([, seconds]) => seconds > 0).sort((a, b) => b[1] - a[1])
  return (
    <div class="card-foot">
      <p class="small">
        <strong>{words.oldestDueWorkLabel}</strong>{' '}
        {waiting.length === 0
          ? words.nothingIsWaitingToBe
          : waiting.map(([kind, seconds]) => `${kind} ${duration(seconds)}`).join(', ')}
      </p>
    </div>
  )
}

const Alarms = ({ overview }: { overview: Overview }) => {
  const { workers, sweepIntervalSeconds, queues } = overview
  const alive = workers.filter((worker) => isAlive(worker, sweepIntervalSeconds))
  const paused = queues?.states.filter((queue) => queue.paused).map((queue) => queue.name) ?? []
  return (
    <>
      {alive.length === 0 && (
        <Notice tone="bad" title={words.noWorkerIsAlive}>
          {words.nothingIsCarriedOutUntil}
        </Notice>
      )}
      {queues === undefined && (
        <Notice tone="bad" title={words.theQueueDoesNotAnswer}>
          {words.see(<a href="/docs/errors#queue_unavailable">{words.queueUnavailable}</a>)}
        </Notice>
      )}
      {paused.length > 0 && (
        <Notice tone="warn" title={words.pausedQueues}>
          {paused.map((name, at) => (
            <span key={name}>
              {at > 0 && '; '}
              {name}, <PausedBy by={overview.pauses.get(name)} />
            </span>
          ))}
          {words.theirWorkWaitsUntilSomeone}
        </Notice>
      )}
    </>
  )
}

/** What is wrong, for whom, and what to do. */
export const OperationsPage = ({ overview, done }: { overview: Overview; done: string | undefined }) => (
  <Layout title={words.operations} section="/operator">
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>{words.operations}</h1>
          <p>{words.whatIsWrongForWhom}</p>
        </div>
        <a class="button" href="/operator/queues">
          {words.queueDashboard}
        </a>
      </div>
      {done !== undefined && <Notice tone="good">{done}</Notice>}
      <Alarms overview={overview} />
      <section class="card" aria-label={words.find}>
        <FindBox />
      </section>
      <section class="card" aria-labelledby="connections">
        <div class="card-title">
          <h2 id="connections">{words.connections}</h2>
        </div>
        <Tiles connections={overview.connections} />
        <OldestDue oldestDue={overview.oldestDue} />
      </section>
      <FailedSection groups={overview.queues?.failed} />
      <ProblemsSection problems={overview.problems} />
      <QueuesSection queues={overview.queues?.states} pauses={overview.pauses} backend={overview.backend} />
      <WorkersSection workers={overview.workers} sweepIntervalSeconds={overview.sweepIntervalSeconds} />
    </div>
  </Layout>
)
