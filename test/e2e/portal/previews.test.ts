/** Every page in every state, from fixtures: accessible, in both colour schemes, at 1280 and 390 pixels. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import type { Browser } from 'playwright-core'
import { assetsDirectory } from '../../../src/portal/pages/assets.ts'
import { renderPage } from '../../../src/portal/pages/render.tsx'
import { previewContext, previews, withoutViewer } from '../../unit/portal/previews.tsx'
import {
  accessibilityProblems,
  aVisitor,
  describeInBrowser,
  launchBrowser,
  sidewaysScroll,
} from './support/browser.ts'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
}

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'"

const servePreviews = (): Promise<Server> =>
  new Promise((done) => {
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname
      const preview = previews[path.slice(1)]
      if (path.startsWith('/assets/')) {
        const file = join(assetsDirectory, path.slice('/assets/'.length))
        response.writeHead(200, { 'content-type': types[extname(file)] ?? '' }).end(readFileSync(file))
      } else if (preview) {
        const context = previewContext(withoutViewer(path.slice(1)) ? { viewer: undefined } : {})
        response.writeHead(200, {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': policy,
        })
        response.end(renderPage(context, preview()))
      } else response.writeHead(404).end()
    }).listen(0, '127.0.0.1', () => done(server))
  })

describeInBrowser('every page in every state', () => {
  let server: Server
  let browser: Browser
  let url: string

  beforeAll(async () => {
    server = await servePreviews()
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
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
      await page.goto(`${url}/${name}`)
      problems.push(...(await accessibilityProblems(page)).map((problem) => `${name}: ${problem}`))
      const sideways = await sidewaysScroll(page)
      if (sideways > 0) problems.push(`${name}: scrolls sideways by ${sideways} pixels`)
    }
    expect(problems).toEqual([])
    // The previews have no events to listen to.
    expect(complaints.filter((complaint) => !complaint.includes('EventSource'))).toEqual([])
  })
})
