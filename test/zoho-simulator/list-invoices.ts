import { randomBytes } from 'node:crypto'
import { type Answer, booksError, type Call, jsonTextAnswer } from './answer.ts'
import type { Book } from './book.ts'
import { balanceOf, type Invoice, isOwed } from './invoice.ts'
import { type Filters, InvalidValue, parseFilters } from './invoice-filters.ts'
import { listRow, type RowContext, rowContext } from './invoice-json.ts'
import type { Organization, World } from './world.ts'

const columns = {
  customer_name: (invoice: Invoice) => invoice.customer.name,
  invoice_number: (invoice: Invoice) => invoice.number,
  date: (invoice: Invoice) => invoice.date,
  due_date: (invoice: Invoice) => invoice.dueDate,
  total: (invoice: Invoice) => invoice.total / 10 ** invoice.customer.currency.digits,
  balance: (invoice: Invoice) => balanceOf(invoice) / 10 ** invoice.customer.currency.digits,
  created_time: (invoice: Invoice) => invoice.createdAt,
  /** Not documented for invoices, but used against a live organization (contract 6.1). */
  last_modified_time: (invoice: Invoice) => invoice.modifiedAt,
}
type Column = keyof typeof columns
const isColumn = (name: string): name is Column => Object.hasOwn(columns, name)

interface Listing {
  readonly version: number
  readonly indexes: Uint32Array
}

const LISTINGS_KEPT = 8
const cache = new WeakMap<Book, Map<string, Listing>>()

/** As listings see it, without making the row. */
function modifiedAt(book: Book, index: number): number {
  const view = book.views.get(index)?.list
  return view && view !== 'absent' ? view.modifiedAt : book.modifiedAt(index)
}

function matching(book: Book, filters: Filters): Uint32Array {
  const { unpaidOnly, modifiedFrom, rowTests } = filters
  const found = new Uint32Array(book.size())
  let count = 0
  for (let index = 0; index < found.length; index += 1) {
    const view = book.views.get(index)?.list
    if (view === 'absent') continue
    if (unpaidOnly ? !(view ? isOwed(view) : book.isUnpaid(index)) : !(view || book.isListed(index))) continue
    if (modifiedFrom !== undefined && modifiedAt(book, index) < modifiedFrom) continue
    if (rowTests.length > 0) {
      const invoice = book.listed(index)
      if (!invoice || !rowTests.every((test) => test(invoice))) continue
    }
    found[count] = index
    count += 1
  }
  return found.slice(0, count)
}

/** Ties fall in the order of creation; Zoho documents no tie-breaker (contract 11). */
function sorted(book: Book, indexes: Uint32Array, column: Column): Uint32Array {
  if (column === 'created_time') {
    return book.inCreationOrder()
      ? indexes
      : indexes.sort((a, b) => book.createdAt(a) - book.createdAt(b) || a - b)
  }
  if (column === 'last_modified_time') {
    return indexes.sort((a, b) => modifiedAt(book, a) - modifiedAt(book, b) || a - b)
  }
  const keys = new Map<number, string | number>()
  for (const index of indexes) {
    const invoice = book.listed(index)
    if (invoice) keys.set(index, columns[column](invoice))
  }
  const compare = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0)
  return indexes.sort((a, b) => compare(keys.get(a) ?? '', keys.get(b) ?? '') || a - b)
}

/** The whole listing as positions; kept until the book changes, since a walk asks for it page by page. */
function listing(book: Book, filters: Filters, column: Column, descending: boolean): Uint32Array {
  const key = `${column} ${descending} ${filters.key}`
  const known = cache.get(book) ?? new Map<string, Listing>()
  cache.set(book, known)
  const hit = known.get(key)
  if (hit && hit.version === book.version()) return hit.indexes
  const ascending = sorted(book, matching(book, filters), column)
  const indexes = descending ? ascending.reverse() : ascending
  known.delete(key)
  known.set(key, { version: book.version(), indexes })
  for (const oldest of known.keys()) {
    if (known.size <= LISTINGS_KEPT) break
    known.delete(oldest)
  }
  return indexes
}

/** Every 50th row twice, as in listings where one invoice has two invoice_urls (contract 6.3). */
function withDuplicates(indexes: Uint32Array): Uint32Array {
  return Uint32Array.from([...indexes].flatMap((index, at) => (at % 50 === 0 ? [index, index] : [index])))
}

function wholeNumber(query: URLSearchParams, name: string, fallback: number, low: number): number {
  const value = query.get(name) ?? ''
  if (value === '') return fallback
  const number = Number(value)
  if (!/^\d+$/.test(value) || number < low) throw new InvalidValue(name)
  return number
}

interface Paging {
  readonly page: number
  readonly perPage: number
  readonly column: Column
  readonly descending: boolean
  readonly responseOption: number | undefined
}

