import type { Found, FoundInvoice } from '../../db/operator/work-history.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { Layout } from '../portal/components/layout.tsx'
import { Nothing } from '../portal/components/values.tsx'
import { CommandsTable } from './commands-table.tsx'
import { FindBox } from './find-box.tsx'
import { invoicePath } from './items-table.tsx'

const Clients = ({ clients }: { clients: Found['clients'] }) => (
  <section class="card" aria-labelledby="clients">
    <div class="card-title">
      <h2 id="clients">Clients</h2>
    </div>
    <DataTable
      caption="Clients that were found"
      rows={clients}
      rowKey={({ id }) => id}
      columns={[
        { key: 'client', title: 'Client', class: 'wide', cell: ({ id }) => id },
        {
          key: 'commands',
          title: 'Commands',
          cell: ({ id }) => (
            <a href={`/operator/commands?${new URLSearchParams({ client: id })}`}>Commands of {id}</a>
          ),
        },
        {
          key: 'connections',
          title: 'Connection',
          cell: ({ id }) => (
            <a href={`/operator/connections?${new URLSearchParams({ client: id })}`}>Connection of {id}</a>
          ),
        },
      ]}
    />
  </section>
)

const Invoices = ({ invoices }: { invoices: readonly FoundInvoice[] }) => (
  <section class="card" aria-labelledby="invoices">
    <div class="card-title">
      <h2 id="invoices">Invoices and cases</h2>
    </div>
    <DataTable
      caption="Invoices and cases that were found"
      rows={invoices}
      rowKey={(row) => `${row.clientId} ${row.organizationId} ${row.zohoInvoiceId}`}
      columns={[
        {
          key: 'invoice',
          title: 'Invoice in Zoho',
          class: 'wide',
          cell: (row) => (
            <a class="row-link" href={invoicePath(row)}>
              {row.zohoInvoiceId}
            </a>
          ),
        },
        {
          key: 'organization',
          title: 'Organization',
          label: 'Organization:',
          cell: (row) => row.organizationId,
        },
        { key: 'client', title: 'Client', label: 'Client:', cell: (row) => row.clientId },
        {
          key: 'case',
          title: 'Case',
          label: 'Case:',
          cell: (row) => row.caseReference ?? <Nothing text="none" />,
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
    <Layout title="Find" section="/operator/commands">
      <p class="crumbs">
        <a href="/operator/commands">Commands</a>
      </p>
      <div class="stack">
        <h1>Find</h1>
        <section class="card" aria-label="Find">
          <FindBox value={asked} />
        </section>
        {nothing && (
          <section class="card" aria-label="Found">
            <EmptyState icon="search" title={asked === '' ? 'What were you told?' : 'Nothing fits'}>
              A case’s reference or an invoice’s number in full, a part of a client’s name, or the id of a
              client, a command, an attempt, a request, a case or an invoice in Zoho. Closed invoices are
              found by case or id only.
            </EmptyState>
          </section>
        )}
        {found && found.invoices.length > 0 && <Invoices invoices={found.invoices} />}
        {found && found.commands.length > 0 && (
          <section class="card" aria-labelledby="commands">
            <div class="card-title">
              <h2 id="commands">Commands</h2>
            </div>
            <CommandsTable rows={found.commands} caption="Commands that were found" />
          </section>
        )}
        {found && found.clients.length > 0 && <Clients clients={found.clients} />}
      </div>
    </Layout>
  )
}
