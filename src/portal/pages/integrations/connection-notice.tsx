import type { ComponentChildren } from 'preact'
import { Moment, RelativeTime } from '../../components/values.tsx'
import type { ConnectionView } from './connection-view.ts'

interface NoticeContent {
  readonly tone: 'info' | 'warn' | 'bad'
  readonly title: string
  readonly text: ComponentChildren
}

const delayed = ({ problem, delayedUntil }: ConnectionView): NoticeContent => ({
  tone: 'warn',
  title: problem?.message ?? 'Zoho asks us to slow down.',
  text: delayedUntil ? (
    <>
      We continue by ourselves <RelativeTime at={delayedUntil} />, at <Moment at={delayedUntil} />. Nothing is
      lost.
    </>
  ) : (
    'We continue by ourselves. Nothing is lost.'
  ),
})

const firstSync: NoticeContent = {
  tone: 'info',
  title: 'We are reading your unpaid invoices for the first time.',
  text: 'You may leave this page: it goes on by itself, and what has been read so far is already in Bulk Import.',
}

/** The problem in one sentence, and what happens next; undefined when all is well. */
export const connectionNotice = (connection: ConnectionView): NoticeContent | undefined => {
  const { state, problem } = connection
  switch (state) {
    case 'delayed':
      return delayed(connection)
    case 'reconnect_required':
      return {
        tone: 'bad',
        title: problem?.message ?? 'Zoho no longer accepts our access. Please reconnect Zoho Books.',
        text: 'Your invoices stay as they were at the last sync. No case is created until the connection works again.',
      }
    case 'error':
      return {
        tone: 'bad',
        title: problem?.message ?? 'The connection does not work right now.',
        text: problem?.action
          ? undefined
          : 'What was read before stays in Bulk Import, and your cases are not affected.',
      }
    case 'paused':
      return {
        tone: 'info',
        title: 'The connection is paused.',
        text: 'Nothing is read from Zoho Books until our team resumes it. Your cases are not affected.',
      }
    case 'syncing':
    case 'active':
      if (connection.lastSyncedAt === null) return firstSync
      return problem ? { tone: 'warn', title: problem.message, text: undefined } : undefined
    default:
      return undefined
  }
}
