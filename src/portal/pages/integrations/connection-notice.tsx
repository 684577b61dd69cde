import type { ComponentChildren } from 'preact'
import { Moment, RelativeTime } from '../../components/values.tsx'
import type { ConnectionView } from './connection-view.ts'
import { connectionNotice as words } from './words.tsx'

interface NoticeContent {
  readonly tone: 'info' | 'warn' | 'bad'
  readonly title: string
  readonly text: ComponentChildren
}

const delayed = ({ problem, delayedUntil }: ConnectionView): NoticeContent => ({
  tone: 'warn',
  title: problem?.message ?? words.zohoAsksUsToSlow,
  text: delayedUntil
    ? words.weContinueByOurselves(<RelativeTime at={delayedUntil} />, <Moment at={delayedUntil} />)
    : words.weContinueByOurselvesNothing,
})

const firstSync: NoticeContent = {
  tone: 'info',
  title: words.weAreReadingYourUnpaid,
  text: words.youMayLeaveThisPage,
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
        title: problem?.message ?? words.zohoNoLongerAcceptsOur,
        text: words.yourInvoicesStayAsThey,
      }
    case 'error':
      return {
        tone: 'bad',
        title: problem?.message ?? words.theConnectionDoesNotWork,
        text: problem?.action ? undefined : words.whatWasReadBeforeStays,
      }
    case 'paused':
      return {
        tone: 'info',
        title: words.theConnectionIsPaused,
        text: words.nothingIsReadFromZoho,
      }
    case 'syncing':
    case 'active':
      if (connection.lastSyncedAt === null) return firstSync
      return problem ? { tone: 'warn', title: problem.message, text: undefined } : undefined
    default:
      return undefined
  }
}
