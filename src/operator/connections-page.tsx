import type { ConnectionLine } from '../../db/operator/operator.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { Layout } from '../portal/components/layout.tsx'
import { Pager } from '../portal/components/pager.tsx'
import { Nothing, RelativeTime } from '../portal/components/values.tsx'
import { ConnectionLink, StatePill } from './connection-link.tsx'
import { ErrorLink } from './error-help.tsx'

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
  <Layout title="Connections" section="/operator/connections">
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>Connections</h1>
          <p>{filterText ?? 'All live connections.'}</p>
        </div>
        {filterText !== undefined && (
          <a class="button" href="/operator/connections">
            Show all
          </a>
        )}
      </div>
      <section class="card" aria-label="Connections">
        <form class="filters filters-find" method="get" action="/operator/connections">
          <div class="field">
            <label for="f-client">Client id</label>
            <input id="f-client" name="client" value={clientId ?? ''} maxLength={200} />
          </div>
          <button type="submit" class="button">
            Find
          </button>
        </form>
        {connections.length === 0 ? (
          <EmptyState icon="search" title="No connection here">
            No live connection fits.
          </EmptyState>
        ) : (
          <DataTable
            caption="Connections"
            rows={connections}
            rowKey={(row) => row.id}
            columns={[
              { key: 'client', title: 'Client', cell: (row) => <ConnectionLink {...row} /> },
              { key: 'state', title: 'State', cell: (row) => <StatePill state={row.state} /> },
              {
                key: 'problem',
                title: 'Problem',
                class: 'wide',
                cell: (row) =>
                  row.problemCode === null ? (
                    <Nothing text="none" />
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
                title: 'Last synced',
                label: 'Last synced:',
                cell: (row) => <RelativeTime at={row.lastSyncedAt} />,
              },
              {
                key: 'next',
                title: 'Next sync',
                label: 'Next sync:',
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
