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
import { webhookPage as words } from './words.tsx'

const deliveryStates: Readonly<Record<DeliveryState, readonly [Tone, string]>> = {
  pending: ['busy', words.waiting],
  delivered: ['good', words.delivered],
  failed: ['bad', words.givenUp],
}

const attemptErrors: Readonly<Record<string, string>> = {
  address_refused: words.addressRefusedNotPublic,
  timeout: words.noAnswerWithin10Seconds,
  connection_failed: words.couldNotConnect,
  redirect: words.redirectWhichIsNotFollowed,
  status: words.notAStatusOfSuccess,
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
      <h2 id="endpoint">{words.endpoint}</h2>
      <EndpointPill endpoint={endpoint} />
    </div>
    <div class="card-body stack">
      <FieldList
        fields={[
          { label: words.address, value: <span class="clip-text">{endpoint.url}</span> },
          { label: words.description, value: endpoint.description },
          { label: words.gets, value: filterText(endpoint) },
          { label: words.failingSince, value: <RelativeTime at={endpoint.failing_since} /> },
          { label: words.oldSecretSignsUntil, value: <RelativeTime at={endpoint.previous_secret_until} /> },
          { label: words.added, value: <RelativeTime at={endpoint.created_at} /> },
          { label: words.addedBy, value: endpoint.created_by },
        ]}
      />
      <div class="actions">
        {endpoint.enabled && <Write id={endpoint.id} what="test" label={words.sendATest} />}
        <Write id={endpoint.id} what="rotate" label={words.rotateTheSecret} />
        {endpoint.enabled ? (
          <>
            <Write id={endpoint.id} what="enable" label={words.deliverNowWhatWaits} />
            <Write id={endpoint.id} what="disable" label={words.disable} />
          </>
        ) : (
          <Write id={endpoint.id} what="enable" label={words.enable} primary />
        )}
      </div>
    </div>
  </section>
)

const ReplayForm = ({ id }: { id: string }) => (
  <section class="card" aria-labelledby="replay">
    <div class="card-title">
      <h2 id="replay">{words.replayAPeriod}</h2>
    </div>
    <div class="card-body">
      <WriteForm action={`/operator/webhooks/${id}/replay`} class="filters filters-find">
        <div class="field">
          <label for="f-from">{words.fromUtc}</label>
          <input id="f-from" type="datetime-local" name="from" required />
        </div>
        <div class="field">
          <label for="f-to">{words.toUtc}</label>
          <input id="f-to" type="datetime-local" name="to" required />
        </div>
        <button type="submit" class="button">
          {words.deliverAgain}
        </button>
      </WriteForm>
    </div>
  </section>
)

const LastAttempt = ({ delivery: { history } }: { delivery: Delivery }) => {
  const format = useFormat()
  const last = history.at(-1)
  if (!last) return <Nothing text={words.noneYet} />
  return (
    <>
      {last.error === null ? words.taken : (attemptErrors[last.error] ?? last.error)}
      {last.status !== null && `, ${last.status}`}
      <span class="sub">
        <RelativeTime at={last.at} />
        {words.ms(format.count(last.ms))}
      </span>
      {last.answer !== '' && (
        <details>
          <summary>{words.answer}</summary>
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
        <h2 id="deliveries">{words.deliveries}</h2>
      </div>
      {deliveries.length === 0 ? (
        <EmptyState icon="inbox" title={words.noDeliveryYet}>
          {words.eventsThatHappenFromNow}
        </EmptyState>
      ) : (
        <DataTable
          caption={words.deliveries}
          rows={deliveries}
          rowKey={(delivery) => delivery.id}
          columns={[
            {
              key: 'event',
              title: words.event,
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
              title: words.state,
              cell: ({ state, next_attempt_at }) => (
                <>
                  <Pill tone={deliveryStates[state][0]}>{deliveryStates[state][1]}</Pill>
                  {state === 'pending' && (
                    <span class="sub">
                      {words.next}
                      <RelativeTime at={next_attempt_at} />
                    </span>
                  )}
                </>
              ),
            },
            {
              key: 'attempts',
              title: words.attempts,
              label: words.attemptsLabel,
              cell: ({ history }) => format.count(history.length),
            },
            {
              key: 'last',
              title: words.lastAttempt,
              class: 'wide',
              cell: (delivery) => <LastAttempt delivery={delivery} />,
            },
            {
              key: 'replay',
              title: <span class="visually-hidden">{words.replay}</span>,
              cell: ({ id: deliveryId, event, state }) =>
                enabled && event !== null && state !== 'pending' ? (
                  <WriteForm action={`/operator/webhooks/${id}/deliveries/${deliveryId}/replay`}>
                    <button type="submit" class="button button-small">
                      {words.replay}
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
    <Layout title={words.webhook} section="/operator/webhooks">
      <div class="stack">
        <div class="page-head">
          <div>
            <h1 class="clip-text">{new URL(endpoint.url).host}</h1>
            <p>
              <a href="/operator/webhooks">{words.allEndpoints}</a>
            </p>
          </div>
        </div>
        {secret !== undefined && <SecretNotice secret={secret} />}
        {done !== undefined && <Notice tone="good">{done}</Notice>}
        {because !== undefined && (
          <Notice tone={endpoint.disabled_reason === 'by_hand' ? 'info' : 'bad'} title={because}>
            {words.eventsThatHappenMeanwhileAre}
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
          <summary>{words.deleteThisEndpoint}</summary>
          <p class="small muted">{words.itsDeliveryLogGoesWith}</p>
          <Write id={endpoint.id} what="delete" label={words.deleteForGood} />
        </details>
      </div>
    </Layout>
  )
}
