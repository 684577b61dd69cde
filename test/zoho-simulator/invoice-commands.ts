import { changeInvoice, lookUp, organizationOf, settledStatus, wholeSecond } from './change-invoice.ts'
import { balanceOf, type Invoice, shownStatus } from './invoice.ts'
import { editInvoice, type InvoiceFields, plainInvoice } from './invoice-input.ts'
import { minorUnits, moneyText } from './money.ts'
import type { Organization, World } from './world.ts'
import { localDate } from './zone-time.ts'

/** What is true of an invoice in the simulated books, for tests to compare with. */
export interface InvoiceTruth {
  readonly organizationId: string
  readonly invoiceId: string
  readonly invoiceNumber: string
  readonly status: string
  readonly total: string
  readonly balance: string
  readonly currencyCode: string
  readonly date: string
  readonly dueDate: string
  readonly customerName: string
  readonly modifiedAt: number
}

/** Changes of the books, as a user of Zoho Books would make them. Each bumps last_modified_time (contract 6.2). */
export interface InvoiceCommands {
  /** Writes the balance off. */
  writeOff(invoiceId: string): void
  /** Takes the write-off back: what was written off is owed again. */
  cancelWriteOff(invoiceId: string): void
  /** A payment on its way: balance unchanged, `in_process_payments` filled. */
  startPayment(invoiceId: string, amount: string | number): void
  void(invoiceId: string): void
  unvoid(invoiceId: string): void
  toDraft(invoiceId: string): void
  markSent(invoiceId: string): void
  delete(invoiceId: string): void
  edit(invoiceId: string, fields: InvoiceFields): void
  /** Puts fields over the rows as they are served, valid or not; null takes them away. Does not bump the modified time. */
  setRaw(
    invoiceId: string,
    raw: {
      list?: Readonly<Record<string, unknown>> | null
      detail?: Readonly<Record<string, unknown>> | null
    },
  ): void
  /** Adds an invoice (default: 690.00 EUR from Muster AG, 30 days overdue); returns its id. */
  addInvoice(fields?: InvoiceFields & { organization_id?: string }): string
  invoice(invoiceId: string): InvoiceTruth | undefined
  /** All invoices that exist, of one organization (default: the first). */
  invoices(organizationId?: string): InvoiceTruth[]
  /** Those that are owed: in `Status.Unpaid`. */
  unpaidTruth(organizationId?: string): InvoiceTruth[]
}

/** The commands over one world. */
export function createInvoiceCommands(world: World): InvoiceCommands {
  const change = (invoiceId: string, edit: (invoice: Invoice) => Partial<Invoice>) =>
    changeInvoice(world, invoiceId, edit)

  const minor = (invoice: Invoice, amount: string | number) =>
    minorUnits(amount, invoice.customer.currency.digits)

  const truth = (organization: Organization, invoice: Invoice, today: string): InvoiceTruth => {
    const { code, digits } = invoice.customer.currency
    return {
      organizationId: organization.id,
      invoiceId: invoice.id,
      invoiceNumber: invoice.number,
      status: shownStatus(invoice, today, world.switches.partPaidOverdueAs),
      total: moneyText(invoice.total, digits),
      balance: moneyText(balanceOf(invoice), digits),
      currencyCode: code,
      date: invoice.date,
      dueDate: invoice.dueDate,
      customerName: invoice.customer.name,
      modifiedAt: invoice.modifiedAt,
    }
  }

  const all = (
    organizationId: string | undefined,
    wanted: (organization: Organization, index: number) => boolean,
  ) => {
    const organization = organizationOf(world, organizationId)
    const today = localDate(organization.zone, world.clock.now())
    const found: InvoiceTruth[] = []
    for (let index = 0; index < organization.book.size(); index += 1) {
      const invoice = wanted(organization, index) ? organization.book.at(index) : undefined
      if (invoice) found.push(truth(organization, invoice, today))
    }
    return found
  }

  return {
    writeOff: (invoiceId) =>
      change(invoiceId, (invoice) => ({
        writtenOff: invoice.writtenOff + balanceOf(invoice),
        status: 'paid',
      })),
    cancelWriteOff: (invoiceId) =>
      change(invoiceId, (invoice) => ({
        writtenOff: 0,
        status: settledStatus({ ...invoice, writtenOff: 0 }),
      })),
    startPayment: (invoiceId, amount) =>
      change(invoiceId, (invoice) => ({ inProcess: minor(invoice, amount) })),
    void: (invoiceId) => change(invoiceId, () => ({ status: 'void' })),
    unvoid: (invoiceId) =>
      change(invoiceId, (invoice) => ({ status: settledStatus({ ...invoice, status: 'sent' }) })),
    toDraft: (invoiceId) => change(invoiceId, () => ({ status: 'draft' })),
    markSent: (invoiceId) => change(invoiceId, () => ({ status: 'sent' })),
    delete: (invoiceId) => {
      const { organization, invoice } = lookUp(world, invoiceId)
      organization.book.remove(invoice.index)
      for (const listener of world.onEvent)
        listener({ module: 'invoices', event: 'deleted', cause: 'user', organization, invoice })
    },
    edit: (invoiceId, fields) =>
      change(invoiceId, (invoice) => {
        const edited = editInvoice(invoice, fields)
        return fields.last_modified_time === undefined
          ? { ...edited, modifiedAt: wholeSecond(world) }
          : edited
      }),
    setRaw: (invoiceId, { list, detail }) => {
      const { organization, invoice } = lookUp(world, invoiceId)
      organization.book.put({
        ...invoice,
        ...(list === undefined ? {} : { rawList: list ?? {} }),
        ...(detail === undefined ? {} : { rawDetail: detail ?? {} }),
      })
    },
    addInvoice: ({ organization_id: organizationId, ...fields } = {}) => {
      const organization = organizationOf(world, organizationId)
      const { book, zone } = organization
      const now = wholeSecond(world)
      const plain = plainInvoice(book.nextId(), book.plan.idPrefix, localDate(zone, now), now)
      const invoice = editInvoice(plain, fields)
      book.put(invoice)
      for (const listener of world.onEvent)
        listener({ module: 'invoices', event: 'created', cause: 'user', organization, invoice })
      return invoice.id
    },
    invoice: (invoiceId) => {
      try {
        const { organization, invoice } = lookUp(world, invoiceId)
        return truth(organization, invoice, localDate(organization.zone, world.clock.now()))
      } catch {
        return undefined
      }
    },
    invoices: (organizationId) => all(organizationId, ({ book }, index) => book.isListed(index)),
    unpaidTruth: (organizationId) => all(organizationId, ({ book }, index) => book.isUnpaid(index)),
  }
}
