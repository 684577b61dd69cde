/** CSV: RFC 4180, and safe to open in a spreadsheet. */
import { Readable } from 'node:stream'
import { type Stringifier, stringify } from 'csv-stringify'

/**
 * Where a cell may begin, and what makes a formula of it: at the start of the text, and after what a spreadsheet may take
 * for the end of the cell before. In half of Europe it divides this file at semicolons, whatever is quoted between commas.
 */
const formulaStart = /(^|[;\t\r\n])((?:[^\S\t\r\n]|["'])*)(?=[=+\-@\uFF0B\uFF0D\uFF1D\uFF20])/g

/**
 * Text that a spreadsheet would take for a formula gets an apostrophe in front. Names and numbers come from other
 * people's books, and `=HYPERLINK(…)` is a fine customer name for somebody.
 */
export const formulaSafe = (text: string): string => {
  const neutral = text.replace(formulaStart, "$1'$2")
  return /^[\t\r\n]/.test(neutral) ? `'${neutral}` : neutral
}

/** Streams records as CSV with a header line, as fast as they are read: a long list needs no memory. */
export const csvOf = (
  columns: readonly string[],
  records: AsyncIterable<Readonly<Record<string, string>>>,
): Readable => {
  const csv: Stringifier = stringify({
    header: true,
    columns: [...columns],
    record_delimiter: '\r\n',
    bom: true,
  })
  const source = Readable.from(records)
  source.on('error', (error) => csv.destroy(error))
  // whoever stopped reading must not leave a query behind
  csv.on('close', () => source.destroy())
  return source.pipe(csv)
}
