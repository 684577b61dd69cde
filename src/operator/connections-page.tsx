import type { ConnectionLine } from '../../db/operator/operator.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { Layout } from '../portal/components/layout.tsx'
import { Pager } from '../portal/components/pager.tsx'
import { Nothing, RelativeTime } from '../portal/components/values.tsx'
import { ConnectionLink, StatePill } from './connection-link.tsx'
import { ErrorLink } from './error-help.tsx'
import { connectionsPage as words } from './words.tsx'

/** Live connections, narrowed by state, code or client. */
export const ConnectionsPage = ({
  connections,
  filterText,
  clientId,
  next,
}: {
  connections: readonly ConnectionLine[]
  /** How the list is narrowed, in words; undefined: not at all. */
  filterText: string | undefined
  clientId: string | undefined
  next: string | null
}) => (
  <Layout title={words.connections} section="/operator/connections">
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>{words.connections}</h1>
          <p>{filterText ?? words.allLiveConnections}</p>
        </div>
        {filterText !== undefined && (
          <a class="button" href="/operator/connections">
            {words.showAll}
          </a>
        )}
      </div>
      <section class="card" aria-label={words.connections}>
        <form class="filters filters-find" method="get" action="/operator/connections">
          <div class="field">
            <label for="f-client">{words.clientId}</label>
            <input id="f-client" name="client" value={clientId ?? ''} maxLength={200} />
          </div>
          <button type="submit" class="button">
            {words.find}
          </button>
        </form>
        {connections.length === 0 ? (
          <EmptyState icon="search" title={words.noConnectionHere}>
            {words.noLiveConnectionFits}
          </EmptyState>
        ) : (
          <DataTable
            caption={words.connections}
            rows={connections}
            rowKey={(row) => row.id}
            columns={[
              { key: 'client', title: words.client, cell: (row) => <ConnectionLink {...row} /> },
              { key: 'state', title: words.state, cell: (row) => <StatePill state={row.state} /> },
              {
                key: 'problem',
                title: words.problem,
                class: 'wide',
                cell: (row) =>
                  row.problemCode === null ? (
                    <Nothing text={words.none} />
                  ) : (
                    <>
                      <ErrorLink code={row.problemCode} />
                      <span class="sub">
                        <RelativeTime at={row.problemAt} />
                      </span>
                    </>
                  ),
              },
              {
                key: 'synced',
                title: words.lastSynced,
                label: words.lastSyncedLabel,
                cell: (row) => <RelativeTime at={row.lastSyncedAt} />,
              },
              {
                key: 'next',
                title: words.nextSync,
                label: words.nextSyncLabel,
                cell: (row) => <RelativeTime at={row.nextSyncAt} />,
              },
            ]}
          />
        )}
        <Pager previous={null} next={next} />
      </section>
    </div>
  </Layout>
)
