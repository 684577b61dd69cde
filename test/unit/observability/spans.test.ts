/** What spans say of failures: codes, and nothing that a message, a URL or a statement could quote. */
import { SpanKind, trace } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node'
import { type Compilable, type CompiledQuery, Kysely, sql } from 'kysely'
import pg from 'pg'
import { postgresDialect } from '../../../db/core/driver.ts'
import type { Database } from '../../../db/core/schema.ts'
import { named, prepared, statementName } from '../../../db/core/statement-name.ts'
import { startTracing } from '../../../scripts/support/start-tracing.ts'
import { AppError } from '../../../src/errors.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { inChildSpan, inSpan, traceIdField, traceparent } from '../../../src/observability/spans/in-span.ts'
import { statementSpans } from '../../../src/observability/spans/statement-spans.ts'
import { zohoSpans } from '../../../src/observability/spans/zoho-spans.ts'
import { createZohoClient } from '../../../src/zoho/create-client.ts'
import { testConfig } from '../../support/context.ts'
import nock from '../../support/nock.ts'

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

const nameOf = (query: CompiledQuery) => {
  const { operation, table } = statementName(query)
  return [operation, table].filter(Boolean).join(' ')
}

const db = new Kysely<Database>({ dialect: postgresDialect(new pg.Pool()) })

it.each<[Pick<Compilable, 'compile'>, string]>([
  [db.selectFrom('connections as c').select('c.id'), 'select connections'],
  [db.selectFrom(db.selectFrom('portal_invoices').selectAll().as('i')).selectAll(), 'select portal_invoices'],
  [db.insertInto('clients').values({ id: 'a', name: 'A' }), 'insert clients'],
  [db.updateTable('sync_runs').set({ attempts: 1 }), 'update sync_runs'],
  [db.deleteFrom('sync_pages'), 'delete sync_pages'],
])('names what the query builder made: %#', (query, expected) => {
  expect(nameOf(query.compile())).toBe(expected)
})

it.each([
  [
    sql`${prepared('insert staged_invoices')} with due as (select 1) insert into cases`,
    'insert staged_invoices',
  ],
  [sql`${named('select oauth_tokens')}\n    select 1 from clients`, 'select oauth_tokens'],
  [sql`\n  update ${sql.table('connections')} set x = 1`, 'update connections'],
  [sql`insert into cases (a) values ('x') on conflict do update set a = excluded.a`, 'insert cases'],
  [sql`delete from sync_pages`, 'delete sync_pages'],
  [sql`select 'x from people'`, 'select'],
  [sql`begin`, 'begin'],
])('names SQL by its tag or its first words: %#', (query, expected) => {
  expect(nameOf(query.compile(db))).toBe(expected)
})
