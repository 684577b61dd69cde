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
import { integrationsPage as words } from './words.tsx'

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
      <h2 id="runs">{words.runHistory}</h2>
      <a href={`${root}/runs`}>{words.allRuns}</a>
    </div>
    {runs.length === 0 ? (
      <p class="card-body muted">{words.theFirstRunStartsIn}</p>
    ) : (
      <RunsTable runs={runs} />
    )}
  </section>
)

const SetAsideLine = ({ count, more }: SetAsideCount) => {
  const format = useFormat()
  return (
    <div>
      <h3>{words.couldNotBeRead}</h3>
      <p class="muted">
        {count === 0 ? words.everyRowThatZohoGave : words.couldNotBeReadAnd(count, format.count(count), more)}
      </p>
      {count > 0 && (
        <p>
          <a href={`${root}/set-aside`}>{words.seeTheRowsAndTheir}</a>
        </p>
      )}
    </div>
  )
}

const More = ({ setAside }: { setAside: SetAsideCount }) => (
  <section class="card" aria-label={words.moreAboutThisConnection}>
    <div class="card-body columns columns-even">
      <SetAsideLine {...setAside} />
      <div>
        <h3>{words.fasterUpdates}</h3>
        <p class="muted">{words.withAWebhookZohoTells}</p>
        <p>
          <a href={`${root}/webhook`}>{words.setUpTheWebhook}</a>
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
      title={words.zohoGivesUsOrganizationsConnected(organizations.length, nameOf(current))}
      action={{ label: words.changeOrganization, href: `${root}/organization` }}
    >
      {words.theOthers(
        organizations
          .filter((one) => !one.current)
          .map(nameOf)
          .join(', '),
      )}
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
    <Layout title={words.integrations} section="/integrations" scripts={['live.js']}>
      <div class="stack">
        <div class="page-head">
          <div>
            <h1>{words.integrations}</h1>
            <p>{words.yourAccountingSystemConnectedOnce}</p>
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
              <h2>{words.whatDataIsImportedAnd}</h2>
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
