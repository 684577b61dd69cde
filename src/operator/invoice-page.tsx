import type { InvoiceHistory, StagedLine } from '../../db/operator/work-history.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { FieldList } from '../portal/components/field-list.tsx'
import { Layout } from '../portal/components/layout.tsx'
import { CasePill, InvoiceStatePill, Pill } from '../portal/components/state-pill.tsx'
import { Moment, RelativeTime } from '../portal/components/values.tsx'
import { Codes, ItemsTable } from './items-table.tsx'

const Staged = ({ row }: { row: StagedLine }) => (
  <section class="card" aria-label={`Staged for ${row.clientId}`}>
    <div class="card-title">
      <h2>Staged for {row.clientId}</h2>
      <Pill tone={row.state === 'open' ? 'info' : 'plain'}>{row.state}</Pill>
    </div>
    <div class="card-body">
      <FieldList
        fields={[
          {
            label: 'Connection',
            value: (
              <a href={`/operator/connections/${row.connectionId}`}>
                <code>{row.connectionId}</code>
              </a>
            ),
          },
          { label: 'Status in Zoho', value: <code>{row.zohoStatus}</code> },
          {
            label: 'Blockers',
            value: (
              <>
                <Codes codes={row.blockerCodes} />
                {row.unreadable && ' (could not be read last)'}
              </>
            ),
          },
          { label: 'Warnings', value: <Codes codes={row.warningCodes} /> },
          { label: 'Proven as of', value: <RelativeTime at={row.provenAt} /> },
          { label: 'Read by id', value: <RelativeTime at={row.lookedAt} /> },
          { label: 'Changed in Zoho', value: <RelativeTime at={row.zohoModifiedAt} /> },
          { label: 'Changed here', value: <RelativeTime at={row.changedAt} /> },
          { label: 'First seen', value: <RelativeTime at={row.firstSeenAt} /> },
        ]}
      />
    </div>
  </section>
)

const TheCase = ({ found }: { found: NonNullable<InvoiceHistory['case']> }) => (
  <section class="card" aria-labelledby="case">
    <div class="card-title">
      <h2 id="case">Case {found.reference}</h2>
      <CasePill status={found.status} />
    </div>
    <div class="card-body">
      <FieldList
        fields={[
          { label: 'Client', value: found.clientId },
          {
            label: 'Command',
            value: (
              <a href={`/operator/commands/${found.commandId}`}>
                <code>{found.commandId}</code>
              </a>
            ),
          },
          { label: 'Created', value: <Moment at={found.createdAt} /> },
          { label: 'Proven', value: <Moment at={found.provenAt} /> },
          { label: 'Invoice now', value: <InvoiceStatePill state={found.invoiceState} /> },
          {
            label: 'Followed',
            value:
              found.followedUntil === null ? (
                'yes'
              ) : (
                <>
                  until <RelativeTime at={found.followedUntil} />
                </>
              ),
          },
        ]}
      />
    </div>
    <DataTable
      caption="What happened to the case, newest first"
      rows={found.events}
      rowKey={(event) => `${event.at.toISOString()} ${event.type}`}
      columns={[
        { key: 'at', title: 'When', cell: (event) => <RelativeTime at={event.at} /> },
        {
          key: 'type',
          title: 'What',
          class: 'wide',
          cell: (event) => (
            <>
              <code>{event.type}</code>
              <span class="sub">by {event.actor}</span>
            </>
          ),
        },
        { key: 'state', title: 'Invoice', cell: (event) => <InvoiceStatePill state={event.invoiceState} /> },
      ]}
    />
  </section>
)

/** One invoice of an organization: how it is staged, its case, and each time it was to become one. */
export const InvoicePage = ({
  organizationId,
  zohoInvoiceId,
  history,
}: {
  organizationId: string
  zohoInvoiceId: string
  history: InvoiceHistory
}) => (
  <Layout title={`Invoice ${zohoInvoiceId}`} section="/operator/commands">
    <p class="crumbs">
      <a href="/operator/commands">Commands</a>
    </p>
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>Invoice {zohoInvoiceId}</h1>
          <p>Of organization {organizationId}. Ids only: its debtor and amount are the client’s.</p>
        </div>
      </div>
      {history.setAside.map((row) => (
        <section
          key={row.clientId}
          class="card card-body"
          aria-label={`Could not be read for ${row.clientId}`}
        >
          <p>
            <strong>{row.resolvedAt === null ? 'Could not be read' : 'Could not be read once'}</strong> for{' '}
            {row.clientId}: <Codes codes={row.fields} />
          </p>
          <p class="small muted">
            Last seen <RelativeTime at={row.lastSeenAt} />
            {row.resolvedAt !== null && (
              <>
                , read again <RelativeTime at={row.resolvedAt} />
              </>
            )}
          </p>
        </section>
      ))}
      <div class="columns">
        {history.staged.map((row) => (
          <Staged key={row.connectionId} row={row} />
        ))}
        {history.case && <TheCase found={history.case} />}
      </div>
      <section class="card" aria-labelledby="items">
        <div class="card-title">
          <h2 id="items">Asked to become a case</h2>
        </div>
        {history.items.length === 0 ? (
          <EmptyState icon="inbox" title="Never yet">
            No command has named this invoice.
          </EmptyState>
        ) : (
          <ItemsTable
            rows={history.items}
            by="command"
            caption="Commands that named this invoice, newest first"
          />
        )}
      </section>
    </div>
  </Layout>
)
