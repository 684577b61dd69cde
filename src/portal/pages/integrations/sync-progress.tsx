import { usePage } from '../../components/page-context.ts'
import { Progress } from '../../components/progress.tsx'
import type { ProgressView } from './connection-view.ts'

/** "1,400 of 2,310 invoices", or "1,400 invoices, page 7" where Zoho gives no total. */
export const progressText = (
  { rowsRead, total, page }: ProgressView,
  count: (value: number) => string,
): string =>
  total === undefined
    ? `${count(rowsRead)} invoices, page ${count(page)}`
    : `${count(Math.min(rowsRead, total))} of ${count(total)} invoices`

export const SyncProgress = ({ progress }: { progress: ProgressView }) => {
  const { format } = usePage()
  return (
    <Progress label="Reading from Zoho Books" value={progress.rowsRead} total={progress.total}>
      {progress.kind === 'full' ? 'Reading all unpaid invoices' : 'Reading what changed'}:{' '}
      <b>{progressText(progress, format.count)}</b>
    </Progress>
  )
}
