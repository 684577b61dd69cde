/** What people must never get: another client's data, a script from an invoice, an order they did not give. */
import type { Browser } from 'playwright-core'
import { asPortalReader } from '../../../db/core/database.ts'
import {
  accessibilityProblems,
  aVisitor,
  describeInBrowser,
  launchBrowser,
  sidewaysScroll,
  type Visitor,
} from './support/browser.ts'
import { connectAsAPerson, type Portal, startPortal } from './support/portal.ts'

const attack = (name: string) =>
  `"><script>window.hacked=1</script><img src=x onerror="window.hacked=1">'${name}`

describeInBrowser('guarded pages', () => {
  let portal: Portal
  let browser: Browser
  let visitor: Visitor
  let invoiceId: string

  const script = (visited: Visitor, expression: string) => visited.page.evaluate(expression)

  beforeAll(async () => {
    portal = await startPortal({ invoices: 12 })
    browser = await launchBrowser()
    visitor = await aVisitor(browser)
    const { control } = portal.simulator
    const [creditor] = control.organizations()
    control.updateOrganization(creditor?.organizationId ?? '', { name: attack('organization') })
    invoiceId = control.addInvoice({
      invoice_number: attack('number').slice(0, 50),
      reference_number: attack('reference'),
      customer_name: attack('customer'),
      email: `${attack('mail')}@example.com`,
      phone: attack('phone'),
      currency_code: 'EUR',
      total: '900.00',
      due_date: '2026-01-31',
      date: '2026-01-01',
      billing_address: {
        address: attack('street'),
        city: attack('city'),
        zip: attack('zip'),
        state: attack('state'),
        country: 'Germany',
      },
    })
    await visitor.page.goto(await portal.handOver())
    await connectAsAPerson(visitor.page)
  })
  afterAll(async () => {
    await browser?.close()
    await portal?.close()
  })

  it('shows script-injection strings of every field as text, from the list to the case', async () => {
    const { page } = visitor
    await page.goto(`${portal.url}/bulk-import?q=${encodeURIComponent(attack('customer'))}`)
    await page.getByText(attack('customer')).first().waitFor()
    await expect(page.getByLabel('Search').inputValue()).resolves.toBe(attack('customer'))
    await page.locator('a[data-drawer]').first().click()
    const drawer = page.locator('dialog.drawer')
    for (const field of ['street', 'city', 'zip', 'state'])
      await drawer.getByText(attack(field), { exact: true }).waitFor()
    for (const field of ['customer', 'reference', 'mail', 'phone'])
      await drawer.getByText(attack(field)).first().waitFor()
    for (const path of ['', '/zoho-books/disconnect', '/zoho-books/organization']) {
      await page.goto(`${portal.url}/integrations${path}`)
      await page.getByText(attack('organization')).first().waitFor()
    }
    await page.goto(`${portal.url}/bulk-import/review?ids=${invoiceId}`)
    await page.getByLabel('I confirm that').check()
    await page.getByRole('button', { name: 'Create 1 Case' }).click()
    await page.getByRole('heading', { name: '1 case was created' }).waitFor()
    await page.locator('tbody').getByText(attack('customer')).waitFor()
    const href = await page.getByRole('link', { name: 'Download CSV' }).getAttribute('href')
    const csv = await page.request.get(`${portal.url}${href}`)
    expect(csv.headers()).toMatchObject({
      'content-type': expect.stringContaining('text/csv'),
      'content-disposition': expect.stringContaining('attachment'),
      'x-content-type-options': 'nosniff',
    })
    expect(await csv.text()).toContain(`"${attack('customer').replaceAll('"', '""')}"`)
    await page.goto(`${portal.url}/cases`)
    await page.locator('tbody').getByText(attack('customer')).waitFor()
    await page.locator('tbody a[href^="/cases/"]').click()
    await page.getByRole('heading', { name: 'Proof' }).waitFor()
    for (const field of ['customer', 'street', 'reference'])
      await page.getByText(attack(field)).first().waitFor()
    expect(await script(visitor, 'window.hacked')).toBeUndefined()
    expect(visitor.complaints).toEqual([])
  })

  it('an operator sees none of it: pages and dashboard know ids only, at any width, light and dark', async () => {
    const operator = await aVisitor(browser)
    const { page } = operator
    await page.goto(`${portal.url}/sign-in`)
    await page.getByRole('button', { name: 'Sign in as an operator' }).click()
    const { id } = await portal.db.selectFrom('connections').select('id').executeTakeFirstOrThrow()
    const looks = [
      { width: 1280, colorScheme: 'light' as const },
      { width: 390, colorScheme: 'dark' as const },
    ]
    const made = await portal.db
      .selectFrom('cases')
      .select(['command_id as command', 'zoho_organization_id as organization', 'zoho_invoice_id as invoice'])
      .executeTakeFirstOrThrow()
    const work = ['/commands', `/commands/${made.command}`, `/invoices/${made.organization}/${made.invoice}`]
    for (const path of ['', '/connections', `/connections/${id}`, ...work])
      for (const { width, colorScheme } of looks) {
        await page.setViewportSize({ width, height: 900 })
        await page.emulateMedia({ colorScheme })
        await page.goto(`${portal.url}/operator${path}`)
        expect([path, await accessibilityProblems(page)]).toEqual([path, []])
        expect(await sidewaysScroll(page)).toBe(0)
        await expect(page.content()).resolves.not.toContain('window.hacked')
      }
    const queues = await page.request.get(`${portal.url}/operator/queues/api/queues`)
    expect(queues.status()).toBe(200)
    expect(await queues.text()).not.toContain('window.hacked')
    await operator.context.close()
  })

  it('words of an address are never shown as ours', async () => {
    const { page } = visitor
    await page.goto(
      `${portal.url}/integrations?error=${encodeURIComponent('Call +1 555 to fix <b>this</b>')}`,
    )
    await page.getByText('Zoho did not complete the connection').waitFor()
    await expect(page.getByText('Call +1 555').count()).resolves.toBe(0)
  })

  it('another client finds nothing under ids that are not theirs', async () => {
    const stranger = await aVisitor(browser)
    await stranger.page.goto(await portal.handOver({ clientId: 'client-b' }))
    const theirs = await portal.db.selectFrom('cases').select(['id', 'command_id']).executeTakeFirstOrThrow()
    for (const path of [
      `/cases/${theirs.id}`,
      `/cases/${theirs.id}/balance`,
      `/bulk-import/commands/${theirs.command_id}`,
      `/bulk-import/invoices/${invoiceId}`,
    ]) {
      const answer = await stranger.page.goto(`${portal.url}${path}`)
      expect([path, answer?.status()]).toEqual([path, 404])
      await stranger.page.getByRole('heading', { name: 'There is nothing here' }).waitFor()
    }
    await stranger.page.goto(`${portal.url}/cases`)
    await stranger.page.getByRole('heading', { name: 'No cases yet' }).waitFor()
    const csrf = await stranger.page.locator('input[name="_csrf"]').first().getAttribute('value')
    const retry = await stranger.page.request.post(
      `${portal.url}/bulk-import/commands/${theirs.command_id}/retry`,
      { form: { _csrf: csrf ?? '' }, headers: { accept: 'text/html' } },
    )
    expect(retry.status()).toBe(404)
    await stranger.page.goto(`${portal.url}/bulk-import`)
    await stranger.page.getByRole('heading', { name: 'Connect Zoho Books first' }).waitFor()
    await stranger.context.close()
  })

  it('the database itself refuses: the portal’s own connection reads the rows of one client', async () => {
    const theirs = await portal.db.selectFrom('cases').select('id').executeTakeFirstOrThrow()
    const find = (clientId: string) =>
      asPortalReader(portal.db, clientId, (trx) =>
        trx.selectFrom('portal_cases').select('id').where('id', '=', theirs.id).execute(),
      )
    await expect(find('client-a')).resolves.toEqual([theirs])
    await expect(find('client-b')).resolves.toEqual([])
    await expect(
      asPortalReader(portal.db, 'client-b', (trx) => trx.selectFrom('cases').select('id').execute()),
    ).rejects.toThrow('permission denied')
  })

  it('a session that ends before the last click changes nothing, says so, and leads back', async () => {
    const { page } = visitor
    const before = await portal.db.selectFrom('case_commands').select('id').execute()
    await page.goto(`${portal.url}/bulk-import?eligibility=eligible`)
    await page.locator('input[name="ids"][type="checkbox"]:not(:disabled)').first().check()
    await page.getByRole('button', { name: 'Create Cases' }).click()
    await page.getByLabel('I confirm that').check()
    await portal.db.deleteFrom('portal_sessions').execute()
    await page.getByRole('button', { name: 'Create 1 Case' }).click()
    await page.getByRole('heading', { name: 'Your session has ended' }).waitFor()
    const after = await portal.db.selectFrom('case_commands').select('id').execute()
    expect(after).toEqual(before)
    await page.getByRole('button', { name: 'Sign in as a client' }).click()
    await page.waitForURL('**/bulk-import/review**')
  })

  it('a page that is asked for without a session leads back to it after signing in', async () => {
    const guest = await aVisitor(browser)
    await guest.page.goto(`${portal.url}/bulk-import?eligibility=blocked`)
    await guest.page.getByRole('button', { name: 'Sign in as a client' }).click()
    await guest.page.waitForURL('**/bulk-import?eligibility=blocked')
    await guest.page.getByRole('button', { name: 'Sign out' }).click()
    await guest.page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await guest.page.goBack()
    await guest.page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await guest.context.close()
  })

  it('a form of another site is refused', async () => {
    const { page } = visitor
    await page.goto(await portal.handOver({ next: '/integrations' }))
    await page.route('http://evil.example/', (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<form method="post" action="${portal.url}/integrations/zoho-books/disconnect"><button>Win a prize</button></form>`,
      }),
    )
    await page.goto('http://evil.example/')
    await page.getByRole('button', { name: 'Win a prize' }).click()
    await page.getByRole('heading', { name: /session has ended|may not do this/ }).waitFor()
    const live = await portal.db.selectFrom('connections').select('state').executeTakeFirstOrThrow()
    expect(live.state).toBe('active')
  })
})
