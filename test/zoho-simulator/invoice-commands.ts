import { balanceOf, type Invoice, isUnpaid, shownStatus } from './invoice.ts'
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
  /** Pays the whole balance, or this amount in major units. */
  pay(invoiceId: string, amount?: string | number): void
  /** Takes all payments back. */
  unpay(invoiceId: string): void
  /** Applies credits; like a payment, but no payment. */
  credit(invoiceId: string, amount: string | number): void
  /** Writes the balance off. */
  writeOff(invoiceId: string): void
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

/** The organization with this id, or the first one. */
export function organizationOf(world: World, organizationId?: string): Organization {
  const [first] = world.organizations.values()
  const found = organizationId === undefined ? first : world.organizations.get(organizationId)
  if (!found) throw new Error(`no organization ${organizationId ?? ''}`)
  return found
}

/** An invoice and the organization it belongs to; ids are unique over all organizations. */
export function lookUp(world: World, invoiceId: string): { organization: Organization; invoice: Invoice } {
  for (const organization of world.organizations.values()) {
    if (!invoiceId.startsWith(organization.book.plan.idPrefix)) continue
    const invoice = organization.book.find(invoiceId)
    if (invoice) return { organization, invoice }
  }
  throw new Error(`no invoice ${invoiceId}`)
}

/** The commands over one world. */
export function createInvoiceCommands(world: World): InvoiceCommands {
  const second = () => Math.floor(world.clock.now() / 1000) * 1000

  const change = (
    invoiceId: string,
    edit: (invoice: Invoice, today: string) => Partial<Invoice>,
    bump = true,
  ) => {
    const { organization, invoice } = lookUp(world, invoiceId)
    const now = second()
    const edited = edit(invoice, localDate(organization.zone, now))
    organization.book.put({ ...invoice, ...(bump ? { modifiedAt: now } : {}), ...edited })
    for (const listener of bump ? world.onChange : []) listener(organization, invoiceId)
  }

  const minor = (invoice: Invoice, amount: string | number) =>
    minorUnits(amount, invoice.customer.currency.digits)
  const settled = (invoice: Invoice): Invoice => ({
    ...invoice,
    status: balanceOf(invoice) <= 0 ? 'paid' : 'partially_paid',
  })

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
    pay: (invoiceId, amount) =>
      change(invoiceId, (invoice, today) => {
        if (!isUnpaid(invoice))
          throw new Error(`invoice ${invoiceId} is ${invoice.status} and cannot be paid`)
        const paid = invoice.paid + (amount === undefined ? balanceOf(invoice) : minor(invoice, amount))
        return settled({ ...invoice, paid, inProcess: 0, lastPaymentDate: today, modifiedAt: second() })
      }),
    unpay: (invoiceId) => change(invoiceId, () => ({ paid: 0, lastPaymentDate: '', status: 'sent' })),
    credit: (invoiceId, amount) =>
      change(invoiceId, (invoice) => {
        const credited = invoice.credited + minor(invoice, amount)
        return { credited, status: settled({ ...invoice, credited }).status }
      }),
    writeOff: (invoiceId) =>
      change(invoiceId, (invoice) => ({
        writtenOff: invoice.writtenOff + balanceOf(invoice),
        status: 'paid',
      })),
    startPayment: (invoiceId, amount) =>
      change(invoiceId, (invoice) => ({ inProcess: minor(invoice, amount) })),
    void: (invoiceId) => change(invoiceId, () => ({ status: 'void' })),
    unvoid: (invoiceId) =>
      change(invoiceId, (invoice) => ({ status: invoice.paid > 0 ? 'partially_paid' : 'sent' })),
    toDraft: (invoiceId) => change(invoiceId, () => ({ status: 'draft' })),
    markSent: (invoiceId) => change(invoiceId, () => ({ status: 'sent' })),
    delete: (invoiceId) => {
      const { organization, invoice } = lookUp(world, invoiceId)
      organization.book.remove(invoice.index)
    },
    edit: (invoiceId, fields) =>
      change(invoiceId, (invoice) => {
        const edited = editInvoice(invoice, fields)
        return fields.last_modified_time === undefined ? { ...edited, modifiedAt: second() } : edited
      }),
    setRaw: (invoiceId, { list, detail }) =>
      change(
        invoiceId,
        () => ({
          ...(list === undefined ? {} : { rawList: list ?? {} }),
          ...(detail === undefined ? {} : { rawDetail: detail ?? {} }),
        }),
        false,
      ),
    addInvoice: ({ organization_id: organizationId, ...fields } = {}) => {
      const organization = organizationOf(world, organizationId)
      const { book, zone } = organization
      const now = second()
      const plain = plainInvoice(book.nextId(), book.plan.idPrefix, localDate(zone, now), now)
      const invoice = editInvoice(plain, fields)
      book.put(invoice)
      for (const listener of world.onChange) listener(organization, invoice.id)
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
