import { isErrorCode, messageOf } from '../../../errors.ts'
import type { Outcome } from './integrations-page.tsx'

const done: Readonly<Record<string, Outcome>> = {
  sync: { tone: 'good', title: 'The sync has been started.' },
  disconnected: {
    tone: 'good',
    title: 'Zoho Books is disconnected.',
    text: 'Our access is being revoked at Zoho. Your cases are still here.',
  },
  organization: {
    tone: 'good',
    title: 'The organization was changed.',
    text: 'Its unpaid invoices are being read now.',
  },
}

const failure = (code: string): Outcome => ({
  tone: 'bad',
  title: messageOf(isErrorCode(code) ? code : 'connect_failed'),
})

/** What the address says has just happened: only words of ours are shown, never those of the address. */
export const outcomeOf = (query: unknown): Outcome | undefined => {
  const { connected, error, done: what } = query as Record<string, unknown>
  if (typeof error === 'string') return failure(error)
  if (typeof what === 'string' && Object.hasOwn(done, what)) return done[what]
  if (connected === '1') return { tone: 'good', title: 'Zoho Books is connected.' }
  return undefined
}
