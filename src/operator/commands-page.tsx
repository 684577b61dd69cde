import type { CommandLine } from '../../db/operator/work-history.repo.ts'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { Layout } from '../portal/components/layout.tsx'
import { Pager } from '../portal/components/pager.tsx'
import { CommandsTable } from './commands-table.tsx'
import { FindBox } from './find-box.tsx'

const tabs = [
  { show: undefined, label: 'All' },
  { show: 'open', label: 'Not completed' },
  { show: 'failed', label: 'With failures' },
] as const

/** Clients' commands, newest first. */
export const CommandsPage = ({
  commands,
  show,
  clientId,
  next,
}: {
  commands: readonly CommandLine[]
  show: 'open' | 'failed' | undefined
  clientId: string | undefined
  next: string | null
}) => {
  const href = (wanted: string | undefined) => {
    const query = new URLSearchParams({
      ...(wanted && { show: wanted }),
      ...(clientId !== undefined && { client: clientId }),
    })
    return `/operator/commands${query.size === 0 ? '' : `?${query}`}`
  }
  return (
    <Layout title="Commands" section="/operator/commands">
      <div class="stack">
        <div class="page-head">
          <div>
            <h1>Commands</h1>
            <p>
              {clientId === undefined
                ? 'Of all clients, newest first.'
                : `Of client ${clientId}, newest first.`}
            </p>
          </div>
          {clientId !== undefined && (
            <a class="button" href="/operator/commands">
              Show all
            </a>
          )}
        </div>
        <section class="card" aria-label="Commands">
          <nav class="tabs" aria-label="Commands by state">
            {tabs.map(({ show: wanted, label }) => (
              <a
                key={label}
                class="tab"
                href={href(wanted)}
                aria-current={show === wanted ? 'page' : undefined}
              >
                {label}
              </a>
            ))}
          </nav>
          <FindBox />
          {commands.length === 0 ? (
            <EmptyState icon="inbox" title="No command here">
              A command stands here from the moment a client presses Create Cases.
            </EmptyState>
          ) : (
            <CommandsTable rows={commands} caption="Commands, newest first" />
          )}
          <Pager previous={null} next={next} />
        </section>
      </div>
    </Layout>
  )
}
