import { z } from 'zod'
import { codeOf } from '../failed-reason.ts'
import { isClientsToFix } from '../inspection/retry-failed.ts'

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

const shownJob = z
  .looseObject({ isFailed: z.boolean(), failedReason: z.string().nullish() })
  .transform((job) => {
    const why = { failedReason: job.failedReason ?? '', stalledCounter: 0 }
    if (!isClientsToFix(why)) return job
    const externalUrl = { displayText: 'Only the client can help', href: `/docs/errors#${codeOf(why)}` }
    return { ...job, isFailed: false, externalUrl }
  })
const shownJobs = z.looseObject({
  // What is completed is not done again by hand either: rows hold what is due.
  queues: z
    .array(
      z
        .looseObject({ jobs: z.array(shownJob) })
        .transform((queue) => ({ ...queue, allowCompletedRetries: false })),
    )
    .optional(),
  job: shownJob.optional(),
})

/**
 * What bull-board's page reads, so that it offers no retry of a job that only the client can help, but says so: it offers one of
 * those with `isFailed`. They stay in the list of failed ones, with their reason.
 */
export const withoutHopelessRetries = (payload: unknown): unknown =>
  shownJobs.safeParse(payload).data ?? payload
