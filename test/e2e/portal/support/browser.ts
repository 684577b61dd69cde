/** A real Chromium for tests, where there is one. */
import { readFileSync } from 'node:fs'
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
import.meta.jest.setTimeout(90_000)

const executablePath = process.env['TEST_CHROMIUM']

/** Skips a suite on a machine without Chromium; why is said once, by the global set-up. */
export const describeInBrowser = executablePath ? describe : describe.skip
if (!executablePath) console.log('Skipped: TEST_CHROMIUM is not set, these tests need a Chromium.')

export const launchBrowser = (): Promise<Browser> =>
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
  context.setDefaultTimeout(15_000)
  const complaints: string[] = []
  const page = await context.newPage()
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('Failed to load resource'))
      complaints.push(message.text())
  })
  return { page, context, complaints }
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const axeAnswer = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      nodes: z.array(z.object({ target: z.array(z.unknown()), failureSummary: z.string() })),
    }),
  ),
})

/**
 * What axe-core finds wrong with the page as it stands, one line each. `page.evaluate` runs outside the page's
 * content security policy, so the policy stays on.
 */
export const accessibilityProblems = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axeSource)
  const answer = axeAnswer.parse(
    await page.evaluate(
      `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
    ),
  )
  return answer.violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary.replaceAll('\n', ' ')}`),
  )
}

/** Pixels by which the page is wider than the window: a person would have to scroll sideways. */
export const sidewaysScroll = async (page: Page): Promise<number> =>
  z
    .number()
    .parse(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'))
