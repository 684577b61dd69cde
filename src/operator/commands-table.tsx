import type { CommandLine } from '../../db/operator/work-history.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { Pill } from '../portal/components/state-pill.tsx'
import { Nothing, RelativeTime } from '../portal/components/values.tsx'
import { ErrorLink } from './error-help.tsx'
import { commandsTable as words } from './words.tsx'

const states = {
  pending: ['plain', words.waiting],
  running: ['busy', words.running],
  completed: ['good', words.completed],
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
          title: words.command,
          cell: (row) => <CommandLink id={row.id} />,
        },
        { key: 'client', title: words.client, label: words.clientLabel, cell: (row) => row.clientId },
        { key: 'state', title: words.state, cell: (row) => <CommandPill state={row.state} /> },
        {
          key: 'error',
          title: words.waitsFor,
          class: 'wide',
          cell: (row) =>
            row.errorCode === null ? <Nothing text={words.nothing} /> : <ErrorLink code={row.errorCode} />,
        },
        {
          key: 'created',
          title: words.cases,
          label: words.casesLabel,
          class: 'num',
          cell: (row) => words.of(format.count(row.created), format.count(row.total)),
        },
        {
          key: 'failed',
          title: words.failed,
          label: words.failedLabel,
          class: 'num',
          cell: (row) => format.count(row.failed),
        },
        {
          key: 'attempts',
          title: words.attempts,
          label: words.attemptsLabel,
          class: 'num',
          cell: (row) => format.count(row.attempts),
        },
        {
          key: 'at',
          title: words.given,
          label: words.givenLabel,
          cell: (row) => <RelativeTime at={row.createdAt} />,
        },
      ]}
    />
  )
}
