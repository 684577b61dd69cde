import { EmptyState } from '../../components/empty-state.tsx'
import { Layout } from '../../components/layout.tsx'
import { Pager, type PagerLinks } from '../../components/pager.tsx'
import { RunsTable, type RunView } from './runs-table.tsx'

export const RunsPage = ({ runs, pager }: { runs: readonly RunView[]; pager: PagerLinks }) => (
  <Layout title="Run history" section="/integrations" scripts={['live.js']}>
    <p class="crumbs">
      <a href="/integrations">Integrations</a>
    </p>
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>Run history</h1>
          <p>
            Each time we read your organization in Zoho Books, and what was different from the time before.
          </p>
        </div>
      </div>
      <section class="card" aria-label="Runs" data-live="runs" id="runs-card">
        {runs.length === 0 ? (
          <EmptyState icon="inbox" title="No runs yet">
            The first run starts as soon as Zoho Books is connected.
          </EmptyState>
        ) : (
          <RunsTable runs={runs} />
        )}
        <Pager {...pager} />
      </section>
    </div>
  </Layout>
)
