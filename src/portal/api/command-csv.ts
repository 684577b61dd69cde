/** The result of a command as CSV (RFC 4180). Cells that a spreadsheet would run as a formula are defused. */
import { Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import type { Ctx } from '../../context.ts'
import { type CommandItemView, commandResult } from './command-view.ts'

const ROWS_AT_ONCE = 1_000

const columns = [
  { key: 'zohoInvoiceId', header: 'Zoho invoice id' },
  { key: 'creditorReference', header: 'Creditor reference' },
  { key: 'debtorName', header: 'Debtor name' },
  { key: 'amountToRecover', header: 'Amount to recover' },
  { key: 'currencyCode', header: 'Currency' },
  { key: 'outcome', header: 'Outcome' },
  { key: 'caseReference', header: 'Case reference' },
  { key: 'reasons', header: 'Reasons' },
]

const record = ({ reasons = [], ...item }: CommandItemView) => ({
  ...item,
  outcome: item.outcome ?? 'pending',
  reasons: reasons.map(({ message }) => message).join(' '),
})

/** Page by page: ten thousand rows never stand in memory at once. */
const records = async function* (ctx: Ctx, clientId: string, id: string) {
  let after: number | undefined
  do {
    const { items, next } = await commandResult(ctx, clientId, id, { after, limit: ROWS_AT_ONCE })
    yield* items.map(record)
    after = next === null ? undefined : Number(next)
  } while (after !== undefined)
}

/** With a byte order mark, without which Excel takes UTF-8 for something else. */
export const commandCsv = (ctx: Ctx, clientId: string, id: string): Readable => {
  const csv = stringify({
    header: true,
    columns,
    bom: true,
    escape_formulas: true,
    record_delimiter: 'windows',
  })
  const rows = Readable.from(records(ctx, clientId, id))
  rows.once('error', (error) => csv.destroy(error))
  csv.once('close', () => rows.destroy())
  return rows.pipe(csv)
}
