import type { Found, FoundInvoice } from '../../db/operator/work-history.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { Layout } from '../portal/components/layout.tsx'
import { Nothing } from '../portal/components/values.tsx'
import { CommandsTable } from './commands-table.tsx'
import { FindBox } from './find-box.tsx'
import { invoicePath } from './items-table.tsx'
import { findPage as words } from './words.tsx'

const Clients = ({ clients }: { clients: Found['clients'] }) => (
  <section class="card" aria-labelledby="clients">
    <div class="card-title">
      <h2 id="clients">{words.clients}</h2>
    </div>
    <DataTable
      caption={words.clientsThatWereFound}
      rows={clients}
      rowKey={({ id }) => id}
      columns={[
        { key: 'client', title: words.client, class: 'wide', cell: ({ id }) => id },
        {
          key: 'commands',
          title: words.commands,
          cell: ({ id }) => (
            <a href={`/operator/commands?${new URLSearchParams({ client: id })}`}>{words.commandsOf(id)}</a>
          ),
        },
        {
          key: 'connections',
          title: words.connection,
          cell: ({ id }) => (
            <a href={`/operator/connections?${new URLSearchParams({ client: id })}`}>
              {words.connectionOf(id)}
            </a>
          ),
        },
      ]}
    />
  </section>
)

const Invoices = ({ invoices }: { invoices: readonly FoundInvoice[] }) => (
  <section class="card" aria-labelledby="invoices">
    <div class="card-title">
      <h2 id="invoices">{words.invoicesAndCases}</h2>
    </div>
    <DataTable
      caption={words.invoicesAndCasesThatWere}
      rows={invoices}
      rowKey={(row) => `${row.clientId} ${row.organizationId} ${row.zohoInvoiceId}`}
      columns={[
        {
          key: 'invoice',
          title: words.invoiceInZoho,
          class: 'wide',
          cell: (row) => (
            <a class="row-link" href={invoicePath(row)}>
              {row.zohoInvoiceId}
            </a>
          ),
        },
        {
          key: 'organization',
          title: words.organization,
          label: words.organizationLabel,
          cell: (row) => row.organizationId,
        },
        { key: 'client', title: words.client, label: words.clientLabel, cell: (row) => row.clientId },
        {
          key: 'case',
          title: words.case,
          label: words.caseLabel,
          cell: (row) => row.caseReference ?? <Nothing text={words.none} />,
        },
      ]}
    />
  </section>
)

/** What fits what an operator was told. */
export const FindPage = ({ asked, found }: { asked: string; found: Found | undefined }) => {
  const nothing =
    found === undefined || found.clients.length + found.commands.length + found.invoices.length === 0
  return (
    <Layout title={words.find} section="/operator/commands">
      <p class="crumbs">
        <a href="/operator/commands">{words.commands}</a>
      </p>
      <div class="stack">
        <h1>{words.find}</h1>
        <section class="card" aria-label={words.find}>
          <FindBox value={asked} />
        </section>
        {nothing && (
          <section class="card" aria-label={words.found}>
            <EmptyState icon="search" title={asked === '' ? words.whatWereYouTold : words.nothingFits}>
              {words.aCasesReferenceOrAn}
            </EmptyState>
          </section>
        )}
        {found && found.invoices.length > 0 && <Invoices invoices={found.invoices} />}
        {found && found.commands.length > 0 && (
          <section class="card" aria-labelledby="commands">
            <div class="card-title">
              <h2 id="commands">{words.commands}</h2>
            </div>
            <CommandsTable rows={found.commands} caption={words.commandsThatWereFound} />
          </section>
        )}
        {found && found.clients.length > 0 && <Clients clients={found.clients} />}
      </div>
    </Layout>
  )
}
