import type { ComponentChildren } from 'preact'
import { pager as words } from './words.tsx'

export interface PagerLinks {
  readonly previous: string | null
  readonly next: string | null
}

/** Next/Previous: Zoho gives no totals, so there are no page numbers. */
export const Pager = ({ previous, next, children }: PagerLinks & { children?: ComponentChildren }) =>
  previous === null && next === null && !children ? null : (
    <nav class="pager" aria-label={words.pages}>
      <div>{children}</div>
      <div class="actions">
        <PagerLink href={previous} rel="prev">
          {words.previous}
        </PagerLink>
        <PagerLink href={next} rel="next">
          {words.next}
        </PagerLink>
      </div>
    </nav>
  )

const PagerLink = ({ href, rel, children }: { href: string | null; rel: string; children: string }) =>
  href === null ? (
    <span class="button button-small" aria-disabled="true">
      {children}
    </span>
  ) : (
    <a class="button button-small" href={href} rel={rel}>
      {children}
    </a>
  )
