import { ConnectionHelp } from '../../components/help.tsx'
import { Layout } from '../../components/layout.tsx'
import { MappingTable } from '../../components/mapping-table.tsx'
import { Notice } from '../../components/notice.tsx'
import { useFormat } from '../../components/page-context.ts'
import { ConnectionCard } from './connection-card.tsx'
import { connectionNotice } from './connection-notice.tsx'
import type { ConnectionView } from './connection-view.ts'
import { DisconnectDialog } from './disconnect-page.tsx'
import { FirstSteps } from './first-steps.tsx'
import { RunsTable, type RunView } from './runs-table.tsx'

/** What a person is told once, after an action brought them here. */
export interface Outcome {
  readonly tone: 'good' | 'warn' | 'bad'
  readonly title: string
  readonly text?: string
}

/** How many rows are set aside, counted only so far as it is worth knowing. */
export interface SetAsideCount {
  readonly count: number
  readonly more: boolean
}

export interface IntegrationsView {
  readonly connection: ConnectionView
  readonly runs: readonly RunView[]
  readonly setAside: SetAsideCount
  readonly outcome: Outcome | undefined
  /** Those of the Zoho user, told once after connecting. */
  readonly organizations?: readonly OrganizationChoice[]
}

export interface OrganizationChoice {
  readonly id: string
  readonly name: string
  readonly currencyCode: string | null
  readonly current: boolean
}

const root = '/integrations/zoho-books'

const RunHistory = ({ runs }: { runs: readonly RunView[] }) => (
  <section class="card" aria-labelledby="runs" data-live="runs" id="runs-card">
    <div class="card-title">
      <h2 id="runs">Run history</h2>
      <a href={`${root}/runs`}>All runs</a>
    </div>
    {runs.length === 0 ? (
      <p class="card-body muted">The first run starts in a moment.</p>
    ) : (
      <RunsTable runs={runs} />
    )}
  </section>
)

const SetAsideLine = ({ count, more }: SetAsideCount) => {
  const format = useFormat()
  return (
    <div>
      <h3>Could not be read</h3>
      <p class="muted">
        {count === 0
          ? 'Every row that Zoho gave us could be read.'
          : `${more ? 'More than ' : ''}${format.count(count)} ${count === 1 ? 'row' : 'rows'} could not be read and wait for a correction in Zoho Books. The rest was imported.`}
      </p>
      {count > 0 && (
        <p>
          <a href={`${root}/set-aside`}>See the rows and their reasons</a>
        </p>
      )}
    </div>
  )
}

const More = ({ setAside }: { setAside: SetAsideCount }) => (
  <section class="card" aria-label="More about this connection">
    <div class="card-body columns columns-even">
      <SetAsideLine {...setAside} />
      <div>
        <h3>Faster updates</h3>
        <p class="muted">With a webhook, Zoho tells us about a payment within seconds.</p>
        <p>
          <a href={`${root}/webhook`}>Set up the webhook</a>
        </p>
      </div>
    </div>
  </section>
)

/** No good news above a card that says otherwise: what was started has stopped by now. */
const contradicts = ({ tone }: Outcome, connection: ConnectionView) =>
  tone === 'good' && ['bad', 'warn'].includes(connectionNotice(connection)?.tone ?? '')

/** Zoho's first organization was taken; whoever has more can choose before anybody reviews the wrong books. */
const Choice = ({ organizations }: { organizations: readonly OrganizationChoice[] }) => {
  const current = organizations.find((one) => one.current)
  if (organizations.length < 2 || current === undefined) return null
  const nameOf = ({ name, currencyCode }: OrganizationChoice) =>
    currencyCode === null ? name : `${name} (${currencyCode})`
  return (
    <Notice
      tone="info"
      title={`Zoho gives us ${organizations.length} organizations. Connected is ${nameOf(current)}.`}
      action={{ label: 'Change organization', href: `${root}/organization` }}
    >
      The others:{' '}
      {organizations
        .filter((one) => !one.current)
        .map(nameOf)
        .join(', ')}
      . The invoices of the connected one are being read meanwhile.
    </Notice>
  )
}

export const IntegrationsPage = ({
  connection,
  runs,
  setAside,
  outcome,
  organizations = [],
}: IntegrationsView) => {
  const connected = connection.state !== 'not_connected'
  return (
    <Layout title="Integrations" section="/integrations" scripts={['live.js']}>
      <div class="stack">
        <div class="page-head">
          <div>
            <h1>Integrations</h1>
            <p>Your accounting system, connected once and kept up to date by itself.</p>
          </div>
        </div>
        {outcome && !contradicts(outcome, connection) && (
          <Notice tone={outcome.tone} title={outcome.title}>
            {outcome.text}
          </Notice>
        )}
        <Choice organizations={organizations} />
        <ConnectionCard connection={connection} />
        {connected ? (
          <>
            <RunHistory runs={runs} />
            <More setAside={setAside} />
          </>
        ) : (
          <FirstSteps />
        )}
        {connected ? (
          <details class="card folded">
            <summary class="card-title">
              <h2>What data is imported, and good to know</h2>
            </summary>
            <div class="columns columns-even folded-body">
              <MappingTable />
              <ConnectionHelp />
            </div>
          </details>
        ) : (
          <div class="columns columns-even">
            <MappingTable />
            <ConnectionHelp />
          </div>
        )}
      </div>
      {connected && <DisconnectDialog organization={connection.organization?.name} />}
    </Layout>
  )
}
