/** Every page in every state, from fixtures: accessible, in both colour schemes, at 1280 and 390 pixels. */
import type { Browser } from 'playwright-core'
import { type PreviewServer, servePreviews } from '../../unit/portal/preview-server.ts'
import { previews } from '../../unit/portal/previews.tsx'
import {
  accessibilityProblems,
  aVisitor,
  describeInBrowser,
  launchBrowser,
  sidewaysScroll,
} from './support/browser.ts'

describeInBrowser('every page in every state', () => {
  let server: PreviewServer
  let browser: Browser

  beforeAll(async () => {
    server = await servePreviews()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  it.each([
    { width: 1280, colorScheme: 'light' as const },
    { width: 390, colorScheme: 'dark' as const },
  ])('is accessible and fits $width pixels ($colorScheme)', async ({ width, colorScheme }) => {
    const { page, complaints } = await aVisitor(browser, { viewport: { width, height: 900 }, colorScheme })
    const problems: string[] = []
    for (const name of Object.keys(previews)) {
      await page.goto(`${server.url}/${name}`)
      problems.push(...(await accessibilityProblems(page)).map((problem) => `${name}: ${problem}`))
      const sideways = await sidewaysScroll(page)
      if (sideways > 0) problems.push(`${name}: scrolls sideways by ${sideways} pixels`)
    }
    expect(problems).toEqual([])
    // The previews have no events to listen to.
    expect(complaints.filter((complaint) => !complaint.includes('EventSource'))).toEqual([])
  })

  it('totals that come late move nothing', async () => {
    const { page } = await aVisitor(browser)
    await page.route('**/bulk-import/summary', async (route) => {
      const ready = await page.request.get(`${server.url}/bulk-import`)
      await route.fulfill({ contentType: 'text/html', body: await ready.text() })
    })
    await page.addInitScript(`
      window.shift = 0
      new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shift += entry.value })
        .observe({ type: 'layout-shift', buffered: true })`)
    await page.goto(`${server.url}/bulk-import-late-totals`)
    await page.getByText('2,310 unpaid invoices').waitFor()
    expect(await page.evaluate('window.shift')).toBe(0)
  })
})
