import { DataTable } from '../../components/data-table.tsx'
import type { Formatter } from '../../components/formatter.ts'
import { useFormat } from '../../components/page-context.ts'
import { RunPill, type RunState } from '../../components/state-pill.tsx'
import { RelativeTime } from '../../components/values.tsx'

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
  connected: 'after connecting',
  schedule: 'on schedule',
  manual: 'Sync now',
  webhook: 'told by Zoho',
  rearmed: 'once more, to be sure',
  command: 'before creating cases',
}

const changeWords = [
  ['rowsNew', 'new'],
  ['rowsChanged', 'changed'],
  ['rowsClosed', 'closed'],
  ['rowsSetAside', 'set aside'],
] as const

/** "12 new, 3 changed, 5 closed", or "nothing changed". */
export const changesText = (run: RunView, format: Formatter): string =>
  changeWords
    .filter(([key]) => run[key] > 0)
    .map(([key, word]) => `${format.count(run[key])} ${word}`)
    .join(', ') || (run.state === 'running' ? 'nothing yet' : 'nothing changed')

const duration = ({ startedAt, finishedAt }: RunView) => {
  if (!finishedAt) return null
  const seconds = Math.max(0, Math.round((finishedAt.getTime() - startedAt.getTime()) / 1000))
  if (seconds < 60) return `${seconds} s`
  return seconds < 3600
    ? `${Math.floor(seconds / 60)} min ${seconds % 60} s`
    : `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

export const RunsTable = ({ runs }: { runs: readonly RunView[] }) => {
  const format = useFormat()
  return (
    <DataTable
      caption="Sync runs, newest first"
      rows={runs}
      rowKey={(run) => run.id}
      columns={[
        {
          key: 'started',
          title: 'Started',
          cell: (run) => (
            <>
              <span class="nowrap">
                <RelativeTime at={run.startedAt} />
              </span>
              <span class="sub">
                {run.kind === 'full' ? 'Everything unpaid' : 'Changes only'},{' '}
                {triggers[run.trigger] ?? run.trigger}
              </span>
            </>
          ),
        },
        {
          key: 'state',
          title: 'Outcome',
          cell: (run) => <RunPill state={run.state} />,
        },
        {
          key: 'changes',
          title: 'What changed',
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
          title: 'Rows read',
          label: 'Rows read:',
          class: 'num',
          cell: (run) => format.count(run.rowsRead),
        },
        { key: 'took', title: 'Took', label: 'Took:', class: 'num', cell: duration },
      ]}
    />
  )
}
