import type { DeliveryState, WebhookEndpoint } from '../../db/core/schema.ts'
import type { Delivery } from '../../db/events/event-deliveries.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { FieldList } from '../portal/components/field-list.tsx'
import { WriteForm } from '../portal/components/form.tsx'
import { Layout } from '../portal/components/layout.tsx'
import { Notice } from '../portal/components/notice.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { Pager } from '../portal/components/pager.tsx'
import { Pill, type Tone } from '../portal/components/state-pill.tsx'
import { Nothing, RelativeTime } from '../portal/components/values.tsx'
import { disabledBecause, EndpointPill, filterText, SecretNotice } from './webhooks-page.tsx'

const deliveryStates: Readonly<Record<DeliveryState, readonly [Tone, string]>> = {
  pending: ['busy', 'Waiting'],
  delivered: ['good', 'Delivered'],
  failed: ['bad', 'Given up'],
}

const attemptErrors: Readonly<Record<string, string>> = {
  address_refused: 'Address refused: not public',
  timeout: 'No answer within 10 seconds',
  connection_failed: 'Could not connect',
  redirect: 'Redirect, which is not followed',
  status: 'Not a status of success',
}

const causes = { event: undefined, replay: 'replay', test: 'test' } as const

const Write = ({
  id,
  what,
  label,
  primary,
}: {
  id: string
  what: string
  label: string
  primary?: boolean
}) => (
  <WriteForm action={`/operator/webhooks/${id}/${what}`}>
    <button type="submit" class={`button ${primary ? 'button-primary' : ''}`}>
      {label}
    </button>
  </WriteForm>
)

const Endpoint = ({ endpoint }: { endpoint: WebhookEndpoint }) => (
  <section class="card" aria-labelledby="endpoint">
    <div class="card-title">
      <h2 id="endpoint">Endpoint</h2>
      <EndpointPill endpoint={endpoint} />
    </div>
    <div class="card-body stack">
      <FieldList
        fields={[
          { label: 'Address', value: <span class="clip-text">{endpoint.url}</span> },
          { label: 'Description', value: endpoint.description },
          { label: 'Gets', value: filterText(endpoint) },
          { label: 'Failing since', value: <RelativeTime at={endpoint.failing_since} /> },
          { label: 'Old secret signs until', value: <RelativeTime at={endpoint.previous_secret_until} /> },
          { label: 'Added', value: <RelativeTime at={endpoint.created_at} /> },
          { label: 'Added by', value: endpoint.created_by },
        ]}
      />
      <div class="actions">
        {endpoint.enabled && <Write id={endpoint.id} what="test" label="Send a test" />}
        <Write id={endpoint.id} what="rotate" label="Rotate the secret" />
        {endpoint.enabled ? (
          <>
            <Write id={endpoint.id} what="enable" label="Deliver now what waits" />
            <Write id={endpoint.id} what="disable" label="Disable" />
          </>
        ) : (
          <Write id={endpoint.id} what="enable" label="Enable" primary />
        )}
      </div>
    </div>
  </section>
)

const ReplayForm = ({ id }: { id: string }) => (
  <section class="card" aria-labelledby="replay">
    <div class="card-title">
      <h2 id="replay">Replay a period</h2>
    </div>
    <div class="card-body">
      <WriteForm action={`/operator/webhooks/${id}/replay`} class="filters filters-find">
        <div class="field">
          <label for="f-from">From (UTC)</label>
          <input id="f-from" type="datetime-local" name="from" required />
        </div>
        <div class="field">
          <label for="f-to">To (UTC)</label>
          <input id="f-to" type="datetime-local" name="to" required />
        </div>
        <button type="submit" class="button">
          Deliver again
        </button>
      </WriteForm>
    </div>
  </section>
)

const LastAttempt = ({ delivery: { history } }: { delivery: Delivery }) => {
  const format = useFormat()
  const last = history.at(-1)
  if (!last) return <Nothing text="none yet" />
  return (
    <>
      {last.error === null ? 'Taken' : (attemptErrors[last.error] ?? last.error)}
      {last.status !== null && `, ${last.status}`}
      <span class="sub">
        <RelativeTime at={last.at} />, {format.count(last.ms)} ms
      </span>
      {last.answer !== '' && (
        <details>
          <summary>Answer</summary>
          <code class="clip-text">{last.answer}</code>
        </details>
      )}
    </>
  )
}

