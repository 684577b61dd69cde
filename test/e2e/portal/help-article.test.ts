/** The help article's four steps, as a person does them. */
import { readFile } from 'node:fs/promises'
import type { Browser, Locator, Page } from 'playwright-core'
import { z } from 'zod'
import {
  accessibilityProblems,
  aVisitor,
  describeInBrowser,
  focused,
  launchBrowser,
  sidewaysScroll,
  type Visitor,
} from './support/browser.ts'
import { connectAsAPerson, type Portal, startPortal, syncedCard } from './support/portal.ts'

describeInBrowser('the help article, done by a person', () => {
  let portal: Portal
  let browser: Browser
  let visitor: Visitor

  beforeAll(async () => {
    portal = await startPortal({ invoices: 130 })
    browser = await launchBrowser()
    visitor = await aVisitor(browser)
  })
  afterAll(async () => {
    await browser?.close()
    await portal?.close()
  })

  it('1: opens Integrations and finds Zoho Books, not connected', async () => {
    const { page } = visitor
    await page.goto(portal.url)
    await page.getByRole('button', { name: 'Sign in as a client' }).click()
    await page.getByRole('heading', { name: 'Integrations' }).waitFor()
    await expect(page.getByText('Not connected').count()).resolves.toBe(1)
    for (const field of ['Creditor reference', 'Case due date', 'Amount to recover', 'Debtor phone'])
      await expect(page.getByRole('cell', { name: field }).count()).resolves.toBe(1)
    expect(await accessibilityProblems(page)).toEqual([])
  })

  it('2: a refused permission is explained; an accepted one becomes an active integration, live, with its first run', async () => {
    const { page } = visitor
    await page.getByRole('link', { name: 'Connect', exact: true }).click()
    await page.getByRole('button', { name: 'Reject' }).click()
    await page.getByText('Access was not granted in Zoho. Nothing was connected.').waitFor()
    await connectAsAPerson(page)
    await page.getByText('Everything unpaid, after connecting').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
  })

  it('3: reviews the imported invoices with the amounts of Zoho', async () => {
    const { page } = visitor
    await page.getByRole('link', { name: 'Bulk Import (Integration)', exact: true }).click()
    await page.getByRole('heading', { name: 'Bulk Import (Integration)' }).waitFor()
    await page.getByText('130 unpaid invoices').waitFor()
    const shown = z
      .array(z.tuple([z.string(), z.string()]))
      .parse(
        await page.evaluate(
          `[...document.querySelectorAll('tr[data-row]')].map((row) => [row.dataset.row, row.querySelector('data').value])`,
        ),
      )
    expect(shown.length).toBeGreaterThan(20)
    const owed = new Map(
      portal.simulator.control
        .unpaidTruth()
        .map(({ invoiceId, balance, currencyCode }) => [invoiceId, `${balance} ${currencyCode}`]),
    )
    expect(shown).toEqual(shown.map(([id]) => [id, owed.get(id)]))
    await page.locator('a[data-drawer]').first().click()
    const drawer = page.locator('dialog.drawer')
    await drawer.getByText('As it will stand in the case').waitFor()
    await drawer.getByRole('button', { name: 'Close' }).click()
    await drawer.waitFor({ state: 'detached' })
    expect(await accessibilityProblems(page)).toEqual([])
  })

  it('4: selects, reviews, confirms; however often the button is pressed there is one order', async () => {
    const { page } = visitor
    await page.goto(`${portal.url}/bulk-import?eligibility=eligible&sort=amount`)
    const boxes = page.locator('input[name="ids"][type="checkbox"]')
    await boxes.nth(0).check()
    await boxes.nth(1).check()
    await boxes.nth(2).check()
    await page.getByText('3 selected').waitFor()
    await page.getByRole('button', { name: 'Create Cases' }).click()
    await page.getByRole('heading', { name: 'Review and create cases' }).waitFor()
    expect(await accessibilityProblems(page)).toEqual([])

    await page.getByRole('button', { name: 'Create 3 Cases' }).click()
    // The browser insists on the confirmation.
    await expect(page.locator('input[name="confirmUndisputed"]:invalid').count()).resolves.toBe(1)
    await page.getByLabel('I confirm that these claims are undisputed').check()
    await page.getByRole('button', { name: 'Create 3 Cases' }).dblclick()
    await page.getByRole('heading', { name: '3 cases were created' }).waitFor()
    const commands = await portal.db.selectFrom('case_commands').select('id').execute()
    expect(commands).toHaveLength(1)
    expect(await accessibilityProblems(page)).toEqual([])
  })

  it('back and once more is the same order, not a second one', async () => {
    const { page } = visitor
    await page.goBack()
    await page.getByRole('heading', { name: 'Review and create cases' }).waitFor()
    await page.getByLabel('I confirm that these claims are undisputed').check()
    await page.getByRole('button', { name: /^Create \d Cases?$/ }).click()
    await page.getByRole('heading', { name: '3 cases were created' }).waitFor()
    const commands = await portal.db.selectFrom('case_commands').select('id').execute()
    expect(commands).toHaveLength(1)
  })

  it('gives the result as a file', async () => {
    const { page } = visitor
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download CSV' }).click(),
    ])
    const text = await readFile(await download.path(), 'utf8')
    expect(text.split('\r\n').filter((line) => line.includes('created'))).toHaveLength(3)
  })

  it('shows the new cases, and one with its proof; Zoho Books can be asked about it now', async () => {
    const { page } = visitor
    await page.getByRole('link', { name: 'View cases' }).click()
    await page.getByRole('heading', { name: 'Cases', exact: true }).waitFor()
    await expect(page.locator('tbody tr').count()).resolves.toBe(3)
    await page.locator('a.row-link').first().click()
    await page.getByRole('heading', { name: 'Proof' }).waitFor()
    await page.getByRole('link', { name: 'Ask Zoho Books now' }).click()
    await page.getByText('just now').first().waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
  })

  it('the invoices are marked as cases and cannot be selected again', async () => {
    const { page } = visitor
    await page.goto(`${portal.url}/bulk-import?eligibility=case`)
    await expect(page.locator('tbody tr').count()).resolves.toBe(3)
    await expect(page.locator('input[name="ids"][type="checkbox"]:not(:disabled)').count()).resolves.toBe(0)
    await page.getByRole('link', { name: 'Already a case' }).first().click()
    await page.getByRole('heading', { name: /^Case / }).waitFor()
  })

  it('Sync now starts a run; Disconnect asks, says what goes and stays, and keeps the cases', async () => {
    const { page } = visitor
    await page.goto(`${portal.url}/integrations`)
    await page.getByRole('button', { name: 'Sync now' }).click()
    await page.getByText('The sync has been started.').waitFor()
    await syncedCard(page)
    await page.getByRole('link', { name: 'Disconnect' }).click()
    const dialog = page.getByRole('dialog', { name: 'Disconnect Zoho Books?' })
    await dialog.getByText('What stays:').waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Keep connected' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByRole('link', { name: 'Disconnect' }).click()
    await dialog.getByRole('button', { name: 'Disconnect' }).click()
    await page.getByText('Zoho Books is disconnected.').waitFor()
    await page.getByText('Not connected').waitFor()
    await page.goto(`${portal.url}/cases`)
    await expect(page.locator('tbody tr').count()).resolves.toBe(3)
  })

  it('the browser had nothing to complain about', () => {
    expect(visitor.complaints).toEqual([])
  })

  /** Presses Tab until the focus is where it is wanted. @returns how many stops that took. */
  const tabTo = async (page: Page, name: string | RegExp): Promise<number> => {
    for (let stops = 1; stops <= 40; stops += 1) {
      await page.keyboard.press('Tab')
      const at = (await focused(page)) ?? ''
      if (typeof name === 'string' ? at === name : name.test(at)) return stops
    }
    throw new Error(`no tab stop ${name}`)
  }
  /** The first stop of every page of ours leads past its head. */
  const skipTo = async (page: Page, name: string | RegExp): Promise<number> => {
    const skip = await tabTo(page, 'Skip to content')
    await page.keyboard.press('Enter')
    return skip + (await tabTo(page, name))
  }

  it('all four steps by keyboard alone, with few tab stops from a row to the order', async () => {
    const { page, context } = await aVisitor(browser)
    await page.goto(await portal.handOver({ clientId: 'client-k', clientName: 'Keys' }))
    await skipTo(page, 'Connect')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Accept' }).waitFor()
    await tabTo(page, 'Accept')
    await page.keyboard.press('Enter')
    await page.getByText('Zoho Books is connected.').waitFor()
    await syncedCard(page)
    await tabTo(page, /^Bulk Import/)
    await page.keyboard.press('Enter')
    await page.locator('tr[data-row]').first().waitFor()
    // To the first row and its box by the keys of the list; Enter there is the order's first step.
    await page.keyboard.press('j')
    await page.keyboard.press('Shift+Tab')
    let stops = 1
    await page.keyboard.press('Space')
    await page.getByText('1 selected').waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Review and create cases' }).waitFor()
    stops += await skipTo(page, /^I confirm/)
    await page.keyboard.press('Space')
    await expect(page.locator('input[name="confirmUndisputed"]').isChecked()).resolves.toBe(true)
    stops += await tabTo(page, 'Create 1 Case')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '1 case was created' }).waitFor()
    expect(stops).toBeLessThanOrEqual(10)
    await skipTo(page, 'View cases')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Cases', exact: true }).waitFor()
    await expect(page.locator('tbody tr').count()).resolves.toBe(1)
    await context.close()
  })

  it('all four steps by touch on a phone: a tap each, and few of them', async () => {
    const { page, context } = await aVisitor(browser, {
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
    })
    let taps = 0
    const tap = async (target: Locator) => {
      taps += 1
      await target.tap()
    }
    await page.goto(await portal.handOver({ clientId: 'client-t', clientName: 'Touch' }))
    await tap(page.getByRole('link', { name: 'Connect', exact: true }))
    await tap(page.getByRole('button', { name: 'Accept' }))
    await page.getByText('Zoho Books is connected.').waitFor()
    await syncedCard(page)
    await tap(page.getByRole('link', { name: 'Bulk Import (Integration)', exact: true }))
    const before = taps
    // Not the case of the other client of these books.
    await tap(page.locator('label.check:has(input[name="ids"]:not(:disabled))').first())
    await page.getByText('1 selected').waitFor()
    await tap(page.getByRole('button', { name: 'Create Cases' }))
    await tap(page.getByLabel('I confirm that'))
    await tap(page.getByRole('button', { name: 'Create 1 Case' }))
    await page.getByRole('heading', { name: '1 case was created' }).waitFor()
    expect(taps - before).toBe(4)
    await tap(page.getByRole('link', { name: 'View cases' }))
    await page.getByRole('heading', { name: 'Cases', exact: true }).waitFor()
    expect(taps).toBe(8)
    expect(await sidewaysScroll(page)).toBe(0)
    await context.close()
  })
})