function parsePaging(query: URLSearchParams): Paging {
  const column = query.get('sort_column') || 'created_time'
  if (!isColumn(column)) throw new InvalidValue('sort_column')
  const order = query.get('sort_order') || 'D'
  if (order !== 'A' && order !== 'D') throw new InvalidValue('sort_order')
  const option = query.get('response_option') || undefined
  if (option !== undefined && !/^[0-4]$/.test(option)) throw new InvalidValue('response_option')
  return {
    page: wholeNumber(query, 'page', 1, 1),
    perPage: Math.min(200, wholeNumber(query, 'per_page', 200, 1)),
    column,
    descending: order === 'D',
    responseOption: option === undefined ? undefined : Number(option),
  }
}

/** The names of the sums are not known (contract 6.1); the count is `total` and `total_pages`. */
function totals(book: Book, indexes: Uint32Array, { responseOption, perPage }: Paging): string {
  if (responseOption === undefined) return ''
  const counted = responseOption >= 1 && responseOption <= 3
  const count = counted
    ? `,"total":${indexes.length},"total_pages":${Math.ceil(indexes.length / perPage)}`
    : ''
  const summed = responseOption === 1 || responseOption >= 3
  return `,"response_option":${responseOption}${count}${summed ? sums(book, indexes) : ''}`
}

const knownSums = new WeakMap<Uint32Array, string>()

/** Of a million invoices they take a second or two, in which this process answers nobody: done once for a listing. */
function sums(book: Book, indexes: Uint32Array): string {
  const known = knownSums.get(indexes)
  if (known !== undefined) return known
  let total = 0
  let balance = 0
  for (const index of indexes) {
    const invoice = book.listed(index)
    total += invoice ? columns.total(invoice) : 0
    balance += invoice ? columns.balance(invoice) : 0
  }
  const written = `,"sum_total":${total.toFixed(2)},"sum_balance":${balance.toFixed(2)}`
  knownSums.set(indexes, written)
  return written
}

/**
 * `head`, the rows with commas between, and `tail` as bytes. Each row is written as it is made: that is twice as fast as joining 200 of
 * them first, because V8 would have to flatten a tree of ten thousand small strings.
 */
function writeRows(
  context: RowContext,
  book: Book,
  indexes: Uint32Array,
  head: string,
  tail: string,
): Buffer {
  let buffer = Buffer.allocUnsafe(indexes.length * 2600 + 1024)
  let end = buffer.write(head, 'latin1')
  const first = end
  let previous = -1
  for (const index of indexes) {
    const invoice = book.listed(index)
    if (!invoice) continue
    const twin = index === previous ? { ...context, urlToken: randomBytes(24).toString('hex') } : context
    const row = (end === first ? '' : ',') + listRow(twin, invoice)
    if (end + row.length + tail.length > buffer.length)
      buffer = Buffer.concat([buffer], (end + row.length + tail.length) * 2)
    end += buffer.write(row, end, 'latin1')
    previous = index
  }
  end += buffer.write(tail, end, 'latin1')
  return buffer.subarray(0, end)
}

/** GET /invoices over the books as they are at this moment: nothing is snapshot between pages (contract 6, 11). */
export function listInvoices(
  world: World,
  organization: Organization,
  { query, twist }: Pick<Call, 'query' | 'twist'>,
  headers: Readonly<Record<string, string>>,
): Answer {
  const { book } = organization
  let paging: Paging
  let filters: Filters
  try {
    paging = parsePaging(query)
    filters = parseFilters(world, organization, query)
  } catch (error) {
    if (error instanceof InvalidValue) return booksError(400, 2, error.message, headers)
    throw error
  }
  const plain = listing(book, filters, paging.column, paging.descending)
  const all = world.switches.duplicateRows ? withDuplicates(plain) : plain
  const lastPage = Math.max(1, Math.ceil(all.length / paging.perPage))
  const served =
    twist === 'samePageTwice'
      ? Math.max(1, paging.page - 1)
      : twist === 'endlessPages'
        ? Math.min(paging.page, lastPage)
        : paging.page
  const start = (served - 1) * paging.perPage
  const onPage = all.slice(start, twist === 'hasMoreOnEmptyPage' ? start : start + paging.perPage)
  const countOnly = paging.responseOption === 2 || paging.responseOption === 3
  const hasMore =
    all.length > start + paging.perPage || twist === 'endlessPages' || twist === 'hasMoreOnEmptyPage'
  const applied = JSON.stringify(query.get('filter_by') || 'Status.All')
  const head = '{"code":0,"message":"success","invoices":['
  const tail = `],"page_context":{"page":${paging.page},"per_page":${paging.perPage},"has_more_page":${hasMore},"report_name":"Invoices","applied_filter":${applied},"custom_fields":[],"seller_app_sales_channels":"","sort_column":"${paging.column}","sort_order":"${paging.descending ? 'D' : 'A'}"${totals(book, plain, paging)}}}`
  const body = writeRows(
    rowContext(world, organization),
    book,
    countOnly ? onPage.slice(0, 0) : onPage,
    head,
    tail,
  )
  return jsonTextAnswer(body, headers)
}
