/** The connection in every state, as the portal shows it and as a person gets out of it. */
import { sql } from 'kysely'
import type { Browser, Page } from 'playwright-core'
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

  /** The last list is too old to prove anything. */
  const forgetProofs = async () => {
    for (const table of ['connections', 'staged_invoices'] as const)
      await portal.db.updateTable(table).set({ proven_at: sql<Date>`now() - interval '1 hour'` }).execute()
  }

  /** The order has waited for hours, and is looked at again. */
  const loseProgress = async (id: string) => {
    const { db } = portal
    await sql`
      update case_command_items set decided_at = decided_at - interval '2 hours' where command_id = ${id}`.execute(
      db,
    )
    await sql`
      update case_commands set created_at = created_at - interval '2 hours', next_attempt_at = now(), enqueued_at = null
      where id = ${id}`.execute(db)
  }

  /** From the list to the review, with one invoice ticked. */
  const review = async (invoiceNumber: string) => {
    const { page } = visitor
    await page.goto(`${portal.url}/bulk-import?q=${invoiceNumber}`)
    await page.getByLabel(`Select invoice ${invoiceNumber}`).check()
    await page.getByRole('button', { name: 'Create Cases' }).click()
    await page.getByRole('heading', { name: 'Review and create cases' }).waitFor()
  }

  const orderOn = (page: Page) => new URL(page.url()).pathname.split('/').at(-1)

  beforeAll(async () => {
    portal = await startPortal({ invoices: 40 })
    const { control } = portal.simulator
    control.startPayment(control.addInvoice({ invoice_number: 'HELD-1' }), 100)
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
    await forgetProofs()
    await page.getByRole('button', { name: 'Create 1 Case' }).click()
    await page.getByRole('heading', { name: 'No case was created' }).waitFor({ timeout: 30_000 })
    await page.locator('tbody').getByText('The invoice is paid in Zoho Books.').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
  })

  it('a payment on its way holds an invoice back: the review asks, the result says so', async () => {
    const { page } = visitor
    await review('HELD-1')
    await page.getByRole('group', { name: 'A payment is on its way' }).getByText('HELD-1').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await page.getByLabel('I confirm that').check()
    await page.getByRole('button', { name: 'Create Cases', exact: true }).click()
    await page.getByRole('heading', { name: 'No case was created' }).waitFor()
    const result = page.locator('tbody tr', { hasText: 'HELD-1' })
    await result.getByText('Not eligible').waitFor()
    await result.getByText('A payment is under way.').waitFor()
  })

  it('ticked in the review, it becomes a case all the same, and the case remembers the payment', async () => {
    const { page } = visitor
    await review('HELD-1')
    await page.getByLabel('HELD-1').check()
    await page.getByLabel('I confirm that').check()
    await page.getByRole('button', { name: 'Create 1 Case' }).click()
    await page.getByRole('heading', { name: '1 case was created' }).waitFor()
    await page.locator('tbody a[href^="/cases/"]').click()
    await page.getByText('HELD-1').first().waitFor()
    await page
      .getByRole('region', { name: 'Known when the case was created' })
      .getByText('A payment is under way.')
      .waitFor()
  })

  it('Zoho is down for the proof of some: they wait, fail as not proven in the end, and Retry creates their cases', async () => {
    const { page } = visitor
    const { control } = portal.simulator
    await page.goto(`${portal.url}/bulk-import?eligibility=eligible&currency=EUR`)
    const boxes = page.locator('input[name="ids"][type="checkbox"]:not(:disabled)')
    const [, ...down] = await Promise.all([0, 1, 2].map((n) => boxes.nth(n).getAttribute('value')))
    for (const n of [0, 1, 2]) await boxes.nth(n).check()
    await page.getByRole('button', { name: 'Create Cases' }).click()
    await page.getByLabel('I confirm that').check()
    await forgetProofs()
    const outage = control.fail({
      match: { path: `/invoices/(${down.join('|')})$` },
      times: 0,
      action: 'html502',
    })
    await page.getByRole('button', { name: 'Create 3 Cases' }).click()
    await page.getByText('Zoho Books is not answering properly. We try again by ourselves.').waitFor()
    await loseProgress(orderOn(page) ?? '')
    await page.getByRole('heading', { name: '1 case was created' }).waitFor()
    await page.getByText('2 invoices could not be handled.').waitFor()
    const failed = page.locator('tbody tr', { hasText: 'Failed' })
    await expect(
      failed.getByText('Zoho Books could not be asked whether this invoice is still unpaid.').count(),
    ).resolves.toBe(2)
    await expect(page.getByText('We try again by ourselves').count()).resolves.toBe(0)
    const csv = await page.request.get(`${portal.url}/api/case-commands/${orderOn(page)}/result.csv`)
    expect((await csv.text()).match(/,failed,.*not_proven: /g)).toHaveLength(2)
    expect(await accessibilityProblems(page)).toEqual([])

    const first = page.url()
    control.removeRule(outage)
    await page.getByRole('button', { name: 'Try the failed ones again' }).click()
    await page.getByRole('heading', { name: '2 cases were created' }).waitFor()
    // An order of its own: what the first one reported stays as it was.
    expect(page.url()).not.toBe(first)
    await page.goto(first)
    await page.getByRole('heading', { name: '1 case was created' }).waitFor()
  })

  it('an open list learns of a finished sync: nothing moves, the page was fetched once, new rows wait behind Refresh', async () => {
    const { page, context } = await aVisitor(browser)
    const fetched: string[] = []
    page.on('request', (request) => {
      // Totals that the database could not count in time are asked for apart, and are no page.
      const { pathname } = new URL(request.url())
      if (pathname.startsWith('/bulk-import') && pathname !== '/bulk-import/summary')
        fetched.push(request.url())
    })
    await page.addInitScript(`
      window.shifted = 0
      new PerformanceObserver((list) => {
        for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.shifted += value
      }).observe({ type: 'layout-shift', buffered: true })`)
    await put({})
    await page.goto(await portal.handOver({ next: '/bulk-import?eligibility=all&sort=invoiceNumber' }))
    await page.locator('tr[data-row]').first().waitFor()
    // A stream that begins later has told its state, so the page's own has too.
    await page.evaluate(`new Promise((done) => {
      const other = new EventSource('/api/events')
      other.addEventListener('connection', () => { other.close(); setTimeout(done) })
    })`)
    expect(fetched).toHaveLength(1)
    const rows = await page.locator('tr[data-row]').count()
    portal.simulator.control.addInvoice({
      invoice_number: 'AAA-NEW',
      total: '777.00',
      due_date: '2026-01-31',
      date: '2026-01-01',
    })
    const { page: other, context: otherContext } = await aVisitor(browser)
    await other.goto(await portal.handOver())
    await other.getByRole('button', { name: 'Sync now' }).click()
    const refresh = page.getByRole('button', { name: 'List changed – Refresh' })
    await refresh.waitFor({ timeout: 30_000 })
    await expect(page.locator('tr[data-row]').count()).resolves.toBe(rows)
    expect(await page.evaluate('window.shifted')).toBeLessThanOrEqual(0.01)
    expect(await accessibilityProblems(page)).toEqual([])
    await refresh.click()
    await page.getByRole('link', { name: 'AAA-NEW' }).waitFor()
    await Promise.all([context.close(), otherContext.close()])
  })

  it('a lost grant is said in the review, which then promises no case', async () => {
    const { page } = visitor
    await page.goto(`${portal.url}/bulk-import?eligibility=eligible`)
    await page.locator('input[name="ids"]:not(:disabled)').first().check()
    await put({ state: 'reconnect_required', problem_code: 'reconnect_required', next_sync_at: null })
    await page.getByRole('button', { name: 'Create Cases' }).click()
    await page.getByRole('alert').getByRole('link', { name: 'Reconnect' }).waitFor()
    await expect(page.getByRole('button', { name: /^Create \d+ Case/ }).count()).resolves.toBe(0)
    await put({})
  })

  it('another organization is chosen; the list becomes that organization’s', async () => {
    const { page } = visitor
    const second = portal.simulator.control.addOrganization({ name: 'Zweite GmbH', invoices: 5 })
    await page.goto(`${portal.url}/integrations`)
    await page.getByRole('link', { name: 'Change organization' }).click()
    expect(await accessibilityProblems(page)).toEqual([])
    await page.getByLabel('Zweite GmbH').check()
    const held = portal.simulator.control.fail({
      match: { path: '/books/v3/invoices$' },
      times: 0,
      action: { status: 429, body: { code: 1070, message: 'busy' } },
    })
    const letGo = () => portal.simulator.control.removeRule(held)
    await page.getByRole('button', { name: 'Use this organization' }).click()
    await page.getByText('The organization was changed.').waitFor()
    // Still being read: the list says so, and fills without being asked again.
    await page.goto(`${portal.url}/bulk-import`)
    await page.getByRole('heading', { name: 'Reading your invoices' }).waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    letGo()
    await page.getByText('5 unpaid invoices').waitFor()
    await page.locator('input[name="ids"]:not(:disabled)').first().check()
    await page.getByText('1 selected').waitFor()
    await page.goto(`${portal.url}/integrations`)
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
