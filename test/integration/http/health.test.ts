import { sql } from 'kysely'
import { createDatabase } from '../../../db/core/database.ts'
import { writeToDisk } from '../../../db/core/disk.ts'
import { buildApp } from '../../../src/portal/app.ts'
import { waitFor } from '../../support/wait-for.ts'
import { startPortal, type TestPortal } from './portal-fixture.ts'

let portal: TestPortal
beforeAll(async () => {
  portal = await startPortal()
})
afterAll(() => portal.close())

it('is alive', async () => {
  const answer = await portal.app.inject('/healthz')
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({ status: 'ok' })
})

it('is ready with a database, the right schema and a queue', async () => {
  const answer = await portal.app.inject('/readyz')
  expect(answer.json()).toMatchObject({
    status: 'ready',
    checks: { database: { ok: true }, schema: { ok: true }, queue: { ok: true } },
    lastSweepSecondsAgo: null,
  })
})

it('is not ready when the queue is gone, and says so by code', async () => {
  const broken = await startPortal({
    deps: {
      checkQueue: async () => {
        throw new Error('gone')
      },
    },
  })
  const answer = await broken.app.inject('/readyz')
  expect(answer.statusCode).toBe(503)
  expect(answer.json().checks.queue).toEqual({ ok: false, code: 'queue_unavailable' })
  await broken.close()
})

it('is not ready when the database has no room to write, though it can be read', async () => {
  const full = await startPortal()
  // What PostgreSQL says of a full disk, at the one place that makes it write.
  await sql`create function public.generate_series(integer, integer) returns setof integer language plpgsql as $$
    begin raise exception 'could not write block: No space left on device' using errcode = '53100'; end $$`.execute(
    full.ctx.db,
  )
  await sql
    .raw(`alter database ${full.database.name} set search_path = public, pg_catalog`)
    .execute(full.ctx.db)
  const ctx = { ...full.ctx, db: createDatabase({ url: full.database.url, poolSize: 2 }) }
  const app = await buildApp(ctx, { subscribe: () => () => {}, checkQueue: async () => {} })
  const answer = await app.inject('/readyz')
  expect(answer.statusCode).toBe(503)
  expect(answer.json().checks.database).toEqual({ ok: false, code: 'database_full' })
  await app.close()
  await ctx.db.destroy()
  await full.close()
})

it('readiness makes PostgreSQL write to its disk, and leaves nothing there', async () => {
  const written = async () => {
    await sql`select pg_stat_force_next_flush()`.execute(portal.ctx.db)
    const { rows } = await sql<{ temp_files: number }>`
      select temp_files from pg_stat_database where datname = current_database()`.execute(portal.ctx.db)
    return rows[0]?.temp_files ?? 0
  }
  const before = await written()
  await writeToDisk(portal.ctx.db)
  await waitFor('a file to be counted', async () => (await written()) > before)
  const { rows } = await sql<{ files: number }>`select count(*)::int as files from pg_ls_tmpdir()`.execute(
    portal.ctx.db,
  )
  expect(rows).toEqual([{ files: 0 }])
})

it('measures requests by the pattern of their route', async () => {
  for (const url of ['/healthz', '/api/nowhere/42?secret=x']) await portal.app.inject(url)
  const answer = await portal.app.inject('/metrics')
  expect(answer.headers['content-type']).toContain('text/plain')
  expect(answer.body).toContain('http_request_seconds_count{method="GET",route="/healthz",status="200"}')
  expect(answer.body).toContain('route="(unknown)",status="404"')
  expect(answer.body).not.toContain('nowhere')
})

it('shows the API document and the error codes', async () => {
  const document = (await portal.app.inject('/docs/json')).json()
  expect(document.openapi).toBe('3.1.0')
  expect(Object.keys(document.paths)).toContain('/session')
  const page = await portal.app.inject('/docs')
  expect(page.headers['content-type']).toContain('text/html')
  const errors = await portal.app.inject('/docs/errors')
  expect(errors.body).toContain('id="not_signed_in"')
})

it('in production the public port shows neither metrics nor the API document, unless that is asked for', async () => {
  const status = async (config: { production: boolean; apiDocs: boolean }, path: string) => {
    const own = await startPortal({ config })
    const { statusCode } = await own.app.inject(path)
    await own.close()
    return statusCode
  }
  const closed = { production: true, apiDocs: false }
  expect(await status(closed, '/metrics')).toBe(404)
  expect(await status(closed, '/docs')).toBe(404)
  expect(await status(closed, '/docs/json')).toBe(404)
  // Every problem refers to it.
  expect(await status(closed, '/docs/errors')).toBe(200)
  expect(await status(closed, '/healthz')).toBe(200)
  expect(await status({ ...closed, apiDocs: true }, '/docs/json')).toBe(200)
})
