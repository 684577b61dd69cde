/** A real Chromium for tests, where there is one. */
import { createRequire } from 'node:module'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core'
import { z } from 'zod'

// A browser, a database and all of the product start in the hooks.
import.meta.jest.setTimeout(240_000)

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
const executablePath = process.env['TEST_CHROMIUM']

/** Skips a suite on a machine without Chromium; why is said once, by the global set-up. */
export const describeInBrowser = executablePath ? describe : describe.skip
if (!executablePath) console.log('Skipped: TEST_CHROMIUM is not set, these tests need a Chromium.')

export const launchBrowser = (more: readonly string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: executablePath ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })

export interface Visitor {
  readonly page: Page
  readonly context: BrowserContext
  /** What the browser complained about: script errors and what the content security policy refused. */
  readonly complaints: readonly string[]
}

/** A person in front of a browser of their own. */
export const aVisitor = async (browser: Browser, options: BrowserContextOptions = {}): Promise<Visitor> => {
  const context = await browser.newContext({
    locale: 'en-GB',
    viewport: { width: 1280, height: 900 },
    ...options,
  })
  context.setDefaultTimeout(30_000)
  // Runs outside the page's content security policy, so that the policy stays on.
  await context.addInitScript({ path: axe })
  const complaints: string[] = []
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('Failed to load resource'))
      complaints.push(message.text())
  })
  return { page, context, complaints }
}

const axeAnswer = z.array(z.string())

/** Only the sentences cross over: axe's whole answer about a long list would stall the portal in this process. */
const runAxe = `axe
  .run(document, {
    resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  })
  .then(({ violations }) =>
    violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + ': ' + target.join(' ') + ': ' + failureSummary)))`

/** What axe-core finds wrong with the page as it stands, one line each. */
export const accessibilityProblems = async (page: Page): Promise<readonly string[]> =>
  axeAnswer.parse(await page.evaluate(runAxe))

/** Pixels by which the page is wider than the window: a person would have to scroll sideways. */
export const sidewaysScroll = async (page: Page): Promise<number> =>
  z
    .number()
    .parse(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'))
