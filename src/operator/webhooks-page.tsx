import type { WebhookEndpoint } from '../../db/core/schema.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { WriteForm } from '../portal/components/form.tsx'
import { Layout } from '../portal/components/layout.tsx'
import { Notice } from '../portal/components/notice.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { Pill } from '../portal/components/state-pill.tsx'
import { RelativeTime } from '../portal/components/values.tsx'

export interface EndpointLine {
  readonly endpoint: WebhookEndpoint
  readonly pending: number
  readonly failed: number
}

const reasons = {
  by_hand: 'Switched off by hand',
  failing: 'Switched off: it took nothing for three days',
  gone: 'Switched off: it answered that it is gone',
} as const

export const EndpointPill = ({ endpoint }: { endpoint: WebhookEndpoint }) => {
  if (endpoint.enabled)
    return endpoint.failing_since === null ? (
      <Pill tone="good">Enabled</Pill>
    ) : (
      <Pill tone="warn">Failing</Pill>
    )
  return <Pill tone={endpoint.disabled_reason === 'by_hand' ? 'plain' : 'bad'}>Disabled</Pill>
}

/** Why it is disabled, in a sentence. */
export const disabledBecause = ({ disabled_reason }: WebhookEndpoint): string | undefined =>
  disabled_reason === null ? undefined : reasons[disabled_reason]

export const filterText = ({ types, client_ids }: WebhookEndpoint): string =>
  `${types === null ? 'All events' : types.join(', ')} ${client_ids === null ? 'of all clients' : `of ${client_ids.join(', ')}`}`

/** The secret of an endpoint that was just made or rotated: this answer is the only place where it stands. */
export const SecretNotice = ({ secret }: { secret: string }) => (
  <Notice tone="good" title="Copy the secret now: it is not shown again.">
    <code class="clip-text">{secret}</code>
  </Notice>
)

const CreateForm = ({ types }: { types: readonly string[] }) => (
  <section class="card" aria-labelledby="add">
    <div class="card-title">
      <h2 id="add">Add an endpoint</h2>
    </div>
    <div class="card-body">
      <WriteForm action="/operator/webhooks" class="stack">
        <div class="field">
          <label for="f-url">Address</label>
          <input
            id="f-url"
            type="url"
            name="url"
            required
            maxLength={2_000}
            placeholder="https://host.example.com/events"
          />
        </div>
        <div class="field">
          <label for="f-description">Description</label>
          <input id="f-description" name="description" maxLength={200} />
        </div>
        <div class="field">
          <label for="f-types">Event types, separated by commas</label>
          <input id="f-types" name="types" maxLength={1_000} list="event-types" placeholder="all" />
          <datalist id="event-types">
            {types.map((type) => (
              <option key={type} value={type} />
            ))}
          </datalist>
        </div>
        <div class="field">
          <label for="f-clients">Client ids, separated by commas</label>
          <input id="f-clients" name="clientIds" maxLength={10_000} placeholder="all" />
        </div>
        <div class="actions">
          <button type="submit" class="button button-primary">
            Add endpoint
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
    <Layout title="Webhooks" section="/operator/webhooks">
      <div class="stack">
        <div class="page-head">
          <div>
            <h1>Webhooks</h1>
            <p>Where events are delivered: new cases, changed invoices, connections.</p>
          </div>
        </div>
        {done !== undefined && <Notice tone="good">{done}</Notice>}
        <section class="card" aria-label="Endpoints">
          {lines.length === 0 ? (
            <EmptyState icon="inbox" title="No endpoint yet">
              Events are kept for 30 days all the same: the event log can be read over the API.
            </EmptyState>
          ) : (
            <DataTable
              caption="Endpoints"
              rows={lines}
              rowKey={({ endpoint }) => endpoint.id}
              columns={[
                {
                  key: 'url',
                  title: 'Address',
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
                  title: 'State',
                  cell: ({ endpoint }) => (
                    <>
                      <EndpointPill endpoint={endpoint} />
                      {endpoint.failing_since !== null && (
                        <span class="sub">
                          since <RelativeTime at={endpoint.failing_since} />
                        </span>
                      )}
                    </>
                  ),
                },
                {
                  key: 'pending',
                  title: 'Waiting',
                  label: 'Waiting:',
                  cell: ({ pending, failed }) => (
                    <>
                      {format.count(pending)}
                      {failed > 0 && <span class="sub">{format.count(failed)} given up</span>}
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
