import { usePage } from '../../components/page-context.ts'
import { Progress } from '../../components/progress.tsx'
import type { ProgressView } from './connection-view.ts'
import { syncProgress as words } from './words.tsx'

/** "1,400 of 2,310 invoices", or "1,400 invoices, page 7" where Zoho gives no total. */
export const progressText = (
  { rowsRead, total, page }: ProgressView,
  count: (value: number) => string,
): string =>
  total === undefined
    ? words.invoicesPage(count(rowsRead), count(page))
    : words.ofInvoices(count(Math.min(rowsRead, total)), count(total))

export const SyncProgress = ({ progress }: { progress: ProgressView }) => {
  const { format } = usePage()
  return (
    <Progress label={words.readingFromZohoBooks} value={progress.rowsRead} total={progress.total}>
      {progress.kind === 'full' ? words.readingAllUnpaidInvoices : words.readingWhatChanged}:{' '}
      <b>{progressText(progress, format.count)}</b>
    </Progress>
  )
}
