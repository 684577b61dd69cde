import type { AuditLine } from '../../db/operator/operator.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { RelativeTime } from '../portal/components/values.tsx'
import { auditSection as words } from './words.tsx'

/** What people and the system did with something, newest first. */
export const AuditSection = ({ events, of }: { events: readonly AuditLine[]; of: string }) => (
  <section class="card" aria-labelledby="history">
    <div class="card-title">
      <h2 id="history">{words.whoDidWhat}</h2>
    </div>
    {events.length === 0 ? (
      <EmptyState icon="inbox" title={words.nothingYet}>
        {words.whatPeopleDoWithThis(of)}
      </EmptyState>
    ) : (
      <DataTable
        caption={words.auditTrailOfThisNewest(of)}
        rows={events}
        rowKey={(event) => String(event.id)}
        columns={[
          { key: 'when', title: words.when, cell: (event) => <RelativeTime at={event.createdAt} /> },
          { key: 'what', title: words.what, class: 'wide', cell: (event) => <code>{event.action}</code> },
          {
            key: 'who',
            title: words.who,
            label: words.whoLabel,
            cell: (event) => `${event.actor} (${event.actorRole})`,
          },
        ]}
      />
    )}
  </section>
)
