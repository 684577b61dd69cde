import type { WebhookEndpoint } from '../../db/core/schema.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { WriteForm } from '../portal/components/form.tsx'
import { Layout } from '../portal/components/layout.tsx'
import { Notice } from '../portal/components/notice.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { Pill } from '../portal/components/state-pill.tsx'
import { RelativeTime } from '../portal/components/values.tsx'
import { webhooksPage as words } from './words.tsx'

export interface EndpointLine {
  readonly endpoint: WebhookEndpoint
  readonly pending: number
  readonly failed: number
}

const reasons = {
  by_hand: words.switchedOffByHand,
  failing: words.switchedOffItTookNothing,
  gone: words.switchedOffItAnsweredThat,
} as const

export const EndpointPill = ({ endpoint }: { endpoint: WebhookEndpoint }) => {
  if (endpoint.enabled)
    return endpoint.failing_since === null ? (
      <Pill tone="good">{words.enabled}</Pill>
    ) : (
      <Pill tone="warn">{words.failing}</Pill>
    )
  return <Pill tone={endpoint.disabled_reason === 'by_hand' ? 'plain' : 'bad'}>{words.disabled}</Pill>
}

/** Why it is disabled, in a sentence. */
export const disabledBecause = ({ disabled_reason }: WebhookEndpoint): string | undefined =>
  disabled_reason === null ? undefined : reasons[disabled_reason]

export const filterText = ({ types, client_ids }: WebhookEndpoint): string =>
  `${types === null ? words.allEvents : types.join(', ')} ${client_ids === null ? words.ofAllClients : words.of(client_ids.join(', '))}`

/** The secret of an endpoint that was just made or rotated: this answer is the only place where it stands. */
export const SecretNotice = ({ secret }: { secret: string }) => (
  <Notice tone="good" title={words.copyTheSecretNowIt}>
    <code class="clip-text">{secret}</code>
  </Notice>
)

const CreateForm = ({ types }: { types: readonly string[] }) => (
  <section class="card" aria-labelledby="add">
    <div class="card-title">
      <h2 id="add">{words.addAnEndpoint}</h2>
    </div>
    <div class="card-body">
      <WriteForm action="/operator/webhooks" class="stack">
        <div class="field">
          <label for="f-url">{words.address}</label>
          <input
            id="f-url"
            type="url"
            name="url"
            required
            maxLength={2_000}
            placeholder={words.exampleAddress}
          />
        </div>
        <div class="field">
          <label for="f-description">{words.description}</label>
          <input id="f-description" name="description" maxLength={200} />
        </div>
        <div class="field">
          <label for="f-types">{words.eventTypesSeparatedByCommas}</label>
          <input
            id="f-types"
            name="types"
            maxLength={1_000}
            list="event-types"
            placeholder={words.everyOne}
          />
          <datalist id="event-types">
            {types.map((type) => (
              <option key={type} value={type} />
            ))}
          </datalist>
        </div>
        <div class="field">
          <label for="f-clients">{words.clientIdsSeparatedByCommas}</label>
          <input id="f-clients" name="clientIds" maxLength={10_000} placeholder={words.everyOne} />
        </div>
        <div class="actions">
          <button type="submit" class="button button-primary">
            {words.addEndpoint}
          </button>
        </div>
      </WriteForm>
    </div>
  </section>
)

/** Where events are delivered. */
export const WebhooksPage = ({
  lines,
  types,
  done,
}: {
  lines: readonly EndpointLine[]
  types: readonly string[]
  done: string | undefined
}) => {
  const format = useFormat()
  return (
    <Layout title={words.webhooks} section="/operator/webhooks">
      <div class="stack">
        <div class="page-head">
          <div>
            <h1>{words.webhooks}</h1>
            <p>{words.whereEventsAreDeliveredNew}</p>
          </div>
        </div>
        {done !== undefined && <Notice tone="good">{done}</Notice>}
        <section class="card" aria-label={words.endpoints}>
          {lines.length === 0 ? (
            <EmptyState icon="inbox" title={words.noEndpointYet}>
              {words.eventsAreKeptFor30}
            </EmptyState>
          ) : (
            <DataTable
              caption={words.endpoints}
              rows={lines}
              rowKey={({ endpoint }) => endpoint.id}
              columns={[
                {
                  key: 'url',
                  title: words.address,
                  class: 'wide',
                  cell: ({ endpoint }) => (
                    <>
                      <a class="row-link clip-text" href={`/operator/webhooks/${endpoint.id}`}>
                        {endpoint.url}
                      </a>
                      <span class="sub">{endpoint.description || filterText(endpoint)}</span>
                    </>
                  ),
                },
                {
                  key: 'state',
                  title: words.state,
                  cell: ({ endpoint }) => (
                    <>
                      <EndpointPill endpoint={endpoint} />
                      {endpoint.failing_since !== null && (
                        <span class="sub">
                          {words.since}
                          <RelativeTime at={endpoint.failing_since} />
                        </span>
                      )}
                    </>
                  ),
                },
                {
                  key: 'pending',
                  title: words.waiting,
                  label: words.waitingLabel,
                  cell: ({ pending, failed }) => (
                    <>
                      {format.count(pending)}
                      {failed > 0 && <span class="sub">{words.givenUp(format.count(failed))}</span>}
                    </>
                  ),
                },
              ]}
            />
          )}
        </section>
        <CreateForm types={types} />
      </div>
    </Layout>
  )
}
