import { DataTable } from '../../components/data-table.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Layout } from '../../components/layout.tsx'
import { Pager, type PagerLinks } from '../../components/pager.tsx'
import { RelativeTime } from '../../components/values.tsx'
import { setAsidePage as words } from './words.tsx'

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
    row.creditorReference ?? (row.zohoInvoiceId ? words.invoice(row.zohoInvoiceId) : words.rowWithoutANumber)
  return row.zohoUrl === null ? (
    <span>{name}</span>
  ) : (
    <a href={row.zohoUrl} target="_blank" rel="noopener noreferrer">
      {name}
      <span class="visually-hidden">{words.opensZohoBooksInA}</span>
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
  <Layout title={words.couldNotBeRead} section="/integrations">
    <p class="crumbs">
      <a href="/integrations">{words.integrations}</a>
    </p>
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>{words.couldNotBeRead}</h1>
          <p>{words.oneBadRowNeverStops}</p>
        </div>
      </div>
      <section class="card" aria-label={words.rows}>
        {rows.length === 0 ? (
          <EmptyState icon="done" title={words.everythingCouldBeRead}>
            {words.noInvoiceThatZohoGave}
          </EmptyState>
        ) : (
          <DataTable
            caption={words.rowsThatCouldNotBe}
            rows={rows}
            rowKey={(row) => row.id}
            columns={[
              { key: 'name', title: words.invoiceColumn, cell: (row) => <Name row={row} /> },
              {
                key: 'why',
                title: words.reason,
                class: 'wide',
                cell: (row) => <Reasons problems={row.problems} />,
              },
              {
                key: 'first',
                title: words.firstSeen,
                label: words.firstSeen,
                cell: (row) => <RelativeTime at={row.firstSeenAt} />,
              },
              {
                key: 'last',
                title: words.lastSeen,
                label: words.lastSeen,
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
