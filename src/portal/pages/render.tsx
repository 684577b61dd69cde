import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { Page, type PageContext } from '../components/page-context.ts'

/** A whole HTML document. Everything is escaped by the renderer; no component writes raw HTML. */
export const renderPage = (context: PageContext, page: VNode): string =>
  `<!doctype html>${renderToString(<Page.Provider value={context}>{page}</Page.Provider>)}`
