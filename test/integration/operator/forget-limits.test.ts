/** One odd header does not stop an organization for long, an operator sees it, and can end the wait at once. */
import type { Ctx } from '../../../src/context.ts'
import { aCommandRow } from '../../support/command-rows.ts'
import { simulatedContext, simulatorForContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { attempt, connectTo, openOf, reload } from '../sync/support.ts'
import { type OperatorPortal, signIn, startOperatorPortal } from './operator-fixture.ts'

let simulator: Simulator
let portal: OperatorPortal

beforeAll(async () => {
  simulator = await startSimulator({ invoices: 0, switches: { throttleTokens: false } })
})
beforeEach(async () => {
  portal = await startOperatorPortal('postgres', 0, { simulator: simulatorForContext(simulator) })
})
afterEach(async () => {
  simulator.control.clearRules()
  await portal.close()
})
afterAll(() => simulator.close())

/** A connection whose organization answers every request with these headers, after one attempt to sync it. */
const stoppedBy = async (headers: Record<string, string>, { code = 44, ctx = portal.ctx as Ctx } = {}) => {
  const organizationId = simulator.control.addOrganization({ invoices: 3 })
  const { id } = await connectTo(portal.ctx, simulator, organizationId)
  simulator.control.fail({
    match: { query: { organization_id: organizationId } },
    times: 0,
    action: { status: 429, headers, body: { code, message: 'too many' } },
  })
  await attempt(ctx, id)
  return { id, organizationId }
}

const budgetOf = (organizationId: string) =>
  portal.database.db
    .selectFrom('organization_budgets')
    .selectAll()
    .where('zoho_organization_id', '=', organizationId)
    .executeTakeFirstOrThrow()

const hour = 3_600_000
const fromNow = (time: Date | null) => (time?.getTime() ?? Number.POSITIVE_INFINITY) - Date.now()

it.each([
  ['seconds', '999999999'],
  ['a date of another century', 'Wed, 01 Jan 2098 00:00:00 GMT'],
])(
  'Retry-After in %s delays by an hour at most, and the page says what was received',
  async (_form, value) => {
    const { id, organizationId } = await stoppedBy({ 'Retry-After': value })
    expect(fromNow((await budgetOf(organizationId)).blocked_until)).toBeLessThan(hour + 5_000)
    expect(fromNow((await reload(portal.database.db, id)).next_sync_at)).toBeLessThan(hour + 5_000)
    const { body } = await portal.get(`/operator/connections/${id}`)
    expect(body).toContain(`retry-after: ${value}`)
    expect(body).toContain('Forget limits')
  },
)

it('a day that ends as an epoch says ends in 24 hours at most, and the page says what was received', async () => {
  const headers = {
    'X-Rate-Limit-Limit': '999999999999',
    'X-Rate-Limit-Remaining': '0',
    'X-Rate-Limit-Reset': '1893456000',
  }
  const { id, organizationId } = await stoppedBy(headers, { code: 45 })
  const budget = await budgetOf(organizationId)
  expect(fromNow(budget.blocked_until)).toBeLessThan(24 * hour + 5_000)
  expect(fromNow(budget.day_resets_at)).toBeLessThan(24 * hour + 5_000)
  const { body } = await portal.get(`/operator/connections/${id}`)
  expect(body).toContain('x-rate-limit-reset: 1893456000')
})

it('an odd header on an answer that is a success is kept too, and breaks nothing', async () => {
  const organizationId = simulator.control.addOrganization({ invoices: 3 })
  const { id } = await connectTo(portal.ctx, simulator, organizationId)
  const odd = { 'X-Rate-Limit-Limit': '99999999999', 'X-Rate-Limit-Remaining': '9'.repeat(12) }
  const answer = await fetch(`${simulator.url}/books/v3/invoices?organization_id=${organizationId}`, {
    headers: { authorization: `Zoho-oauthtoken ${simulator.control.grant().accessToken}` },
  })
  simulator.control.fail({
    match: { query: { organization_id: organizationId } },
    times: 0,
    action: { status: 200, headers: odd, body: await answer.text() },
  })
  expect(await attempt(portal.ctx, id)).toBeNull()
  expect(await budgetOf(organizationId)).toMatchObject({
    day_limit: 1_000_000_000,
    limit_headers: 'x-rate-limit-limit: 99999999999, x-rate-limit-remaining: 999999999999',
  })
})

it('markup in a header is shown as text, and cut', async () => {
  const { id, organizationId } = await stoppedBy({
    'Retry-After': `<script>alert(1)</script>${'x'.repeat(5_000)}`,
  })
  expect((await budgetOf(organizationId)).limit_headers?.length).toBeLessThan(100)
  const { body } = await portal.get(`/operator/connections/${id}`)
  expect(body).toContain('&lt;script>alert(1)')
  expect(body).not.toContain('<script>alert(1)')
})

it('forgetting the limits frees the organization at once, with all that waited for it, and is audited', async () => {
  const { id, organizationId } = await stoppedBy({ 'Retry-After': '999999999' })
  const other = await connectTo(portal.ctx, simulator, organizationId)
  await attempt(portal.ctx, other.id)
  const commandId = await aCommandRow(portal.database.db, id, {
    errorCode: 'zoho_minute_limit',
    nextAttemptAt: new Date(Date.now() + hour),
  })
  expect((await reload(portal.database.db, other.id)).delayed_code).toBe('zoho_minute_limit')
  simulator.control.clearRules()

  const page = `/operator/connections/${id}`
  const answer = await portal.submit(page, `${page}/forget-limits`)
  expect(answer.statusCode).toBe(303)
  expect((await portal.get(String(answer.headers.location))).body).toContain('is forgotten')
  for (const connectionId of [id, other.id]) {
    const row = await reload(portal.database.db, connectionId)
    expect(row).toMatchObject({ delayed_until: null, delayed_code: null })
    expect(fromNow(row.next_sync_at)).toBeLessThanOrEqual(1_000)
    expect(await attempt(portal.ctx, connectionId)).toBeNull()
    expect(await openOf(portal.database.db, connectionId)).toHaveLength(3)
  }
  const command = await portal.database.db
    .selectFrom('case_commands')
    .select('next_attempt_at')
    .where('id', '=', commandId)
    .executeTakeFirstOrThrow()
  expect(fromNow(command.next_attempt_at)).toBeLessThanOrEqual(1_000)
  expect(await portal.audited()).toContainEqual({
    action: 'connection.limits_forgotten',
    actor: 'operator-1',
    subjectId: id,
    details: expect.objectContaining({
      organizationId,
      code: 'zoho_minute_limit',
      limitHeaders: 'retry-after: 999999999',
    }),
  })
})

it('what waits for something else goes on waiting', async () => {
  const { id, organizationId } = await stoppedBy({ 'Retry-After': '600' })
  const elsewhere = await stoppedBy({ 'Retry-After': '600' })
  const throttled = await connectTo(portal.ctx, simulator, organizationId, {
    nextSyncAt: new Date(Date.now() + hour),
  })
  await portal.database.db
    .updateTable('connections')
    .set({ delayed_code: 'zoho_token_throttled', delayed_until: new Date(Date.now() + hour) })
    .where('id', '=', throttled.id)
    .execute()
  const page = `/operator/connections/${id}`
  await portal.submit(page, `${page}/forget-limits`)
  expect(fromNow((await reload(portal.database.db, elsewhere.id)).next_sync_at)).toBeGreaterThan(500_000)
  expect(fromNow((await reload(portal.database.db, throttled.id)).next_sync_at)).toBeGreaterThan(500_000)
})

it('is for operators only, and not for a connection that is gone', async () => {
  const { id } = await stoppedBy({ 'Retry-After': '600' })
  const cookie = await signIn(portal.app, 'client', 'acme')
  const url = `/operator/connections/${id}/forget-limits`
  const foreign = await portal.app.inject({
    method: 'POST',
    url,
    headers: { cookie, 'sec-fetch-site': 'same-origin' },
  })
  expect(foreign.statusCode).toBe(403)
  await portal.database.db
    .updateTable('connections')
    .set({ state: 'disconnected', disconnected_at: new Date() })
    .where('id', '=', id)
    .execute()
  expect((await portal.submit('/operator', url)).statusCode).toBe(404)
})

it('a wait that Zoho names is counted by the clock of the database, not by that of a worker that is ahead', async () => {
  const ahead = simulatedContext(portal.database.db, simulator, {
    config: portal.ctx.config,
    clock: { now: () => new Date(Date.now() + 2 * hour) },
  })
  const { id, organizationId } = await stoppedBy({ 'Retry-After': '600' }, { ctx: ahead })
  for (const until of [
    (await budgetOf(organizationId)).blocked_until,
    (await reload(portal.database.db, id)).next_sync_at,
  ]) {
    expect(fromNow(until)).toBeGreaterThan(500_000)
    expect(fromNow(until)).toBeLessThan(700_000)
  }
})
