import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { Page, type PageContext } from '../components/page-context.ts'
import { pageStyles } from '../http/page-styles.ts'

const styled = (html: string) => html.replace('</head>', () => `<style>${pageStyles}</style></head>`)

/**
 * A whole HTML document with its styles, or a part for the page that has them already. Everything is escaped by the renderer; no
 * component writes raw HTML.
 */
export const renderPage = (context: PageContext, page: VNode): string => {
  const html = renderToString(<Page.Provider value={context}>{page}</Page.Provider>)
  return `<!doctype html>${context.part ? html : styled(html)}`
}
