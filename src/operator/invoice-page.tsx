import type { InvoiceHistory, StagedLine } from '../../db/operator/work-history.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { FieldList } from '../portal/components/field-list.tsx'
import { Layout } from '../portal/components/layout.tsx'
import { CasePill, InvoiceStatePill, Pill } from '../portal/components/state-pill.tsx'
import { Moment, RelativeTime } from '../portal/components/values.tsx'
import { Codes, ItemsTable } from './items-table.tsx'
import { invoicePage as words } from './words.tsx'

const Staged = ({ row }: { row: StagedLine }) => (
  <section class="card" aria-label={words.stagedFor(row.clientId)}>
    <div class="card-title">
      <h2>{words.stagedForHeading(row.clientId)}</h2>
      <Pill tone={row.state === 'open' ? 'info' : 'plain'}>{row.state}</Pill>
    </div>
    <div class="card-body">
      <FieldList
        fields={[
          {
            label: words.connection,
            value: (
              <a href={`/operator/connections/${row.connectionId}`}>
                <code>{row.connectionId}</code>
              </a>
            ),
          },
          { label: words.statusInZoho, value: <code>{row.zohoStatus}</code> },
          {
            label: words.blockers,
            value: (
              <>
                <Codes codes={row.blockerCodes} />
                {row.unreadable && words.couldNotBeReadLast}
              </>
            ),
          },
          { label: words.warnings, value: <Codes codes={row.warningCodes} /> },
          { label: words.provenAsOf, value: <RelativeTime at={row.provenAt} /> },
          { label: words.readById, value: <RelativeTime at={row.lookedAt} /> },
          { label: words.changedInZoho, value: <RelativeTime at={row.zohoModifiedAt} /> },
          { label: words.changedHere, value: <RelativeTime at={row.changedAt} /> },
          { label: words.firstSeen, value: <RelativeTime at={row.firstSeenAt} /> },
        ]}
      />
    </div>
  </section>
)

const TheCase = ({ found }: { found: NonNullable<InvoiceHistory['case']> }) => (
  <section class="card" aria-labelledby="case">
    <div class="card-title">
      <h2 id="case">{words.case(found.reference)}</h2>
      <CasePill status={found.status} />
    </div>
    <div class="card-body">
      <FieldList
        fields={[
          { label: words.client, value: found.clientId },
          {
            label: words.command,
            value: (
              <a href={`/operator/commands/${found.commandId}`}>
                <code>{found.commandId}</code>
              </a>
            ),
          },
          { label: words.created, value: <Moment at={found.createdAt} /> },
          { label: words.proven, value: <Moment at={found.provenAt} /> },
          { label: words.invoiceNow, value: <InvoiceStatePill state={found.invoiceState} /> },
          {
            label: words.followed,
            value:
              found.followedUntil === null ? (
                'yes'
              ) : (
                <>
                  {words.until}
                  <RelativeTime at={found.followedUntil} />
                </>
              ),
          },
        ]}
      />
    </div>
    <DataTable
      caption={words.whatHappenedToTheCase}
      rows={found.events}
      rowKey={(event) => `${event.at.toISOString()} ${event.type}`}
      columns={[
        { key: 'at', title: words.when, cell: (event) => <RelativeTime at={event.at} /> },
        {
          key: 'type',
          title: words.what,
          class: 'wide',
          cell: (event) => (
            <>
              <code>{event.type}</code>
              <span class="sub">{words.by(event.actor)}</span>
            </>
          ),
        },
        {
          key: 'state',
          title: words.invoice,
          cell: (event) => <InvoiceStatePill state={event.invoiceState} />,
        },
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
  <Layout title={words.title(zohoInvoiceId)} section="/operator/commands">
    <p class="crumbs">
      <a href="/operator/commands">{words.commands}</a>
    </p>
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>{words.invoice3(zohoInvoiceId)}</h1>
          <p>{words.ofOrganizationIdsOnlyIts(organizationId)}</p>
        </div>
      </div>
      {history.setAside.map((row) => (
        <section key={row.clientId} class="card card-body" aria-label={words.couldNotBeReadFor(row.clientId)}>
          <p>
            {words.for(
              row.resolvedAt === null ? words.couldNotBeRead : words.couldNotBeReadOnce,
              row.clientId,
            )}
            <Codes codes={row.fields} />
          </p>
          <p class="small muted">
            {words.lastSeen}
            <RelativeTime at={row.lastSeenAt} />
            {row.resolvedAt !== null && (
              <>
                {words.readAgain}
                <RelativeTime at={row.resolvedAt} />
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
          <h2 id="items">{words.askedToBecomeACase}</h2>
        </div>
        {history.items.length === 0 ? (
          <EmptyState icon="inbox" title={words.neverYet}>
            {words.noCommandHasNamedThis}
          </EmptyState>
        ) : (
          <ItemsTable rows={history.items} by="command" caption={words.commandsThatNamedThisInvoice} />
        )}
      </section>
    </div>
  </Layout>
)
