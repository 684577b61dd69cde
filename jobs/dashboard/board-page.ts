/**
 * bull-board's page asks Google for fonts and styles its loading sign inline. Neither passes our headers, and an
 * operator's browser should ask nobody else, so both are taken out.
 */
const foreign = [
  /<link[^>]*href="https?:[^>]*>/g,
  /<style>[\s\S]*?<\/style>/g,
  /(?<=<[a-z]+[^>]*) style="[^"]*"/g,
]

/** The page without foreign addresses and without inline styles. Anything but text is given back as it is. */
export const withoutForeignParts = (payload: unknown): unknown =>
  typeof payload === 'string' ? foreign.reduce((html, part) => html.replace(part, ''), payload) : payload
