import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Formatter } from './formatter.ts'

/** Who looks at a page. Undefined viewer: not signed in. */
export interface Viewer {
  readonly name: string
  readonly clientName: string
  readonly role: 'client' | 'operator'
}

/** What every component may know of the request. */
export interface PageContext {
  readonly format: Formatter
  readonly viewer: Viewer | undefined
  readonly csrfToken: string | undefined
  /** Path and query of this page. */
  readonly path: string
  /** Sources of `FRAME_ANCESTORS` when a host portal may show this page in a frame. */
  readonly hosts?: readonly string[] | undefined
  /** Only the middle of the page is asked for, by a script of the page around it. */
  readonly part?: boolean | undefined
  /** Address of a file of `assets/`, with the hash of its content. */
  readonly asset: (name: string) => string
}

export const Page = createContext<PageContext | undefined>(undefined)

/** The context of the page being rendered. */
export const usePage = (): PageContext => {
  const page = useContext(Page)
  if (!page) throw new Error('A component was rendered outside a page')
  return page
}

export const useFormat = (): Formatter => usePage().format
