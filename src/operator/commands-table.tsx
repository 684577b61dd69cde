import type { CommandLine } from '../../db/operator/work-history.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { Pill } from '../portal/components/state-pill.tsx'
import { Nothing, RelativeTime } from '../portal/components/values.tsx'
import { ErrorLink } from './error-help.tsx'

const states = {
  pending: ['plain', 'Waiting'],
  running: ['busy', 'Running'],
  completed: ['good', 'Completed'],
} as const

export const CommandPill = ({ state }: { state: CommandLine['state'] }) => (
  <Pill tone={states[state][0]}>{states[state][1]}</Pill>
)

/** The first part of an id tells commands apart; the whole of it is on hover and behind the link. */
export const CommandLink = ({ id }: { id: string }) => (
  <a class="row-link" href={`/operator/commands/${id}`} title={id}>
    {id.slice(0, 8)}
  </a>
)

export const CommandsTable = ({ rows, caption }: { rows: readonly CommandLine[]; caption: string }) => {
  const format = useFormat()
  return (
    <DataTable
      caption={caption}
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        {
          key: 'command',
          title: 'Command',
          cell: (row) => <CommandLink id={row.id} />,
        },
        { key: 'client', title: 'Client', label: 'Client:', cell: (row) => row.clientId },
        { key: 'state', title: 'State', cell: (row) => <CommandPill state={row.state} /> },
        {
          key: 'error',
          title: 'Waits for',
          class: 'wide',
          cell: (row) =>
            row.errorCode === null ? <Nothing text="nothing" /> : <ErrorLink code={row.errorCode} />,
        },
        {
          key: 'created',
          title: 'Cases',
          label: 'Cases:',
          class: 'num',
          cell: (row) => `${format.count(row.created)} of ${format.count(row.total)}`,
        },
        {
          key: 'failed',
          title: 'Failed',
          label: 'Failed:',
          class: 'num',
          cell: (row) => format.count(row.failed),
        },
        {
          key: 'attempts',
          title: 'Attempts',
          label: 'Attempts:',
          class: 'num',
          cell: (row) => format.count(row.attempts),
        },
        { key: 'at', title: 'Given', label: 'Given:', cell: (row) => <RelativeTime at={row.createdAt} /> },
      ]}
    />
  )
}
