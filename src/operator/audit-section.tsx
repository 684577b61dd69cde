import type { AuditLine } from '../../db/operator/operator.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { RelativeTime } from '../portal/components/values.tsx'

/** What people and the system did with something, newest first. */
export const AuditSection = ({ events, of }: { events: readonly AuditLine[]; of: string }) => (
  <section class="card" aria-labelledby="history">
    <div class="card-title">
      <h2 id="history">Who did what</h2>
    </div>
    {events.length === 0 ? (
      <EmptyState icon="inbox" title="Nothing yet">
        What people do with this {of} is listed here.
      </EmptyState>
    ) : (
      <DataTable
        caption={`Audit trail of this ${of}, newest first`}
        rows={events}
        rowKey={(event) => String(event.id)}
        columns={[
          { key: 'when', title: 'When', cell: (event) => <RelativeTime at={event.createdAt} /> },
          { key: 'what', title: 'What', class: 'wide', cell: (event) => <code>{event.action}</code> },
          { key: 'who', title: 'Who', label: 'Who:', cell: (event) => `${event.actor} (${event.actorRole})` },
        ]}
      />
    )}
  </section>
)
