/** Every page in every state, from fixtures: accessible, in both colour schemes, at 1280 and 390 pixels. */
import type { Browser } from 'playwright-core'
import { type PreviewServer, servePreviews } from '../../unit/portal/preview-server.ts'
import { previews } from '../../unit/portal/previews.tsx'
import {
  accessibilityProblems,
  aVisitor,
  describeInBrowser,
  focusProblems,
  launchBrowser,
  problemsOfLooks,
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
    const judge = width === 1280 ? accessibilityProblems : problemsOfLooks
    for (const name of Object.keys(previews)) {
      await page.goto(`${server.url}/${name}`)
      // To where a bar that floats over its list rests: on the way it covers a part of whatever it happens to be above.
      if (width === 390) await page.evaluate('scrollTo(0, document.documentElement.scrollHeight)')
      problems.push(...(await judge(page)).map((problem) => `${name}: ${problem}`))
      const sideways = await sidewaysScroll(page)
      if (sideways > 0) problems.push(`${name}: scrolls sideways by ${sideways} pixels`)
    }
    // What opens over a page.
    await page.goto(`${server.url}/integrations-active`)
    await page.getByRole('link', { name: 'Disconnect' }).click()
    await page.getByRole('dialog').waitFor()
    problems.push(...(await accessibilityProblems(page)).map((problem) => `dialog: ${problem}`))
    await page.route('**/bulk-import/invoices/**', (route) =>
      route.continue({ url: `${server.url}/invoice-blocked` }),
    )
    await page.goto(`${server.url}/bulk-import`)
    await page.locator('a[data-drawer]').first().click()
    await page.getByRole('dialog').waitFor()
    problems.push(...(await accessibilityProblems(page)).map((problem) => `drawer: ${problem}`))
    if ((await sidewaysScroll(page)) > 0) problems.push('drawer: scrolls sideways')
    // What folds away on a narrow screen.
    for (const name of ['bulk-import', 'cases']) {
      await page.goto(`${server.url}/${name}`)
      const fold = page.locator('.more-filters > summary')
      if (await fold.isVisible()) await fold.click()
      await page.locator('[data-chip] > summary').first().click()
      problems.push(...(await accessibilityProblems(page)).map((problem) => `${name}, unfolded: ${problem}`))
      if ((await sidewaysScroll(page)) > 0) problems.push(`${name}, unfolded: scrolls sideways`)
    }
    // Every page has the same frame; these have what is not on the others.
    for (const name of [
      'integrations-active',
      'bulk-import',
      'invoice-blocked',
      'review',
      'cases',
      'operator-find',
    ]) {
      await page.goto(`${server.url}/${name}`)
      problems.push(...(await focusProblems(page)).map((problem) => `${name}: ${problem}`))
    }
    expect(problems).toEqual([])
    // The previews have no events to listen to.
    expect(complaints.filter((complaint) => !complaint.includes('EventSource'))).toEqual([])
  })

  it.each([1280, 900, 390])('totals that come late move nothing, %i pixels wide', async (width) => {
    const { page, context } = await aVisitor(browser, { viewport: { width, height: 900 } })
    await page.route('**/bulk-import/summary*', async (route) => {
      const ready = await page.request.get(`${server.url}/bulk-import-million`)
      // Late is after the whole page was seen. What moves before, on a slow machine, is a table still being read.
      await page.waitForFunction(
        `document.readyState !== 'loading' && performance.getEntriesByName('first-contentful-paint').length > 0`,
      )
      await page.evaluate('window.answeredAt = performance.now()')
      await route.fulfill({ contentType: 'text/html', body: await ready.text() })
    })
    await page.addInitScript(`
      window.shifts = []
      new PerformanceObserver((list) => window.shifts.push(...list.getEntries()))
        .observe({ type: 'layout-shift', buffered: true })`)
    await page.goto(`${server.url}/bulk-import-late-totals`)
    await page.locator('#summary:not([data-load])').waitFor()
    await page.getByText('1,000,000').first().waitFor()
    // A move is told of once it has been painted.
    await page.evaluate(
      'new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(next))))',
    )
    const shifts = await page.evaluate('window.shifts.filter((shift) => shift.startTime > window.answeredAt)')
    expect(shifts).toEqual([])
    await context.close()
  })

  it.each([390, 320])('Bulk Import (Integration) keeps its whole name, %i pixels wide', async (width) => {
    const { page, context } = await aVisitor(browser, { viewport: { width, height: 900 } })
    await page.goto(`${server.url}/bulk-import`)
    await page.getByRole('link', { name: 'Bulk Import (Integration)', exact: true }).waitFor()
    expect(await sidewaysScroll(page)).toBe(0)
    // One line: broken into two it is taller than the others.
    const [nav, link] = await Promise.all(
      ['.nav', '.nav a'].map((place) => page.locator(place).first().boundingBox()),
    )
    expect(nav?.height).toBe(link?.height)
    expect(nav?.height).toBeLessThan(48)
    await context.close()
  })

  it('a case on paper: the facts with their exact times, without the frame', async () => {
    const { page, context } = await aVisitor(browser)
    await page.goto(`${server.url}/case`)
    await page.emulateMedia({ media: 'print' })
    for (const frame of [page.getByRole('navigation'), page.getByRole('button')])
      await expect(frame.first().isVisible()).resolves.toBe(false)
    for (const fact of ['Pending verification', 'Torstraße 49', 'Proof', 'Open in Zoho Books'])
      await expect(page.getByText(fact).first().isVisible()).resolves.toBe(true)
    const asOf = page.locator('dt:has-text("As of") + dd time')
    const exact = await asOf.getAttribute('title')
    expect(exact).toMatch(/^18 Mar 2026, \d\d:\d\d CET$/)
    const after = await page.evaluate(
      `getComputedStyle([...document.querySelectorAll('dd time')].find((time) => time.title === ${JSON.stringify(exact)}), '::after').content`,
    )
    expect(after).toBe(`" (${exact})"`)
    await context.close()
  })

  it('every relative time says the exact one on hover; the favicon is there', async () => {
    const { page, context } = await aVisitor(browser)
    await page.goto(`${server.url}/integrations-active`)
    const times = page.locator('time[data-relative]')
    expect(await times.count()).toBeGreaterThan(5)
    for (const time of await times.all())
      expect(await time.getAttribute('title')).toMatch(/^\d+ \w+ 2026, \d\d:\d\d CET$/)
    const icon = await page.locator('link[rel="icon"]').getAttribute('href')
    const answer = await page.request.get(`${server.url}${icon}`)
    expect([answer.status(), answer.headers()['content-type']]).toEqual([200, 'image/svg+xml'])
    await context.close()
  })
})
