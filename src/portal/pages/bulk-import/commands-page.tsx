import { DataTable } from '../../components/data-table.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Layout } from '../../components/layout.tsx'
import { useFormat } from '../../components/page-context.ts'
import { Pager, type PagerLinks } from '../../components/pager.tsx'
import { Pill } from '../../components/state-pill.tsx'
import { Moment } from '../../components/values.tsx'
import type { CommandCounts } from './command-page.tsx'
import { commandsPage as words } from './words.tsx'

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
        <Pill tone="busy">{words.inWork}</Pill>
        {row.waiting !== undefined && <span class="sub">{row.waiting}</span>}
      </>
    )
  return row.counts.failed > 0 ? (
    <Pill tone="bad">{words.someFailed}</Pill>
  ) : (
    <Pill tone="plain">{words.done}</Pill>
  )
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

const Commands = ({ rows }: { rows: readonly CommandRowView[] }) => {
  const format = useFormat()
  return (
    <DataTable
      caption={words.pastOrders}
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        {
          key: 'when',
          title: words.given,
          cell: (row) => (
            <a class="row-link" href={`/bulk-import/commands/${row.id}`}>
              <Moment at={row.createdAt} />
            </a>
          ),
        },
        { key: 'state', title: words.state, cell: (row) => <State row={row} /> },
        {
          key: 'who',
          title: words.by,
          label: words.by,
          class: 'wide',
          cell: (row) => <bdi>{row.who}</bdi>,
        },
        {
          key: 'total',
          title: words.selected,
          class: 'wide nowrap',
          cell: (row) => words.invoices(row.counts.total, format.count(row.counts.total)),
        },
        {
          key: 'created',
          title: words.casesCreated,
          label: words.casesCreated,
          class: 'num',
          cell: (row) => <Count row={row} of="created" />,
        },
        {
          key: 'duplicate',
          title: words.alreadyACase,
          label: words.alreadyACase,
          class: 'num',
          cell: (row) => <Count row={row} of="duplicate" />,
        },
        {
          key: 'ineligible',
          title: words.notEligible,
          label: words.notEligible,
          class: 'num',
          cell: (row) => <Count row={row} of="ineligible" />,
        },
        {
          key: 'failed',
          title: words.failed,
          label: words.failed,
          class: 'num',
          cell: (row) => <Count row={row} of="failed" />,
        },
      ]}
    />
  )
}

/** Every Create Cases that was pressed, newest first: nothing gets lost. */
export const CommandsPage = ({ rows, pager }: { rows: readonly CommandRowView[]; pager: PagerLinks }) => (
  <Layout title={words.pastOrders} section="/bulk-import">
    <p class="crumbs">
      <a href="/bulk-import">{words.bulkImportIntegration}</a>
    </p>
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>{words.pastOrders}</h1>
          <p>{words.eachTimeCreateCasesWas}</p>
        </div>
      </div>
      <section class="card" aria-label={words.pastOrders}>
        {rows.length === 0 ? (
          <EmptyState
            icon="inbox"
            title={words.noOrderYet}
            actions={
              <a class="button button-primary" href="/bulk-import">
                {words.goToBulkImport}
              </a>
            }
          >
            {words.selectTheInvoicesThatYou}
          </EmptyState>
        ) : (
          <Commands rows={rows} />
        )}
        <Pager {...pager} />
      </section>
    </div>
  </Layout>
)
