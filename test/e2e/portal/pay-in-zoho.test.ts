/** The promise of the product, watched: what is done in Zoho Books decides what becomes a case here. */
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { waitFor } from '../../support/wait-for.ts'
import {
  accessibilityProblems,
  aVisitor,
  describeInBrowser,
  launchBrowser,
  sidewaysScroll,
} from './support/browser.ts'
import { connectAsAPerson, type Portal, startPortal } from './support/portal.ts'

describeInBrowser('a person pays and mends in the simulated Zoho Books', () => {
  let portal: Portal
  let browser: Browser
  let withoutCity: string
  let toDocument: readonly string[]

  beforeAll(async () => {
    portal = await startPortal({ invoices: 60 })
    withoutCity = portal.simulator.control.addInvoice({ billing_address: { city: '' } })
    toDocument = [
      portal.simulator.control.addInvoice({ invoice_number: 'INV-LARGE', total: 14_000 }),
      portal.simulator.control.addInvoice({
        invoice_number: 'INV-PERSON',
        customer_id: '260000000000500777',
        customer_name: 'Jane Doe',
        company_name: '',
        reference_number: 'Delivery of 12 desks in March',
      }),
    ]
    browser = await launchBrowser()
    const { page, context } = await aVisitor(browser)
    await page.goto(await portal.handOver())
    await connectAsAPerson(page)
    await context.close()
  })
  afterAll(async () => {
    await browser?.close()
    await portal?.close()
  })

  const visit = async (next: string, options: Parameters<typeof aVisitor>[1] = {}) => {
    const visitor = await aVisitor(browser, options)
    await visitor.page.goto(await portal.handOver({ next }))
    return visitor
  }

  /** The page that a link opens in a new tab. */
  const follow = async (page: Page, link: RegExp): Promise<Page> => {
    const [opened] = await Promise.all([
      page.context().waitForEvent('page'),
      page.getByRole('link', { name: link }).first().click(),
    ])
    await opened.waitForLoadState()
    return opened
  }

  const createTicked = async (page: Page) => {
    await page.getByRole('button', { name: 'Create Cases' }).click()
    await page.getByRole('heading', { name: 'Review and create cases' }).waitFor()
    await page.getByLabel('I confirm that these claims are undisputed').check()
    await page.getByRole('button', { name: 'Create 1 Case' }).click()
    await page.getByRole('heading', { name: /^No case was created/ }).waitFor()
  }

  /** What Zoho Books then tells us, in words, on the page of the order. */
  const expectPaid = (page: Page) => page.getByText('The invoice is paid in Zoho Books.').first().waitFor()

  it('opens an invoice from its drawer, pays it there, and Create Cases refuses it as paid', async () => {
    const { page, complaints } = await visit('/bulk-import?eligibility=eligible')
    await page.locator('input[name="ids"][type="checkbox"]:not(:disabled)').first().check()
    await page.locator('tr:has(input[name="ids"]:checked) a[data-drawer]').click()
    await page.locator('dialog.drawer').getByText('As it will stand in the case').waitFor()
    const zoho = await follow(page, /^Open in Zoho Books/)
    await zoho.getByRole('button', { name: 'Record payment' }).waitFor()
    await zoho.getByText('Zoho Books simulator: invented data').waitFor()
    expect(await accessibilityProblems(zoho)).toEqual([])
    await zoho.getByRole('button', { name: 'Record payment' }).click()
    await zoho.getByText('The payment was recorded.').waitFor()
    await zoho.getByText('it asks Zoho Books again about every selected invoice').waitFor()
    expect(await accessibilityProblems(zoho)).toEqual([])
    await page.locator('dialog.drawer').getByRole('button', { name: 'Close' }).click()
    await createTicked(page)
    await expectPaid(page)
    expect(await portal.db.selectFrom('cases').select('id').execute()).toEqual([])
    expect(complaints).toEqual([])
  })

  it('a claim over USD 10,000 and one against a private person are complete with one click: the PDF is Zoho’s', async () => {
    await waitFor('the customers to be read', async () => {
      const row = await portal.db
        .selectFrom('staged_invoices')
        .select('debtor_type')
        .where('zoho_invoice_id', '=', toDocument[1] ?? '')
        .executeTakeFirst()
      return row?.debtor_type === 'Private'
    })
    const { page, complaints } = await visit(`/bulk-import/review?ids=${toDocument.join(',')}`)
    await page.getByText('Invoice copies will be attached').waitFor()
    await page.getByLabel('I confirm that these claims are undisputed').check()
    await page.getByRole('button', { name: 'Create 2 Cases' }).click()
    await page.getByRole('heading', { name: /^2 cases were created/ }).waitFor()
    const zohoBooks = portal.simulator.control.grant()
    for (const invoiceId of toDocument) {
      const { id } = await portal.db
        .selectFrom('cases')
        .select('id')
        .where('zoho_invoice_id', '=', invoiceId)
        .executeTakeFirstOrThrow()
      const card = page.locator('section[aria-labelledby="documents"]')
      await waitFor('the copy', async () => {
        await page.goto(`${portal.url}/cases/${id}`)
        return (await card.getByText('Complete', { exact: true }).count()) === 1
      })
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        card.getByRole('link', { name: /^INV-(LARGE|PERSON)\.pdf$/ }).click(),
      ])
      const organization = portal.simulator.control.organizations()[0]?.organizationId
      const original = await fetch(
        `${zohoBooks.origin}/books/v3/invoices/${invoiceId}?organization_id=${organization}&accept=pdf`,
        { headers: { authorization: `Zoho-oauthtoken ${zohoBooks.accessToken}` } },
      )
      const saved = await readFile(await download.path())
      expect(saved.equals(Buffer.from(await original.arrayBuffer()))).toBe(true)
    }
    await page.setInputFiles('input[type="file"]', {
      name: 'signed.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from('<html></html>'),
    })
    await page.getByRole('button', { name: 'Add document' }).click()
    await page.getByText('Only PDF, JPG and PNG files can be added.').waitFor()
    await page.setInputFiles('input[type="file"]', {
      name: 'signed.pdf',
      mimeType: 'application/pdf',
      buffer: Buffer.from('%PDF-1.4\n%%EOF'),
    })
    await page.getByRole('button', { name: 'Add document' }).click()
    await page.getByRole('link', { name: 'signed.pdf' }).waitFor()
    expect(await accessibilityProblems(page)).toEqual([])
    await page.getByRole('button', { name: 'Delete signed.pdf' }).click()
    await waitFor(
      'it to be gone',
      async () => (await page.getByRole('link', { name: 'signed.pdf' }).count()) === 0,
    )
    expect(complaints.filter((complaint) => !complaint.includes('415'))).toEqual([])
  })

  it('does the same without a script on a phone', async () => {
    const phone = { javaScriptEnabled: false, viewport: { width: 390, height: 844 } }
    const { page } = await visit('/bulk-import?eligibility=eligible', phone)
    const row = page.locator('tr:has(input[name="ids"]:not(:disabled))').first()
    await row.locator('input[name="ids"]').check()
    const opened = await page.context().newPage()
    await opened.goto(
      new URL((await row.locator('a[data-drawer]').getAttribute('href')) ?? '', portal.url).href,
    )
    const zoho = await follow(opened, /^Open in Zoho Books/)
    // Of all the records, the one that the link names.
    await expect(zoho.locator('.rows li:visible').count()).resolves.toBe(1)
    await zoho.locator('.rows li:visible a').click()
    expect(await sidewaysScroll(zoho)).toBe(0)
    await zoho.getByRole('button', { name: 'Record payment' }).click()
    await zoho.getByText('The payment was recorded.').waitFor()
    expect(await sidewaysScroll(zoho)).toBe(0)
    await page.getByRole('button', { name: 'Create Cases' }).click()
    await page.getByLabel('I confirm that these claims are undisputed').check()
    await page.getByRole('button', { name: 'Create 1 Case' }).click()
    await waitFor('the order to be shown as done', async () => {
      await page.reload()
      return (await page.getByText('The invoice is paid in Zoho Books.').count()) > 0
    })
  })

  it('an address that is missing is mended behind its fix link; after a sync the invoice is eligible', async () => {
    const { page } = await visit(`/bulk-import/invoices/${withoutCity}`)
    const zoho = await follow(page, /^Fix in Zoho Books/)
    await zoho.getByLabel('City', { exact: true }).fill('Berlin')
    await zoho.getByRole('button', { name: 'Save invoice' }).click()
    await zoho.getByText('The changes were saved.').waitFor()
    await zoho.getByText('press Sync now there').waitFor()
    await page.goto(`${portal.url}/integrations`)
    await page.getByRole('button', { name: 'Sync now' }).click()
    await page.getByText('The sync has been started.').waitFor()
    await waitFor('the invoice to be eligible', async () => {
      await page.goto(`${portal.url}/bulk-import/invoices/${withoutCity}`)
      return (await page.getByRole('link', { name: /^Fix in Zoho Books/ }).count()) === 0
    })
    await page.getByText('Berlin').first().waitFor()
    await page.goto(`${portal.url}/bulk-import?eligibility=eligible`)
    await expect(
      page.locator(`input[name="ids"][value="${withoutCity}"]:not(:disabled)`).count(),
    ).resolves.toBe(1)
  })
})
