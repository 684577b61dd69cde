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

it('measures requests by the pattern of their route', async () => {
  await portal.app.inject('/api/nowhere/42?secret=x')
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
