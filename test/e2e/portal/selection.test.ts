/** Choosing invoices: over pages, with the keyboard, without JavaScript, in two tabs. */
import type { Browser, Locator, Page } from 'playwright-core'
import { waitFor } from '../../support/wait-for.ts'
import { aVisitor, describeInBrowser, launchBrowser, type Visitor } from './support/browser.ts'
import { connectAsAPerson, type Portal, startPortal } from './support/portal.ts'

describeInBrowser('choosing invoices', () => {
  let portal: Portal
  let browser: Browser
  let visitor: Visitor

  const boxes = (page: Page) => page.locator('input[name="ids"][type="checkbox"]:not(:disabled)')
  const casesOf = (page: Page) => page.getByRole('heading', { name: /cases? (was|were) created/ })
  const list = (query = '') => `${portal.url}/bulk-import?eligibility=eligible&limit=25${query}`

  const visit = async (options: Parameters<typeof aVisitor>[1] = {}) => {
    const other = await aVisitor(browser, options)
    await other.page.goto(await portal.handOver({ next: '/bulk-import' }))
    return other
  }

  beforeAll(async () => {
    portal = await startPortal({ invoices: 260 })
    browser = await launchBrowser()
    visitor = await aVisitor(browser)
    await visitor.page.goto(await portal.handOver())
    await connectAsAPerson(visitor.page)
  })
  afterAll(async () => {
    await browser?.close()
    await portal?.close()
  })

  it('survives paging, sorting and searching, and adds up each currency', async () => {
    const { page } = visitor
    const sums = new Map<string, number>()
    const tick = async (box: Locator) => {
      const [amount, currency] = [
        await box.getAttribute('data-amount'),
        (await box.getAttribute('data-currency')) ?? '',
      ]
      sums.set(currency, (sums.get(currency) ?? 0) + Number(amount))
      await box.check()
    }
    await page.goto(list())
    await tick(boxes(page).nth(0))
    await page.getByRole('link', { name: 'Next' }).click()
    await page.waitForURL('**cursor=**')
    await page.getByText('1 selected').waitFor()
    await tick(boxes(page).nth(3))
    await page.getByText('2 selected').waitFor()
    const money = [...sums].map(([currency, sum]) =>
      page.evaluate(
        `new Intl.NumberFormat('en-GB', { style: 'currency', currency: '${currency}' }).format(${sum})`,
      ),
    )
    await expect(page.locator('[data-selected]').textContent()).resolves.toBe(
      `2 selected · ${(await Promise.all(money)).join(' + ')}`,
    )
    await page.getByRole('link', { name: 'Amount' }).click()
    await page.waitForURL('**sort=amount**')
    await page.getByText('2 selected').waitFor()
    await page.getByLabel('Search').fill('no such customer')
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor()
    await page.getByRole('link', { name: 'Show all unpaid invoices' }).click()
    await page.getByText('2 selected').waitFor()
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByText('Select invoices to collect.').waitFor()
  })

  it('one box selects the page, shift selects the rows between', async () => {
    const { page } = visitor
    await page.goto(list())
    await page.getByLabel('Select all that are ready on this page').check()
    await page.getByText('25 selected').waitFor()
    await page.getByLabel('Select all that are ready on this page').uncheck()
    await boxes(page).nth(2).click()
    await boxes(page)
      .nth(6)
      .click({ modifiers: ['Shift'] })
    await page.getByText('5 selected').waitFor()
    await page.getByRole('button', { name: 'Clear' }).click()
  })

  it('a long selection, too long for an address, arrives whole', async () => {
    const { page } = visitor
    await page.goto(`${portal.url}/bulk-import?eligibility=eligible&limit=100`)
    await page.getByLabel('Select all that are ready on this page').check()
    await page.getByRole('link', { name: 'Next' }).click()
    await page.waitForURL('**cursor=**')
    await boxes(page).nth(0).check()
    await page.getByText('101 selected').waitFor()
    await page.getByRole('button', { name: 'Create Cases' }).click()
    await page.getByText('of 101 selected are left out').waitFor()
    await page.getByRole('link', { name: 'Back to the list' }).click()
    await page.getByText('101 selected').waitFor()
    await page.getByRole('button', { name: 'Clear' }).click()
  })

  it('nothing selected is said, not punished', async () => {
    const { page } = visitor
    await page.goto(list())
    await page.getByRole('button', { name: 'Create Cases' }).click()
    await page.getByRole('heading', { name: 'No invoice is selected' }).waitFor()
  })

  it('keyboard only: from the list to the cases', async () => {
    const { page } = visitor
    await page.goto(list('&sort=amount'))
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.waitForURL('**#main')
    await page.locator('a[data-drawer]').first().focus()
    await page.keyboard.press('Enter')
    await page.getByText('As it will stand in the case').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('a[data-drawer]:focus').first().waitFor()
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Space')
    await page.getByText('1 selected').waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Review and create cases' }).waitFor()
    await page.getByLabel('I confirm that').focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '1 case was created' }).waitFor()
  })

  it('a row opens over the list with its own address; its neighbours and the tick are one key away', async () => {
    const { page } = visitor
    await page.goto(list('&sort=amount'))
    const address = page.url()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.getByText('1 selected').waitFor()
    await page.locator('tr[data-row]').nth(1).locator('.col-due').click()
    const drawer = page.locator('dialog.drawer')
    await drawer.getByText('As it will stand in the case').waitFor()
    const second = await page.locator('tr[data-row]').nth(1).getAttribute('data-row')
    expect(new URL(page.url()).pathname).toBe(`/bulk-import/invoices/${second}`)
    await expect(drawer.getByLabel('Select').isChecked()).resolves.toBe(true)
    await drawer.getByRole('button', { name: 'Next' }).click()
    const third = await page.locator('tr[data-row]').nth(2).getAttribute('data-row')
    await page.waitForURL(`**/bulk-import/invoices/${third}?**`)
    await page.keyboard.press('x')
    await page.getByText('2 selected').waitFor()
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
    expect(page.url()).toBe(address)
    await page.keyboard.press('/')
    await page.locator('[data-search]:focus').waitFor()
    await page.getByRole('button', { name: 'Clear' }).click()
  })

  it('the review lists what was selected; one invoice is taken out of it', async () => {
    const { page } = visitor
    await page.goto(list('&sort=amount'))
    for (const n of [0, 1, 2]) await boxes(page).nth(n).check()
    await page.getByRole('button', { name: 'Create Cases' }).click()
    await expect(page.locator('.review-table tbody tr').count()).resolves.toBe(3)
    await page.getByRole('button', { name: 'Remove' }).first().click()
    await page.getByRole('button', { name: 'Create 2 Cases' }).waitFor()
    await page.getByRole('link', { name: 'Back to the list' }).click()
    await page.getByText('2 selected').waitFor()
    await page.getByRole('button', { name: 'Clear' }).click()
  })

  it('without JavaScript: ticks travel along from page to page, and the order is carried out', async () => {
    const { page, context } = await visit({ javaScriptEnabled: false })
    await page.goto(list())
    await boxes(page).nth(0).check()
    await page.getByRole('button', { name: 'Next' }).click()
    await boxes(page).nth(1).check()
    await page.getByRole('button', { name: 'Previous' }).click()
    await expect(boxes(page).nth(0).isChecked()).resolves.toBe(true)
    await page.getByRole('button', { name: 'Create Cases' }).click()
    await page.getByLabel('I confirm that').check()
    await page.getByRole('button', { name: 'Create 2 Cases' }).click()
    await page.waitForURL('**/commands/**')
    await waitFor('the order to be carried out', async () => {
      await page.reload()
      return (await casesOf(page).count()) === 1
    })
    await page.goto(`${portal.url}/integrations`)
    await page.getByRole('link', { name: 'Disconnect' }).click()
    await page.getByRole('heading', { name: 'Disconnect Zoho Books?' }).waitFor()
    await page.getByRole('link', { name: 'Keep connected' }).click()
    await page.getByRole('heading', { name: 'Integrations' }).waitFor()
    await context.close()
  })

  it('two tabs order the same invoice: one case, and the other tab is told which', async () => {
    const one = await visit()
    const other = await one.context.newPage()
    const review = async (page: Page) => {
      await page.goto(list('&sort=customer'))
      await boxes(page).nth(0).check()
      await page.getByRole('button', { name: 'Create Cases' }).click()
      await page.getByLabel('I confirm that').check()
    }
    await review(one.page)
    await review(other)
    const order = (page: Page) => page.getByRole('button', { name: 'Create 1 Case' }).click()
    await order(one.page)
    await order(other)
    await casesOf(one.page).waitFor()
    await other.getByRole('heading', { name: 'No case was created' }).waitFor()
    await other.locator('tbody').getByText('Already a case').waitFor()
    await expect(other.locator('tbody a[href^="/cases/"]').count()).resolves.toBe(1)
    await one.context.close()
  })

  it('all eligible that match: the whole filter becomes cases in one order', async () => {
    const { page } = visitor
    await page.goto(`${portal.url}/bulk-import?limit=25`)
    const all = page.getByRole('link', { name: /^Select all \d+ ready$/ })
    const wanted = Number(/\d+/.exec((await all.textContent()) ?? '')?.[0])
    expect(wanted).toBeGreaterThan(100)
    await all.click()
    await boxes(page).nth(0).uncheck()
    await page.getByText('1 taken out').waitFor()
    await page.getByRole('button', { name: 'Next' }).click()
    await page.waitForURL('**cursor=**')
    await page.getByText('1 taken out').waitFor()
    await page.getByText(`All ${wanted} ready`).waitFor()
    await page.getByRole('button', { name: 'Create Cases' }).click()
    await page.getByLabel('I confirm that').check()
    await page.getByRole('button', { name: /^Create \d+ Cases$/ }).click()
    await page.getByRole('heading', { name: `${wanted - 1} cases were created` }).waitFor({ timeout: 60_000 })
    await page.getByRole('link', { name: 'Next' }).click()
    await page.waitForURL('**after=50**')
  })

  it('the browser had nothing to complain about', () => {
    expect(visitor.complaints).toEqual([])
  })
})
