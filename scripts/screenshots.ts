import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { servePreviews } from '../test/unit/portal/preview-server.ts'
import { runScript, UsageError } from './support/script.ts'

const directory = 'docs/screenshots'
const MOST_BYTES = 150_000

const broad = { width: 1280, height: 860 }
const narrow = { width: 390, height: 844 }

/** Preview → pictures of it. */
const pictures = [
  ['integrations-not-connected', broad, 'light'],
  ['integrations-first-sync', broad, 'light'],
  ['integrations-active', broad, 'light'],
  ['integrations-active', narrow, 'light'],
  ['integrations-reconnect', broad, 'dark'],
  ['bulk-import', broad, 'light'],
  ['bulk-import', broad, 'dark'],
  ['bulk-import', narrow, 'dark'],
  ['invoice-blocked', broad, 'light'],
  ['review', broad, 'light'],
  ['command-running', broad, 'light'],
  ['command-completed', broad, 'light'],
  ['command-completed', narrow, 'light'],
  ['cases', broad, 'light'],
  ['case', broad, 'light'],
  ['case', narrow, 'dark'],
] as const

const browserArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
]

await runScript({
  help: `Usage: npx tsx scripts/screenshots.ts [--chromium PATH]

Takes the pictures of docs/screenshots from the previews of test/unit/portal/previews.tsx: invented data, the same
each time.

  --chromium PATH   the browser (default /usr/bin/chromium)`,
  options: { chromium: { type: 'string', default: '/usr/bin/chromium' } },
  run: async ({ chromium: executablePath }) => {
    await mkdir(directory, { recursive: true })
    const server = await servePreviews()
    const browser = await chromium.launch({ executablePath, args: browserArguments })
    try {
      for (const [name, viewport, colorScheme] of pictures) {
        const page = await browser.newPage({ viewport, colorScheme })
        await page.goto(`${server.url}/${name}`)
        const path = join(directory, `${name}-${viewport.width}-${colorScheme}.png`)
        await page.screenshot({ path })
        await page.close()
        const { size } = await stat(path)
        if (size > MOST_BYTES) throw new UsageError(`${path} has ${size} bytes, more than ${MOST_BYTES}.`)
        console.log(`${path}  ${Math.round(size / 1000)} kB`)
      }
    } finally {
      await browser.close()
      server.close()
    }
    return 0
  },
})
