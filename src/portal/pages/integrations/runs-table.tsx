import { DataTable } from '../../components/data-table.tsx'
import type { Formatter } from '../../components/formatter.ts'
import { useFormat } from '../../components/page-context.ts'
import { RunPill, type RunState } from '../../components/state-pill.tsx'
import { RelativeTime } from '../../components/values.tsx'
import { runsTable as words } from './words.tsx'

/** One run of the sync, as the history shows it. */
export interface RunView {
  readonly id: string
  readonly kind: 'full' | 'incremental'
  readonly trigger: string
  readonly state: RunState
  readonly startedAt: Date
  readonly finishedAt: Date | null
  readonly rowsRead: number
  readonly rowsNew: number
  readonly rowsChanged: number
  readonly rowsClosed: number
  readonly rowsSetAside: number
  readonly error: string | null
}

const triggers: Readonly<Record<string, string>> = {
  connected: words.afterConnecting,
  schedule: words.onSchedule,
  manual: words.syncNow,
  webhook: words.toldByZoho,
  rearmed: words.onceMoreToBeSure,
  command: words.beforeCreatingCases,
}

const changeWords = [
  ['rowsNew', 'new'],
  ['rowsChanged', 'changed'],
  ['rowsClosed', 'closed'],
  ['rowsSetAside', words.setAside],
] as const

/** "12 new, 3 changed, 5 closed", or "nothing changed". */
export const changesText = (run: RunView, format: Formatter): string =>
  changeWords
    .filter(([key]) => run[key] > 0)
    .map(([key, word]) => `${format.count(run[key])} ${word}`)
    .join(', ') || (run.state === 'running' ? words.nothingYet : words.nothingChanged)

const duration = ({ startedAt, finishedAt }: RunView) => {
  if (!finishedAt) return null
  const seconds = Math.max(0, Math.round((finishedAt.getTime() - startedAt.getTime()) / 1000))
  if (seconds < 60) return `${seconds} s`
  return seconds < 3600
    ? words.minutes(Math.floor(seconds / 60), seconds % 60)
    : `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

export const RunsTable = ({ runs }: { runs: readonly RunView[] }) => {
  const format = useFormat()
  return (
    <DataTable
      caption={words.syncRunsNewestFirst}
      rows={runs}
      rowKey={(run) => run.id}
      columns={[
        {
          key: 'started',
          title: words.started,
          cell: (run) => (
            <>
              <span class="nowrap">
                <RelativeTime at={run.startedAt} />
              </span>
              <span class="sub">
                {run.kind === 'full' ? words.everythingUnpaid : words.changesOnly},{' '}
                {triggers[run.trigger] ?? run.trigger}
              </span>
            </>
          ),
        },
        {
          key: 'state',
          title: words.outcome,
          cell: (run) => <RunPill state={run.state} />,
        },
        {
          key: 'changes',
          title: words.whatChanged,
          cell: (run) => (
            <>
              {changesText(run, format)}
              {run.error !== null && <span class="sub">{run.error}</span>}
            </>
          ),
          class: 'wide clip',
        },
        {
          key: 'read',
          title: words.rowsRead,
          label: words.rowsReadLabel,
          class: 'num',
          cell: (run) => format.count(run.rowsRead),
        },
        { key: 'took', title: words.took, label: words.tookLabel, class: 'num', cell: duration },
      ]}
    />
  )
}
