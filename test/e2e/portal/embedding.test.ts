/** The portal in a frame of a host portal on another site, over https, in a browser that blocks third-party cookies. */
import { readFile } from 'node:fs/promises'
import type { Browser, FrameLocator, Page } from 'playwright-core'
import { freePort } from '../../../db/core/free-port.ts'
import { hasOpenssl } from '../../integration/redis/certificates.ts'
import { waitFor } from '../../support/wait-for.ts'
import { aVisitor, describeInBrowser, launchBrowser, type Visitor } from './support/browser.ts'
import { startHttpsSite, startTlsProxy, untrustedCertificate } from './support/https.ts'
import { type Portal, startPortal } from './support/portal.ts'

/** As docs/deploy.md tells who puts one proxy in front. */
const TRUST_PROXY = '1'

/** Without openssl there is no certificate; the tests of Redis behind TLS say so too. */
const describeOverHttps = hasOpenssl ? describeInBrowser : describe.skip

describeOverHttps('the portal in a frame of a host portal', () => {
  let portal: Portal
  let browser: Browser
  let visitor: Visitor
  let proxy: Awaited<ReturnType<typeof startTlsProxy>>
  const sites: { close: () => Promise<void> }[] = []
  let portalUrl: string
  let hostUrl: string
  let strangerUrl: string

  /** The example of the documentation, filled in as a host's server does. */
  const hostPage = async (url: URL): Promise<string> => {
    const outcome = url.searchParams.get('zoho_books')
    const next =
      outcome === null
        ? '/integrations'
        : outcome === 'connected'
          ? '/integrations?connected=1'
          : `/integrations?error=${outcome}`
    const session = new URL(await portal.handOver({ next }))
    return (await readFile('docs/embedding/host-page.html', 'utf8'))
      .replaceAll('{{PORTAL}}', portalUrl)
      .replaceAll('{{TOKEN}}', session.searchParams.get('token') ?? '')
      .replaceAll('{{NEXT}}', encodeURIComponent(next))
  }

  const frame = (page: Page): FrameLocator => page.frameLocator('#collector')

  beforeAll(async () => {
    const tls = untrustedCertificate()
    const port = await freePort()
    proxy = await startTlsProxy(tls, () => port)
    const host = await startHttpsSite(tls, hostPage)
    const stranger = await startHttpsSite(tls, hostPage)
    sites.push(proxy, host, stranger)
    // `localhost` and `127.0.0.1` are two sites, not only two origins.
    portalUrl = `https://localhost:${proxy.port}`
    hostUrl = `https://127.0.0.1:${host.port}`
    strangerUrl = `https://127.0.0.1:${stranger.port}`
    portal = await startPortal({
      invoices: 60,
      env: { PORT: String(port), PUBLIC_URL: portalUrl, FRAME_ANCESTORS: hostUrl, TRUST_PROXY },
    })
    browser = await launchBrowser(['--ignore-certificate-errors', '--test-third-party-cookie-phaseout'])
    visitor = await aVisitor(browser, { ignoreHTTPSErrors: true })
  })
  afterAll(async () => {
    await browser?.close()
    await portal?.close()
    for (const site of sites) await site.close()
  })

  it('signs in inside the frame by a partitioned cookie', async () => {
    const { page } = visitor
    await page.goto(`${hostUrl}/collections`)
    await frame(page).getByRole('heading', { name: 'Integrations' }).waitFor()
    const handOver = proxy.passed.find(({ path }) => path === '/session')
    expect(handOver?.site).toBe('cross-site')
    expect(handOver?.setCookie).toEqual([
      expect.stringMatching(
        /^__Host-portal_session=(?=.*; HttpOnly)(?=.*; Secure)(?=.*; Partitioned)(?=.*; SameSite=None)/,
      ),
    ])
    await frame(page).getByRole('link', { name: 'Cases', exact: true }).click()
    await frame(page).getByRole('heading', { name: 'Cases', exact: true }).waitFor()
  })

  it('a cookie that is not partitioned, and a session from outside, do not arrive in the frame', async () => {
    const { page, context } = await aVisitor(browser, { ignoreHTTPSErrors: true })
    await page.goto(await portal.handOver())
    await page.getByRole('heading', { name: 'Integrations' }).waitFor()
    await context.addCookies([{ name: 'plain', value: '1', url: portalUrl, secure: true, sameSite: 'None' }])
    const before = proxy.passed.length
    await page.goto(`${hostUrl}/collections`)
    await frame(page).getByRole('heading', { name: 'Integrations' }).waitFor()
    const [handOver, integrations] = ['/session', '/integrations'].map((path) =>
      proxy.passed.slice(before).find((one) => one.path === path),
    )
    expect(handOver?.cookie).toBe('')
    expect(integrations?.cookie).toMatch(/^__Host-portal_session=[^;]+$/)
    await context.close()
  })

  it('is as high as its page and has the colours of the host', async () => {
    const { page } = visitor
    await page.goto(`${hostUrl}/collections`)
    await frame(page).getByRole('heading', { name: 'Integrations' }).waitFor()
    const inFrame = () => page.frames().find((one) => one.url().startsWith(portalUrl))
    await waitFor('the frame to be as high as its page', async () => {
      const box = await page.locator('#collector').boundingBox()
      const height = await inFrame()?.evaluate('document.body.getBoundingClientRect().height')
      return box !== null && Math.abs(box.height - Math.max(480, Math.ceil(Number(height)))) < 1
    })
    expect(
      await inFrame()?.evaluate(`getComputedStyle(document.documentElement).getPropertyValue('--accent')`),
    ).toBe('#5b2a86')
  })

  it('takes no message from anybody but the host', async () => {
    const { page } = visitor
    const inFrame = page.frames().find((one) => one.url().startsWith(portalUrl))
    const accent = await inFrame?.evaluate(`new Promise((done) => {
      addEventListener('message', () => setTimeout(() =>
        done(getComputedStyle(document.documentElement).getPropertyValue('--accent'))))
      postMessage({ type: 'zoho-books:host', theme: { '--accent': 'red' } }, '*')
    })`)
    expect(accent).toBe('#5b2a86')
  })

  it('a refused permission and an accepted one come back to the page of the host', async () => {
    const { page } = visitor
    const toZoho = async () => {
      await frame(page).getByRole('link', { name: 'Connect', exact: true }).click()
      await frame(page).locator('a[data-top][href*="return="]').click()
    }
    await toZoho()
    await page.getByRole('button', { name: 'Reject' }).click()
    await page.waitForURL(`${hostUrl}/collections?zoho_books=connect_denied`)
    await frame(page).getByText('Access was not granted in Zoho. Nothing was connected.').waitFor()
    await toZoho()
    await page.getByRole('button', { name: 'Accept' }).click()
    await page.waitForURL(`${hostUrl}/collections?zoho_books=connected`)
    await frame(page).getByText('Zoho Books is connected.').waitFor()
    const callback = proxy.passed.findLast(({ path }) => path.endsWith('/callback'))
    expect(callback?.cookie).toContain('__Host-zoho_consent=')
    expect(callback?.cookie).not.toContain('portal_session')
  })

  it('does the rest of the main job in the frame', async () => {
    const { page } = visitor
    const inside = frame(page)
    await inside
      .locator('#connection-card[data-state="active"]', {
        has: page.locator('dt:has-text("Last synced") + dd time'),
      })
      .waitFor()
    await inside.getByRole('link', { name: 'Bulk Import (Integration)', exact: true }).click()
    await inside.locator('input[name="ids"][type="checkbox"]:not(:disabled)').first().check()
    await inside.getByRole('button', { name: 'Create Cases' }).click()
    await inside.getByLabel('I confirm that these claims are undisputed').check()
    await inside.getByRole('button', { name: 'Create 1 Case' }).click()
    await inside.getByRole('heading', { name: '1 case was created' }).waitFor()
    expect(visitor.complaints).toEqual([])
  })

  it('refuses what a page of the host sends with the cookie of the frame', async () => {
    const { page } = visitor
    const runs = () => portal.db.selectFrom('sync_runs').select('id').execute()
    const before = [await runs(), proxy.passed.length] as const
    const form = new URLSearchParams({ kind: 'full' }).toString()
    await page.evaluate(`fetch(${JSON.stringify(`${portalUrl}/integrations/zoho-books/sync`)}, {
      method: 'POST', mode: 'no-cors', credentials: 'include', body: ${JSON.stringify(form)},
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }).catch(() => undefined)`)
    const sent = proxy.passed.slice(before[1]).find(({ method }) => method === 'POST')
    expect(sent).toMatchObject({ site: 'cross-site', status: 403 })
    expect(sent?.cookie).toContain('__Host-portal_session=')
    expect(await runs()).toEqual(before[0])
  })

  it('a link to Zoho works from our own pages alone', async () => {
    const { page } = visitor
    await page.goto(`${hostUrl}/collections`)
    const inside = frame(page)
    const inFrame = page.frames().find((one) => one.url().startsWith(portalUrl))
    await inFrame?.goto(`${portalUrl}/integrations/zoho-books/consent`)
    const link = await inside.locator('a[data-top]').getAttribute('href')
    await page.setContent(`<a href="${new URL(link ?? '', portalUrl).href.replaceAll('&', '&amp;')}">go</a>`)
    await page.getByRole('link', { name: 'go' }).click()
    await page.waitForURL(`${portalUrl}/**`)
    expect(proxy.passed.findLast(({ path }) => path.endsWith('/consent/start'))).toMatchObject({
      site: 'cross-site',
      status: 403,
      setCookie: [],
    })
  })

  it('shows nothing in the frame of a stranger', async () => {
    const { page } = await aVisitor(browser, { ignoreHTTPSErrors: true })
    await page.goto(`${strangerUrl}/collections`)
    await waitFor('the frame to be refused', () =>
      page.frames().some((one) => one.url().startsWith('chrome-error:')),
    )
    await page.context().close()
  })
})
