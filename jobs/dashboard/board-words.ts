import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../src/errors.ts'

const require = createRequire(import.meta.url)
/** bull-board's pages, as its API finds them. */
const pages = dirname(
  createRequire(require.resolve('@bull-board/api')).resolve('@bull-board/ui/package.json'),
)
const locales = join(pages, 'dist/static/locales')
const languages = new Set(readdirSync(locales))

const messages = z.looseObject({
  QUEUE: z.looseObject({ ACTIONS: z.looseObject({ TOAST: z.record(z.string(), z.string()) }) }),
})

/** What a retry of all says: not all of them are, and why. */
const ours = {
  RETRY_DONE: 'The {{status}} jobs that can be retried were sent back to the queue',
  RETRY_SKIPPED: '{{count}} stay as they are: only the client can help, or they have gone meanwhile.',
  RETRY_QUEUES_DONE: 'The failed jobs of {{count}} queues that can be retried were sent back',
}

/** The words of bull-board's page in a language of its own, with ours where its would be wrong. @throws AppError not_found */
export const readWords = async (language: string): Promise<unknown> => {
  if (!languages.has(language)) throw new AppError('not_found')
  const all = messages.parse(JSON.parse(await readFile(join(locales, language, 'messages.json'), 'utf8')))
  Object.assign(all.QUEUE.ACTIONS.TOAST, ours)
  return all
}
