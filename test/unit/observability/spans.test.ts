/** What spans say of failures: codes, and nothing that a message, a URL or a statement could quote. */
import { SpanKind, trace } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node'
import nock from 'nock'
import { statementName } from '../../../db/core/statement-name.ts'
import { startTracing } from '../../../scripts/support/start-tracing.ts'
import { AppError } from '../../../src/errors.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { inChildSpan, inSpan, traceIdField, traceparent } from '../../../src/observability/spans/in-span.ts'
import { statementSpans } from '../../../src/observability/spans/statement-spans.ts'
import { zohoSpans } from '../../../src/observability/spans/zoho-spans.ts'
import { createZohoClient } from '../../../src/zoho/create-client.ts'
import { testConfig } from '../../support/context.ts'

const log = createLogger({ level: 'silent' })
const job = { kind: SpanKind.CONSUMER, attributes: {} }

/** The spans that `work` leaves behind. */
const recorded = async (work: () => Promise<unknown>): Promise<ReadableSpan[]> => {
  const kept: ReadableSpan[] = []
  const tracing = startTracing({
    endpoint: 'http://nowhere.test',
    log,
    exporter: {
      export: (spans, done) => {
        kept.push(...spans)
        done({ code: 0 })
      },
      shutdown: async () => {},
    },
  })
  await work().catch(() => undefined)
  await tracing.close()
  return kept
}

it('does nothing while off', async () => {
  await inSpan('job', job, async (span) => {
    expect(span.isRecording()).toBe(false)
    expect(trace.getActiveSpan()).toBeUndefined()
    expect(traceparent()).toBeUndefined()
    expect(traceIdField()).toEqual({})
  })
})

it('names a failure by its code and never repeats its words', async () => {
  const spans = await recorded(() =>
    inSpan('job', job, async () => {
      statementSpans({ operation: 'insert', table: 'cases', ms: 3, failedWith: '23505' })
      throw new AppError('zoho_unavailable', { cause: new Error('https://zoho.test/?token=secret') })
    }),
  )
  expect(spans.map(({ name, attributes, status, events }) => ({ name, attributes, status, events }))).toEqual(
    [
      {
        name: 'insert cases',
        attributes: {
          'db.system.name': 'postgresql',
          'db.operation.name': 'insert',
          'db.collection.name': 'cases',
          'error.type': '23505',
        },
        status: { code: 2 },
        events: [],
      },
      { name: 'job', attributes: { 'error.type': 'zoho_unavailable' }, status: { code: 2 }, events: [] },
    ],
  )
})

it('records statements and messages only as part of something', async () => {
  const spans = await recorded(async () => {
    statementSpans({ operation: 'select', table: 'connections', ms: 1 })
    await inChildSpan('publish', job, async () => expect(traceparent()).toBeUndefined())
  })
  expect(spans).toEqual([])
})

it('shows endpoint, data centre, status and code of a refused request, not its ids or tokens', async () => {
  nock('https://www.zohoapis.eu')
    .get('/books/v3/invoices/4600000001')
    .query(true)
    .reply(429, { code: 45, message: 'too many for jane@example.com' })
  nock('https://accounts.zoho.eu').post('/oauth/v2/token').reply(200, { error: 'invalid_code' })
  nock('https://accounts.zoho.eu')
    .post('/oauth/v2/token/revoke')
    .query(true)
    .reply(200, { status: 'success' })
  const spans = await recorded(async () => {
    const zoho = createZohoClient({ zoho: testConfig().zoho, log, observe: zohoSpans })
    const dataCenter = zoho.dataCenter('eu')
    const call = { dataCenter, accessToken: '1000.aa.bb', organizationId: '912345678' }
    await zoho.getInvoice({ ...call, invoiceId: '4600000001' }).catch(() => undefined)
    await zoho.refresh({ dataCenter, refreshToken: '1000.cc.dd' })
    await zoho.revoke({ dataCenter, refreshToken: '1000.cc.dd' })
  })
  expect(spans.map(({ name, attributes, status }) => [name, attributes, status.code])).toEqual([
    [
      'zoho /invoices/:id',
      {
        'http.request.method': 'GET',
        'zoho.endpoint': '/invoices/:id',
        'zoho.data_center': 'eu',
        'http.response.status_code': 429,
        'error.type': 'zoho_day_limit',
      },
      2,
    ],
    [
      'zoho /oauth/v2/token',
      expect.objectContaining({ 'http.response.status_code': 200, 'error.type': 'invalid_code' }),
      2,
    ],
    ['zoho /oauth/v2/token/revoke', expect.objectContaining({ 'http.response.status_code': 200 }), 0],
  ])
})

it.each([
  ['select "id" from "connections" where "id" = $1', 'select connections'],
  ["insert into public.cases (a) values ('x') on conflict do update set a = excluded.a", 'insert cases'],
  ['select extract(epoch from next_sync_at) from connections c for update of c', 'select connections'],
  [
    '/* prepared */ with due as (select id from a) update only sync_runs set x = 1 from due',
    'update sync_runs',
  ],
  ['-- delete from b\nwith due as materialized (select 1) select * from due join a on true', 'select'],
  ["select 'x from people' from unnest($1::text[]) as t", 'select'],
  ['delete from "sync_pages"', 'delete sync_pages'],
  ['begin', 'begin'],
])('names %j', (sql, expected) => {
  const { operation, table } = statementName(sql)
  expect([operation, table].filter(Boolean).join(' ')).toBe(expected)
})
