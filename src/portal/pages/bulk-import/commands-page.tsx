import { DataTable } from '../../components/data-table.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Layout } from '../../components/layout.tsx'
import { useFormat } from '../../components/page-context.ts'
import { Pager, type PagerLinks } from '../../components/pager.tsx'
import { Pill } from '../../components/state-pill.tsx'
import { Moment } from '../../components/values.tsx'
import type { CommandCounts } from './command-page.tsx'

/** A command as the list of them shows it. */
export interface CommandRowView {
  readonly id: string
  readonly state: 'pending' | 'running' | 'completed'
  readonly createdAt: Date
  /** Name of who gave it, or their id where no name is known. */
  readonly who: string
  readonly counts: CommandCounts
  /** Why it waits, in one sentence. */
  readonly waiting: string | undefined
}

const State = ({ row }: { row: CommandRowView }) => {
  if (row.state !== 'completed')
    return (
      <>
        <Pill tone="busy">In work</Pill>
        {row.waiting !== undefined && <span class="sub">{row.waiting}</span>}
      </>
    )
  return row.counts.failed > 0 ? <Pill tone="bad">Some failed</Pill> : <Pill tone="plain">Done</Pill>
}

/** A count that leads to its invoices; nought is quiet. */
const Count = ({ row, of }: { row: CommandRowView; of: Exclude<keyof CommandCounts, 'total'> }) => {
  const format = useFormat()
  const count = row.counts[of]
  return count === 0 ? (
    <span class="muted">0</span>
  ) : (
    <a href={`/bulk-import/commands/${row.id}?outcome=${of}`}>{format.count(count)}</a>
  )
}

const invoices = (total: number, count: (value: number) => string) =>
  total === 1 ? '1 invoice' : `${count(total)} invoices`

const Commands = ({ rows }: { rows: readonly CommandRowView[] }) => {
  const format = useFormat()
  return (
    <DataTable
      caption="Past orders"
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        {
          key: 'when',
          title: 'Given',
          cell: (row) => (
            <a class="row-link" href={`/bulk-import/commands/${row.id}`}>
              <Moment at={row.createdAt} />
            </a>
          ),
        },
        { key: 'state', title: 'State', cell: (row) => <State row={row} /> },
        {
          key: 'who',
          title: 'By',
          label: 'By',
          class: 'wide',
          cell: (row) => <bdi>{row.who}</bdi>,
        },
        {
          key: 'total',
          title: 'Selected',
          class: 'wide nowrap',
          cell: (row) => invoices(row.counts.total, format.count),
        },
        {
          key: 'created',
          title: 'Cases created',
          label: 'Cases created',
          class: 'num',
          cell: (row) => <Count row={row} of="created" />,
        },
        {
          key: 'duplicate',
          title: 'Already a case',
          label: 'Already a case',
          class: 'num',
          cell: (row) => <Count row={row} of="duplicate" />,
        },
        {
          key: 'ineligible',
          title: 'Not eligible',
          label: 'Not eligible',
          class: 'num',
          cell: (row) => <Count row={row} of="ineligible" />,
        },
        {
          key: 'failed',
          title: 'Failed',
          label: 'Failed',
          class: 'num',
          cell: (row) => <Count row={row} of="failed" />,
        },
      ]}
    />
  )
}

/** Every Create Cases that was pressed, newest first: nothing gets lost. */
export const CommandsPage = ({ rows, pager }: { rows: readonly CommandRowView[]; pager: PagerLinks }) => (
  <Layout title="Past orders" section="/bulk-import">
    <p class="crumbs">
      <a href="/bulk-import">Bulk Import (Integration)</a>
    </p>
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>Past orders</h1>
          <p>Each time Create Cases was pressed, with what became of every invoice.</p>
        </div>
      </div>
      <section class="card" aria-label="Past orders">
        {rows.length === 0 ? (
          <EmptyState
            icon="inbox"
            title="No order yet"
            actions={
              <a class="button button-primary" href="/bulk-import">
                Go to Bulk Import
              </a>
            }
          >
            Select the invoices that you want to collect and press Create Cases.
          </EmptyState>
        ) : (
          <Commands rows={rows} />
        )}
        <Pager {...pager} />
      </section>
    </div>
  </Layout>
)
