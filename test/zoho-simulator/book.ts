import {
  type BookPlan,
  generateCustomer,
  generatedCount,
  generateInvoice,
  invoiceId,
  invoiceIndex,
  sketchInvoice,
} from './book-generator.ts'
import { type Customer, type Invoice, isOwed, isUnpaid } from './invoice.ts'
import type { View } from './views.ts'

const REMOVED = 0
const LISTED = 1
const UNPAID = 2
const CUSTOMERS_KEPT = 20_000

/**
 * The invoices of one organization. Generated rows are made when somebody looks at them; only what a test changed is
 * kept. Three typed columns answer the usual listings: 17 bytes a row, so that a million invoices fit easily.
 */
export interface Book {
  readonly plan: BookPlan
  /** Grows with every change; listings cached for an older version are stale. */
  version(): number
  /** Positions in use, removed ones included. */
  size(): number
  /** The invoice at a position, undefined when it was deleted. */
  at(index: number): Invoice | undefined
  find(id: string): Invoice | undefined
  customerAt(index: number): Customer
  nextId(): { index: number; id: string }
  /** Adds or replaces the invoice at its position. */
  put(invoice: Invoice): void
  remove(index: number): void
  /** How invoices are shown where that is not the truth; by position. Not in the state file. */
  readonly views: ReadonlyMap<number, View>
  setView(index: number, view: View): void
  /** The invoice as listings see it. */
  listed(index: number): Invoice | undefined
  /** The invoice as its detail answer sees it. */
  detailed(id: string): Invoice | undefined
  /** What differs from the generated book, for the state file. */
  changes(): BookChanges
  /** Brings a freshly generated book to where `changes` was taken. */
  restore(changes: BookChanges): void
  isListed(index: number): boolean
  isUnpaid(index: number): boolean
  createdAt(index: number): number
  modifiedAt(index: number): number
  /** Whether positions are in the order of creation, so that the default listing needs no sort. */
  inCreationOrder(): boolean
}

/** Rows that were changed, added or removed since the book was generated. */
export interface BookChanges {
  readonly changed: readonly Invoice[]
  readonly removed: readonly number[]
}

function grown<T extends Uint8Array | Float64Array>(old: T, bigger: T): T {
  bigger.set(old)
  return bigger
}

/** Opens a book with the rows its plan generates. */
export function createBook(plan: BookPlan): Book {
  let size = generatedCount(plan)
  let version = 1
  let inOrder = true
  let state = new Uint8Array(size + 64)
  let created = new Float64Array(size + 64)
  let modified = new Float64Array(size + 64)
  const changed = new Map<number, Invoice>()
  const views = new Map<number, View>()
  const customers = new Map<number, Customer>()

  for (let index = 0; index < size; index += 1) {
    const row = sketchInvoice(plan, index)
    state[index] = isUnpaid(row) ? UNPAID : LISTED
    created[index] = row.createdAt
    modified[index] = row.modifiedAt
  }

  const makeRoom = () => {
    if (size < state.length) return
    state = grown(state, new Uint8Array(size * 2))
    created = grown(created, new Float64Array(size * 2))
    modified = grown(modified, new Float64Array(size * 2))
  }

  const customerAt = (index: number): Customer => {
    let customer = customers.get(index)
    if (!customer) {
      if (customers.size >= CUSTOMERS_KEPT) customers.clear()
      customer = generateCustomer(plan, index)
      customers.set(index, customer)
    }
    return customer
  }

  const at = (index: number): Invoice | undefined => {
    if (index >= size || state[index] === REMOVED) return undefined
    return changed.get(index) ?? generateInvoice(plan, index, customerAt)
  }

  const put = (invoice: Invoice) => {
    const { index } = invoice
    if (index === size) {
      makeRoom()
      size += 1
    }
    const before = created[index - 1] ?? 0
    const after = index + 1 < size ? (created[index + 1] ?? 0) : Number.POSITIVE_INFINITY
    if (invoice.createdAt < before || invoice.createdAt > after) inOrder = false
    changed.set(index, invoice)
    state[index] = isOwed(invoice) ? UNPAID : LISTED
    created[index] = invoice.createdAt
    modified[index] = invoice.modifiedAt
    version += 1
  }

  const remove = (index: number) => {
    changed.delete(index)
    state[index] = REMOVED
    version += 1
  }

  const shown = (index: number, side: 'list' | 'detail'): Invoice | undefined => {
    const view = views.get(index)?.[side]
    return view === 'absent' ? undefined : (view ?? at(index))
  }

  return {
    plan,
    version: () => version,
    size: () => size,
    at,
    find: (id) => {
      const index = invoiceIndex(plan, id)
      return index === undefined ? undefined : at(index)
    },
    customerAt,
    nextId: () => ({ index: size, id: invoiceId(plan, size) }),
    put,
    remove,
    views,
    setView: (index, view) => {
      views.set(index, view)
      version += 1
    },
    listed: (index) => shown(index, 'list'),
    detailed: (id) => {
      const index = invoiceIndex(plan, id)
      return index === undefined ? undefined : shown(index, 'detail')
    },
    changes: () => ({
      changed: [...changed.values()],
      removed: Array.from({ length: size }, (_, index) => index).filter((index) => state[index] === REMOVED),
    }),
    restore: ({ changed: rows, removed }) => {
      const end = Math.max(size, ...rows.map(({ index }) => index + 1), ...removed.map((index) => index + 1))
      while (size < end) {
        makeRoom()
        size += 1
      }
      for (const invoice of rows) put(invoice)
      for (const index of removed) remove(index)
    },
    isListed: (index) => state[index] !== REMOVED,
    isUnpaid: (index) => state[index] === UNPAID,
    createdAt: (index) => created[index] ?? 0,
    modifiedAt: (index) => modified[index] ?? 0,
    inCreationOrder: () => inOrder,
  }
}
