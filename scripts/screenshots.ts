import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { type PreviewServer, servePreviews } from '../test/unit/portal/preview-server.ts'
import { previews } from '../test/unit/portal/previews.tsx'
import { runEverything } from './support/run-everything.ts'
import { runScript } from './support/script.ts'

const directory = 'docs/screenshots'
/** All that no document shows; not in git. */
const others = join(directory, 'all')
/** What docs/screenshots.md and the README show. */
const shown = new Set(
  [
    'integrations-active',
    'bulk-import',
    'invoice-blocked',
    'review',
    'command-completed',
    'cases',
    'case-paid',
    'case-voided',
    'case-withdrawn',
    'operator',
  ].flatMap((name) => [`${name}-1280-light`, `${name}-390-dark`]),
)

const broad = { width: 1280, height: 860 }
const narrow = { width: 390, height: 844 }

interface Look {
  readonly viewport: typeof broad
  readonly colorScheme: 'light' | 'dark'
}

const everyLook: readonly Look[] = [broad, narrow].flatMap((viewport) => [
  { viewport, colorScheme: 'light' as const },
  { viewport, colorScheme: 'dark' as const },
])
/** Both widths and both colours in two pictures. */
const twoLooks = everyLook.filter(
  ({ viewport, colorScheme }) => (viewport === broad) === (colorScheme === 'light'),
)

/** Pages that a visitor of the README wants to see as they would have them. */
const main = new Set([
  'integrations-active',
  'bulk-import',
  'invoice-blocked',
  'review',
  'command-completed',
  'cases',
  'case',
])

const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
]

const take = async (page: Page, name: string): Promise<void> => {
  const path = join(shown.has(name) ? directory : others, `${name}.png`)
  await page.screenshot({ path })
  console.log(path)
}

/** A picture in each look, of what `open` leads to. */
const inLooks = async (
  browser: Browser,
  name: string,
  looks: readonly Look[],
  open: (page: Page) => Promise<unknown>,
) => {
  for (const look of looks) {
    const page = await browser.newPage({ ...look, locale: 'en-GB' })
    await open(page)
    await take(page, `${name}-${look.viewport.width}-${look.colorScheme}`)
    await page.close()
  }
}

const pagesAndStates = async (browser: Browser, { url }: PreviewServer) => {
  for (const name of Object.keys(previews))
    await inLooks(browser, name, main.has(name) ? everyLook : twoLooks, async (page) => {
      // Never answered: totals that come late are still on their way.
      await page.route('**/bulk-import/summary*', () => undefined)
      await page.goto(`${url}/${name}`)
    })
  await inLooks(browser, 'disconnect-dialog', twoLooks, async (page) => {
    await page.goto(`${url}/integrations-active`)
    await page.getByRole('link', { name: 'Disconnect' }).click()
    await page.getByRole('dialog').waitFor()
  })
  await inLooks(browser, 'invoice-drawer', everyLook, async (page) => {
    await page.route('**/bulk-import/invoices/**', (route) =>
      route.continue({ url: `${url}/invoice-blocked` }),
    )
    await page.goto(`${url}/bulk-import`)
    await page.locator('a[data-drawer]').nth(2).click()
    await page.getByRole('dialog').waitFor()
  })
  // The inner part of a sheet of A4.
  const paper = { viewport: { width: 658, height: 986 }, colorScheme: 'light' as const }
  await inLooks(browser, 'case-print', [paper], async (page) => {
    await page.emulateMedia({ media: 'print' })
    await page.goto(`${url}/case`)
  })
}

/** The operator's pages need queues: all of the product runs for them, with a client who has just connected. */
const operatorPages = async (browser: Browser) => {
  const data = await mkdtemp(join(tmpdir(), 'screenshots-'))
  const everything = await runEverything({
    env: { DATA_DIR: data, PORT: '0', LOG_LEVEL: 'silent', DEMO_SIGN_IN: 'true' },
    invoices: 250,
    seed: 1,
  })
  const { url } = everything.server
  try {
    const client = await browser.newPage()
    await client.goto(url)
    await client.getByRole('button', { name: 'Sign in as a client' }).click()
    await client.getByRole('link', { name: 'Connect', exact: true }).click()
    await client.getByRole('button', { name: 'Accept' }).click()
    await client.getByText('250 new').waitFor()
    await client.close()
    const asOperator = async (page: Page, path: string, text: string) => {
      await page.goto(url)
      await page.getByRole('button', { name: 'Sign in as an operator' }).click()
      await page.goto(`${url}/operator${path}`)
      await page.getByText(text).first().waitFor()
    }
    await inLooks(browser, 'operator', twoLooks, (page) => asOperator(page, '', 'Oldest due work'))
    await inLooks(browser, 'operator-connection', twoLooks, async (page) => {
      await asOperator(page, '/connections', 'demo-client')
      await page.getByRole('link', { name: 'demo-client' }).click()
      await page.getByRole('heading', { name: 'Newest runs' }).waitFor()
    })
    const host = await browser.newPage()
    await asOperator(host, '/webhooks', 'No endpoint yet')
    await host.getByLabel('Address').fill('http://127.0.0.1:9/events')
    await host.getByLabel('Description').fill('Collection platform')
    await host.getByRole('button', { name: 'Add endpoint' }).click()
    await host.getByText('Copy the secret now').waitFor()
    await host.getByRole('button', { name: 'Send a test' }).click()
    await host.getByText('A test is on its way').waitFor()
    await host.close()
    await inLooks(browser, 'operator-webhooks', twoLooks, (page) =>
      asOperator(page, '/webhooks', 'Collection platform'),
    )
    await inLooks(browser, 'operator-webhook', twoLooks, async (page) => {
      await asOperator(page, '/webhooks', 'Collection platform')
      await page.getByRole('link', { name: '127.0.0.1:9' }).click()
      await page.getByRole('heading', { name: 'Deliveries' }).waitFor()
    })
    await inLooks(browser, 'operator-queues', twoLooks, (page) =>
      asOperator(page, '/queues', 'case-creation'),
    )
  } finally {
    await everything.close()
    await rm(data, { recursive: true, force: true })
  }
}

await runScript({
  help: `Usage: npm run screenshots [-- --chromium PATH]

Takes the pictures of the pages anew, those that documents show into docs/screenshots, the others beside them in all/: every page in every state from the previews of
test/unit/portal/previews.tsx (invented data, the same each time), at 1280 and 390 pixels, light and dark; the
operator's pages from the running product.

  --chromium PATH   the browser (default /usr/bin/chromium)`,
  options: { chromium: { type: 'string', default: '/usr/bin/chromium' } },
  run: async ({ chromium: executablePath }) => {
    for (const folder of [directory, others]) {
      await mkdir(folder, { recursive: true })
      for (const name of await readdir(folder)) if (name.endsWith('.png')) await rm(join(folder, name))
    }
    const server = await servePreviews()
    const browser = await chromium.launch({ executablePath, args: browserArguments })
    try {
      await pagesAndStates(browser, server)
      await operatorPages(browser)
    } finally {
      await browser.close()
      server.close()
    }
    return 0
  },
})
