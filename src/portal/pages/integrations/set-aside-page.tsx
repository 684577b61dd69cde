import { DataTable } from '../../components/data-table.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Layout } from '../../components/layout.tsx'
import { Pager, type PagerLinks } from '../../components/pager.tsx'
import { RelativeTime } from '../../components/values.tsx'

/** A row of Zoho's list that could not be read. */
export interface SetAsideView {
  readonly id: string
  readonly creditorReference: string | null
  readonly zohoInvoiceId: string | null
  readonly zohoUrl: string | null
  readonly problems: readonly { readonly path: string; readonly message: string }[]
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
}

const Name = ({ row }: { row: SetAsideView }) => {
  const name =
    row.creditorReference ?? (row.zohoInvoiceId ? `Invoice ${row.zohoInvoiceId}` : 'Row without a number')
  return row.zohoUrl === null ? (
    <span>{name}</span>
  ) : (
    <a href={row.zohoUrl} target="_blank" rel="noopener noreferrer">
      {name}
      <span class="visually-hidden"> (opens Zoho Books in a new tab)</span>
    </a>
  )
}

const Reasons = ({ problems }: Pick<SetAsideView, 'problems'>) => (
  <ul class="plain">
    {problems.map(({ path, message }) => (
      <li key={path}>
        <code>{path}</code>: {message}
      </li>
    ))}
  </ul>
)

export const SetAsidePage = ({ rows, pager }: { rows: readonly SetAsideView[]; pager: PagerLinks }) => (
  <Layout title="Could not be read" section="/integrations">
    <p class="crumbs">
      <a href="/integrations">Integrations</a>
    </p>
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>Could not be read</h1>
          <p>
            One bad row never stops a sync: it waits here with its reason, and is imported by itself once it
            is corrected in Zoho Books.
          </p>
        </div>
      </div>
      <section class="card" aria-label="Rows">
        {rows.length === 0 ? (
          <EmptyState icon="done" title="Everything could be read">
            No invoice that Zoho gave us waits for a correction.
          </EmptyState>
        ) : (
          <DataTable
            caption="Rows that could not be read"
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              { key: 'name', title: 'Invoice', cell: (row) => <Name row={row} /> },
              {
                key: 'why',
                title: 'Reason',
                class: 'wide',
                cell: (row) => <Reasons problems={row.problems} />,
              },
              {
                key: 'first',
                title: 'First seen',
                label: 'First seen',
                cell: (row) => <RelativeTime at={row.firstSeenAt} />,
              },
              {
                key: 'last',
                title: 'Last seen',
                label: 'Last seen',
                cell: (row) => <RelativeTime at={row.lastSeenAt} />,
              },
            ]}
          />
        )}
        <Pager {...pager} />
      </section>
    </div>
  </Layout>
)
