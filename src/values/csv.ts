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

/**
 * Streams a list as CSV with a header line, as fast as it is read: a long one needs no memory. It is read page by page,
 * each when it is wanted. `read` is given what the page before said comes next, and undefined for the first.
 */
export const csvOfPages = <Item, Place>(
  columns: readonly string[],
  read: (
    from: Place | undefined,
  ) => Promise<{ readonly items: readonly Item[]; readonly next: Place | null }>,
  record: (item: Item) => Readonly<Record<string, string>>,
): Readable => {
  const records = async function* () {
    for (let from: Place | null | undefined; from !== null; ) {
      const { items, next } = await read(from)
      for (const item of items) yield record(item)
      from = next
    }
  }
  const csv: Stringifier = stringify({
    header: true,
    columns: [...columns],
    record_delimiter: '\r\n',
    bom: true,
  })
  const source = Readable.from(records())
  source.on('error', (error) => csv.destroy(error))
  // whoever stopped reading must not leave a query behind
  csv.on('close', () => source.destroy())
  return source.pipe(csv)
}
