import type { CommandLine } from '../../db/operator/work-history.repo.ts'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { Layout } from '../portal/components/layout.tsx'
import { Pager } from '../portal/components/pager.tsx'
import { CommandsTable } from './commands-table.tsx'
import { FindBox } from './find-box.tsx'
import { commandsPage as words } from './words.tsx'

const tabs = [
  { show: undefined, label: words.all },
  { show: 'open', label: words.notCompleted },
  { show: 'failed', label: words.withFailures },
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
    <Layout title={words.commands} section="/operator/commands">
      <div class="stack">
        <div class="page-head">
          <div>
            <h1>{words.commands}</h1>
            <p>
              {clientId === undefined ? words.ofAllClientsNewestFirst : words.ofClientNewestFirst(clientId)}
            </p>
          </div>
          {clientId !== undefined && (
            <a class="button" href="/operator/commands">
              {words.showAll}
            </a>
          )}
        </div>
        <section class="card" aria-label={words.commands}>
          <nav class="tabs" aria-label={words.commandsByState}>
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
            <EmptyState icon="inbox" title={words.noCommandHere}>
              {words.aCommandStandsHereFrom}
            </EmptyState>
          ) : (
            <CommandsTable rows={commands} caption={words.commandsNewestFirst} />
          )}
          <Pager previous={null} next={next} />
        </section>
      </div>
    </Layout>
  )
}