const Deliveries = ({
  id,
  deliveries,
  next,
  previous,
  enabled,
}: {
  id: string
  deliveries: readonly Delivery[]
  next: string | null
  previous: string | null
  enabled: boolean
}) => {
  const format = useFormat()
  return (
    <section class="card" aria-labelledby="deliveries">
      <div class="card-title">
        <h2 id="deliveries">Deliveries</h2>
      </div>
      {deliveries.length === 0 ? (
        <EmptyState icon="inbox" title="No delivery yet">
          Events that happen from now on are delivered here.
        </EmptyState>
      ) : (
        <DataTable
          caption="Deliveries"
          rows={deliveries}
          rowKey={(delivery) => delivery.id}
          columns={[
            {
              key: 'event',
              title: 'Event',
              cell: ({ event, cause }) => (
                <>
                  <code>{event?.type ?? 'webhook.test'}</code>
                  <span class="sub">
                    {[event && `${event.clientId}, no. ${event.sequence}`, causes[cause]]
                      .filter(Boolean)
                      .join(', ')}
                  </span>
                </>
              ),
            },
            {
              key: 'state',
              title: 'State',
              cell: ({ state, next_attempt_at }) => (
                <>
                  <Pill tone={deliveryStates[state][0]}>{deliveryStates[state][1]}</Pill>
                  {state === 'pending' && (
                    <span class="sub">
                      next <RelativeTime at={next_attempt_at} />
                    </span>
                  )}
                </>
              ),
            },
            {
              key: 'attempts',
              title: 'Attempts',
              label: 'Attempts:',
              cell: ({ history }) => format.count(history.length),
            },
            {
              key: 'last',
              title: 'Last attempt',
              class: 'wide',
              cell: (delivery) => <LastAttempt delivery={delivery} />,
            },
            {
              key: 'replay',
              title: <span class="visually-hidden">Replay</span>,
              cell: ({ id: deliveryId, event, state }) =>
                enabled && event !== null && state !== 'pending' ? (
                  <WriteForm action={`/operator/webhooks/${id}/deliveries/${deliveryId}/replay`}>
                    <button type="submit" class="button button-small">
                      Replay
                    </button>
                  </WriteForm>
                ) : null,
            },
          ]}
        />
      )}
      <Pager previous={previous} next={next} />
    </section>
  )
}

/** One endpoint with its delivery log. */
export const WebhookPage = ({
  endpoint,
  deliveries,
  next,
  previous,
  done,
  secret,
}: {
  endpoint: WebhookEndpoint
  deliveries: readonly Delivery[]
  next: string | null
  previous: string | null
  done: string | undefined
  /** Only in the answer to who made or rotated it. */
  secret?: string | undefined
}) => {
  const because = disabledBecause(endpoint)
  return (
    <Layout title="Webhook" section="/operator/webhooks">
      <div class="stack">
        <div class="page-head">
          <div>
            <h1 class="clip-text">{new URL(endpoint.url).host}</h1>
            <p>
              <a href="/operator/webhooks">All endpoints</a>
            </p>
          </div>
        </div>
        {secret !== undefined && <SecretNotice secret={secret} />}
        {done !== undefined && <Notice tone="good">{done}</Notice>}
        {because !== undefined && (
          <Notice tone={endpoint.disabled_reason === 'by_hand' ? 'info' : 'bad'} title={because}>
            Events that happen meanwhile are not queued for it: replay the period once it is enabled.
          </Notice>
        )}
        <Endpoint endpoint={endpoint} />
        <Deliveries
          id={endpoint.id}
          deliveries={deliveries}
          next={next}
          previous={previous}
          enabled={endpoint.enabled}
        />
        {endpoint.enabled && <ReplayForm id={endpoint.id} />}
        <details>
          <summary>Delete this endpoint</summary>
          <p class="small muted">Its delivery log goes with it. Events stay in the event log.</p>
          <Write id={endpoint.id} what="delete" label="Delete for good" />
        </details>
      </div>
    </Layout>
  )
}
