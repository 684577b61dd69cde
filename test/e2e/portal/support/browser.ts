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
const runAxe = (runOnly: object) => `axe
  .run(document, { resultTypes: ['violations'], runOnly: ${JSON.stringify(runOnly)} })
  .then(({ violations }) =>
    violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + ': ' + target.join(' ') + ': ' + failureSummary)))`

/** What axe-core finds wrong with the page as it stands, one line each. */
export const accessibilityProblems = async (page: Page): Promise<readonly string[]> =>
  axeAnswer.parse(
    await page.evaluate(runAxe(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])),
  )

/** The same of what depends on colours and on the width alone: for another look at a page whose structure was judged before. */
export const problemsOfLooks = async (page: Page): Promise<readonly string[]> =>
  axeAnswer.parse(
    await page.evaluate(
      runAxe({
        type: 'rule',
        values: ['color-contrast', 'target-size', 'link-in-text-block', 'scrollable-region-focusable'],
      }),
    ),
  )

const tabStop = z.object({ name: z.string(), problems: z.array(z.string()) }).nullable()

/** What axe cannot see of the element that has the focus (WCAG 2.2: 2.4.7, 2.4.11, 2.5.8). */
const lookAtFocus = `(() => {
  const at = document.activeElement
  if (at === null || at === document.body || at === document.documentElement) return null
  const box = at.getBoundingClientRect()
  const target = (at.labels?.[0]?.contains(at) ? at.labels[0] : at).getBoundingClientRect()
  const style = getComputedStyle(at)
  const x = Math.min(Math.max((box.left + box.right) / 2, 1), innerWidth - 2)
  const y = (box.top + box.bottom) / 2
  const top = document.elementFromPoint(x, y)
  const isMet = top !== null && (at.contains(top) || top.contains(at) || top.closest('label')?.control === at)
  const problems = []
  if (y < 0 || y > innerHeight || !isMet) problems.push('is covered or off the screen')
  if (!(style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) && style.boxShadow === 'none')
    problems.push('does not show its focus')
  if (style.display !== 'inline' && (target.width < 24 || target.height < 24))
    problems.push('is small: ' + Math.round(target.width) + ' by ' + Math.round(target.height))
  return { name: (at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent ?? '').trim().slice(0, 60), problems }
})()`

/** The element that has the focus, by name; undefined: the focus has left the page. */
export const focused = async (page: Page): Promise<string | undefined> =>
  tabStop.parse(await page.evaluate(lookAtFocus))?.name

/** Goes with Tab through all of the page. @returns what is wrong with a stop, one line each. */
export const focusProblems = async (page: Page): Promise<readonly string[]> => {
  const problems: string[] = []
  for (let stop = 0; stop < 200; stop += 1) {
    await page.keyboard.press('Tab')
    const found = tabStop.parse(await page.evaluate(lookAtFocus))
    if (found === null) return problems
    problems.push(...found.problems.map((problem) => `${found.name} ${problem}`))
  }
  return [...problems, 'the focus never leaves the page']
}

/** Pixels by which the page is wider than the window: a person would have to scroll sideways. */
export const sidewaysScroll = async (page: Page): Promise<number> =>
  z
    .number()
    .parse(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'))
