/** The attack of ADR 10 in a real browser, which sets the headers that the defence rests on. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { aVisitor, describeInBrowser, launchBrowser } from './support/browser.ts'
import { type Portal, startPortal } from './support/portal.ts'

const connect = '/integrations/zoho-books/connect'

describeInBrowser('a link on the attacker’s page', () => {
  let portal: Portal
  let browser: Browser
  let evil: Server
  let target = ''

  beforeAll(async () => {
    portal = await startPortal({ invoices: 1 })
    browser = await launchBrowser()
    // 127.0.0.1 is another site than localhost.
    evil = createServer((request, response) => {
      if (request.url === '/redirect') response.writeHead(302, { location: target }).end()
      else
        response
          .writeHead(200, { 'content-type': 'text/html' })
          .end(
            `<a id="go" rel="noreferrer" href="${target}">Your invoice</a><a id="hop" href="/redirect">x</a>`,
          )
    })
    await new Promise<void>((done) => evil.listen(0, '127.0.0.1', done))
  })
  afterAll(async () => {
    evil?.close()
    await browser?.close()
    await portal?.close()
  })

  const lure = async (page: Page, to: string, link: 'go' | 'hop') => {
    target = to
    await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`)
    await page.click(`#${link}`)
  }
  const attackers = (next: string) =>
    portal.handOver({ clientId: 'attacker', clientName: 'Attacker Ltd', next })
  const signedInTo = (page: Page) => page.locator('.who-name').textContent()
  const isOurs = (page: Page) => new URL(page.url()).origin === new URL(portal.url).origin

  it.each(['go', 'hop'] as const)('does not replace the victim’s session (%s)', async (link) => {
    const { page } = await aVisitor(browser)
    await page.goto(await portal.handOver({ clientId: 'victim', clientName: 'Victim Ltd' }))
    await lure(page, await attackers(connect), link)
    await page.getByRole('heading', { name: 'Sign in to Attacker Ltd?' }).waitFor()
    await page.getByRole('link', { name: 'Stay with Victim Ltd' }).click()
    await page.waitForURL('**/integrations')
    expect(await signedInTo(page)).toBe('Victim Ltd')
  })

  it.each(['go', 'hop'] as const)(
    'leads a visitor without a session no further than to a page (%s)',
    async (link) => {
      const { page } = await aVisitor(browser)
      await lure(page, await attackers(connect), link)
      await page.waitForURL('**/integrations')
      expect(await signedInTo(page)).toBe('Attacker Ltd')
      await lure(page, `${portal.url}${connect}`, link)
      await page.getByRole('heading', { name: 'Connect Zoho Books to Attacker Ltd?' }).waitFor()
      expect(isOurs(page)).toBe(true)
    },
  )

  it('is followed to Zoho only by the person’s own press, on a page that names the client', async () => {
    const { page } = await aVisitor(browser)
    await page.goto(await portal.handOver({ clientId: 'victim', clientName: 'Victim Ltd' }))
    await lure(page, `${portal.url}${connect}`, 'go')
    await page.getByRole('link', { name: 'Connect to Victim Ltd' }).click()
    await page.waitForURL((url) => url.origin === portal.simulator.url)
  })

  it('signs in to another client when the person wants it', async () => {
    const { page } = await aVisitor(browser)
    await page.goto(await portal.handOver({ clientId: 'victim', clientName: 'Victim Ltd' }))
    await lure(page, await portal.handOver({ clientId: 'second', clientName: 'Second Ltd' }), 'go')
    await page.getByRole('button', { name: 'Sign in to Second Ltd' }).click()
    await page.waitForURL('**/integrations')
    expect(await signedInTo(page)).toBe('Second Ltd')
  })
})
