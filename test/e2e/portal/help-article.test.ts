/** The help article's four steps, as a person does them. */
import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import {
  accessibilityProblems,
  aVisitor,
  describeInBrowser,
  launchBrowser,
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

  it('2: a refused permission is explained; an accepted one becomes an active integration with live progress', async () => {
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

  it('shows the new cases, each with its proof and its invoice', async () => {
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
})
