/** The connection in every state, as the portal shows it and as a person gets out of it. */
import { sql } from 'kysely'
import type { Browser } from 'playwright-core'
import {
  accessibilityProblems,
  aVisitor,
  describeInBrowser,
  launchBrowser,
  type Visitor,
} from './support/browser.ts'
import { connectAsAPerson, type Portal, startPortal, syncedCard } from './support/portal.ts'

describeInBrowser('states of the connection', () => {
  let portal: Portal
  let browser: Browser
  let visitor: Visitor

  const card = () => visitor.page.locator('#connection-card')
  const put = (change: Record<string, unknown>) =>
    portal.db
      .updateTable('connections')
      .set({
        state: 'active',
        problem_code: null,
        problem_at: null,
        delayed_until: null,
        delayed_code: null,
        // Far away: nothing but the test moves this connection.
        next_sync_at: sql<Date>`now() + interval '1 hour'`,
        ...change,
      })
      .execute()

  beforeAll(async () => {
    portal = await startPortal({ invoices: 40 })
    browser = await launchBrowser()
    visitor = await aVisitor(browser)
    await visitor.page.goto(await portal.handOver())
    await connectAsAPerson(visitor.page)
  })
  afterAll(async () => {
    await browser?.close()
    await portal?.close()
  })

  it.each([
    {
      state: 'Delayed',
      change: { delayed_until: sql<Date>`now() + interval '14 hours'`, delayed_code: 'zoho_day_limit' },
      says: 'Zoho’s limit for today is reached',
    },
    {
      state: 'Error',
      change: { state: 'error', problem_code: 'zoho_organization_gone', problem_at: sql<Date>`now()` },
      says: 'no longer available to this Zoho user',
    },
    {
      state: 'Reconnect needed',
      change: { state: 'reconnect_required', problem_code: 'reconnect_required', next_sync_at: null },
      says: 'Zoho no longer accepts our access',
    },
    { state: 'Paused', change: { state: 'paused', next_sync_at: null }, says: 'The connection is paused' },
  ])('$state: says so in one sentence, on the card and above the list', async ({ state, change, says }) => {
    const { page } = visitor
    await put(change)
    await page.goto(`${portal.url}/integrations`)
    await card().getByText(state, { exact: true }).waitFor()
    await card().getByText(says).waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await page.goto(`${portal.url}/bulk-import`)
    await page.getByText(says).waitFor()
    await page.locator('tbody tr').first().waitFor()
  })

  it('a permission taken back at Zoho turns the card, live; Reconnect mends it', async () => {
    const { page } = visitor
    await put({})
    const synced = await portal.db
      .selectFrom('connections')
      .select('last_synced_at')
      .executeTakeFirstOrThrow()
    portal.simulator.control.revoke()
    await portal.db.updateTable('oauth_tokens').set({ access_token_expires_at: sql<Date>`now()` }).execute()
    await page.goto(`${portal.url}/integrations`)
    await page.getByRole('button', { name: 'Sync now' }).click()
    await card().getByText('Reconnect needed').waitFor({ timeout: 30_000 })
    await card().getByRole('link', { name: 'Reconnect' }).click()
    await page.getByRole('button', { name: 'Accept' }).click()
    await syncedCard(page)
    const after = await portal.db
      .selectFrom('connections')
      .select(['last_synced_at', 'state'])
      .where('state', '<>', 'disconnected')
      .executeTakeFirstOrThrow()
    expect(after.state).toBe('active')
    expect(Number(after.last_synced_at)).toBeGreaterThanOrEqual(Number(synced.last_synced_at))
  })

  it('an invoice that was paid a moment ago becomes no case, and the result says why', async () => {
    const { page } = visitor
    await page.goto(`${portal.url}/bulk-import?eligibility=eligible`)
    const box = page.locator('input[name="ids"][type="checkbox"]:not(:disabled)').first()
    const invoiceId = await box.getAttribute('value')
    await box.check()
    await page.getByRole('button', { name: 'Create Cases' }).click()
    await page.getByLabel('I confirm that').check()
    portal.simulator.control.pay(invoiceId ?? '')
    // The proof of the last list is too old by now.
    await portal.db
      .updateTable('connections')
      .set({ proven_at: sql<Date>`now() - interval '1 hour'` })
      .execute()
    await portal.db
      .updateTable('staged_invoices')
      .set({ proven_at: sql<Date>`now() - interval '1 hour'` })
      .execute()
    await page.getByRole('button', { name: 'Create 1 Case' }).click()
    await page.getByRole('heading', { name: 'No case was created' }).waitFor({ timeout: 30_000 })
    await page.locator('tbody').getByText('The invoice is paid in Zoho Books.').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
  })

  it('what failed can be tried again; that is an order of its own', async () => {
    const { page } = visitor
    const staged = await portal.db
      .selectFrom('staged_invoices')
      .selectAll()
      .where('state', '=', 'open')
      .where('eligible_from', '<=', sql<string>`current_date`)
      .executeTakeFirstOrThrow()
    const { id } = await portal.db
      .insertInto('case_commands')
      .values({
        client_id: staged.client_id,
        connection_id: staged.connection_id,
        request_hash: 'hash',
        requested_by: 'dana',
        confirm_undisputed: true,
        selection: '{}',
        state: 'completed',
        total: 1,
        failed: 1,
        completed_at: sql<Date>`now()`,
        next_attempt_at: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await portal.db
      .insertInto('case_command_items')
      .values({
        command_id: id,
        ordinal: 1,
        client_id: staged.client_id,
        zoho_organization_id: staged.zoho_organization_id,
        zoho_invoice_id: staged.zoho_invoice_id,
        outcome: 'failed',
        reasons: JSON.stringify([
          { code: 'zoho_unavailable', message: 'Zoho Books is not answering properly.' },
        ]),
        decided_at: sql<Date>`now()`,
      })
      .execute()
    await page.goto(`${portal.url}/bulk-import/commands/${id}`)
    await page.locator('tbody').getByText('Zoho Books is not answering properly.').waitFor()
    await page.getByRole('button', { name: 'Try the failed ones again' }).click()
    await page.getByRole('heading', { name: '1 case was created' }).waitFor({ timeout: 30_000 })
    expect(page.url()).not.toContain(id)
  })

  it('another organization is chosen; the list becomes that organization’s', async () => {
    const { page } = visitor
    const second = portal.simulator.control.addOrganization({ name: 'Zweite GmbH', invoices: 5 })
    await page.goto(`${portal.url}/integrations`)
    await page.getByRole('link', { name: 'Change organization' }).click()
    expect(await accessibilityProblems(page)).toEqual([])
    await page.getByLabel('Zweite GmbH').check()
    await page.getByRole('button', { name: 'Use this organization' }).click()
    await page.getByText('The organization was changed.').waitFor()
    await syncedCard(page)
    const live = await portal.db
      .selectFrom('connections')
      .select('zoho_organization_id')
      .where('state', '=', 'active')
      .executeTakeFirstOrThrow()
    expect(live.zoho_organization_id).toBe(second)
  })

  it('speaks the numbers and dates of the reader’s language', async () => {
    const german = await aVisitor(browser, { locale: 'de-DE' })
    await german.page.goto(await portal.handOver({ next: '/bulk-import?currency=EUR&eligibility=all' }))
    await expect(german.page.locator('td.num').first().textContent()).resolves.toMatch(/^[\d.]+,\d\d\s€$/)
    await expect(german.page.locator('td time').first().textContent()).resolves.toMatch(
      /^\d{2}\.\d{2}\.\d{4}$/,
    )
    await german.context.close()
  })

  it('the browser had nothing to complain about', () => {
    expect(visitor.complaints).toEqual([])
  })
})
