import { EmptyState } from '../../components/empty-state.tsx'
import { Layout } from '../../components/layout.tsx'
import { Pager, type PagerLinks } from '../../components/pager.tsx'
import { RunsTable, type RunView } from './runs-table.tsx'
import { runsPage as words } from './words.tsx'

export const RunsPage = ({ runs, pager }: { runs: readonly RunView[]; pager: PagerLinks }) => (
  <Layout title={words.runHistory} section="/integrations" scripts={['live.js']}>
    <p class="crumbs">
      <a href="/integrations">{words.integrations}</a>
    </p>
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>{words.runHistory}</h1>
          <p>{words.eachTimeWeReadYour}</p>
        </div>
      </div>
      <section class="card" aria-label={words.runs} data-live="runs" id="runs-card">
        {runs.length === 0 ? (
          <EmptyState icon="inbox" title={words.noRunsYet}>
            {words.theFirstRunStartsAs}
          </EmptyState>
        ) : (
          <RunsTable runs={runs} />
        )}
        <Pager {...pager} />
      </section>
    </div>
  </Layout>
)
