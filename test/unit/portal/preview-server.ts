/** Serves every preview under its name, with the portal's own policy: to look at, to test, to take pictures of. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { pageStylesSource } from '../../../src/portal/http/page-styles.ts'
import { assetsDirectory } from '../../../src/portal/pages/assets.ts'
import { renderPage } from '../../../src/portal/pages/render.tsx'
import { previewContext, previews, withoutViewer } from './previews.tsx'

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
}

const policy = `default-src 'none'; script-src 'self'; style-src 'self' ${pageStylesSource}; img-src 'self'; connect-src 'self'; form-action 'self'`

export interface PreviewServer {
  readonly url: string
  readonly close: () => void
}

export const servePreviews = (): Promise<PreviewServer> =>
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
    }).listen(0, '127.0.0.1', () =>
      done({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        close: () => server.close(),
      }),
    )
  })
