import { z } from 'zod'

/**
 * bull-board's page asks Google for fonts and styles its loading sign inline. Neither passes our headers, and an
 * operator's browser should ask nobody else, so both are taken out.
 */
const foreign = [
  /<link[^>]*href="https?:[^>]*>/g,
  /<style>[\s\S]*?<\/style>/g,
  /(?<=<[a-z]+[^>]*) style="[^"]*"/g,
]

/**
 * The page without foreign addresses and without inline styles, with our script that names its buttons. Anything but text is
 * given back as it is.
 */
export const asOurPage = (payload: unknown, script: string): unknown =>
  typeof payload === 'string'
    ? foreign
        .reduce((html, part) => html.replace(part, ''), payload)
        .replace('</head>', `<script type="module" src="${script}"></script></head>`)
    : payload

const problem = z.looseObject({ detail: z.string() })

/** One of our errors so that bull-board's page shows it: it looks for a member `error`, and takes anything else for success. */
export const asBoardError = (payload: unknown): unknown => {
  if (typeof payload !== 'string') return payload
  const { data } = problem.safeParse(JSON.parse(payload))
  return data === undefined ? payload : JSON.stringify({ ...data, error: data.detail })
}
