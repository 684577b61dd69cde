import { z } from 'zod'
import { changeInvoice, lookUp, organizationOf, settledStatus, wholeSecond } from './change-invoice.ts'
import { balanceOf, type Invoice, isUnpaid } from './invoice.ts'
import { type Application, nextSettlementId, type Settlement } from './ledger.ts'
import { minorUnits, moneyText } from './money.ts'
import type { Organization, World } from './world.ts'
import { localDate } from './zone-time.ts'

const amount = z.union([z.number(), z.string()])

/** Invoices and how much each gets, in major units; without an amount the whole balance. */
export const applicationsInput = z
  .array(z.object({ invoiceId: z.string(), amount: amount.optional() }))
  .min(1)
  .refine((list) => new Set(list.map(({ invoiceId }) => invoiceId)).size === list.length, 'an invoice twice')

/** What a test may say of a payment. */
export const paymentInput = z.object({
  invoices: applicationsInput,
  date: z.iso.date().optional(),
  mode: z.string().optional(),
  reference: z.string().optional(),
})

export type PaymentInput = z.input<typeof paymentInput>

/** What is true of a payment or credit note, amounts in major units. */
export interface SettlementTruth {
  readonly id: string
  readonly kind: Settlement['kind']
  readonly organizationId: string
  readonly number: string
  readonly date: string
  readonly amount: string
  readonly invoices: readonly { readonly invoiceId: string; readonly amount: string }[]
}

/** Payments and credit notes, as a user of Zoho Books would enter them. */
export interface SettlementCommands {
  /** Pays the whole balance, or this amount in major units; returns the id of the payment. */
  pay(invoiceId: string, amount?: string | number): string
  /** Takes all payments of this invoice back. A payment that settled others too goes on without it. */
  unpay(invoiceId: string): void
  /** One payment for one invoice or several of one organization; returns its id. */
  recordPayment(input: PaymentInput): string
  /** Changes what a payment settles; an invoice left out has its balance back. */
  editPayment(paymentId: string, change: Partial<PaymentInput>): void
  /** Deletes a payment: the invoices have their balances back. */
  deletePayment(paymentId: string): void
  /** Applies credits to one invoice; like a payment, but no payment. Returns the id of the credit note. */
  credit(invoiceId: string, amount: string | number): string
  /** Applies one credit note, a new one or this one again, to one invoice or several; returns its id. */
  applyCredit(input: { invoices: PaymentInput['invoices']; creditNoteId?: string }): string
  /** Takes a credit note off its invoices. */
  deleteCredit(creditNoteId: string): void
  /** Payments and credit notes recorded by control, of one organization (default: the first). */
  settlements(organizationId?: string): SettlementTruth[]
  /** Credits that the customer of this invoice has and no invoice had yet; they change no balance (contract 9). */
  setUnusedCredits(invoiceId: string, amount: string | number): void
}

const moduleOf = { payment: 'customer_payments', creditNote: 'credit_notes' } as const

function findSettlement(world: World, kind: Settlement['kind'], id: string) {
  for (const organization of world.organizations.values()) {
    const settlement = organization.ledger.settlements.get(id)
    if (settlement?.kind === kind) return { organization, settlement }
  }
  throw new Error(`no ${kind === 'payment' ? 'payment' : 'credit note'} ${id}`)
}

/** The commands over one world. */
export function createSettlementCommands(world: World): SettlementCommands {
  const tell = (
    organization: Organization,
    settlement: Settlement,
    event: 'created' | 'edited' | 'deleted' | 'applied',
  ) => {
    for (const listener of world.onEvent)
      listener({ module: moduleOf[settlement.kind], event, organization, settlement })
  }

  const exists = (invoiceId: string) => {
    try {
      return lookUp(world, invoiceId)
    } catch {
      return undefined
    }
  }

  /** Amounts in minor units; `before` is what the same settlement gave these invoices until now. */
  const parseApplications = (input: PaymentInput['invoices'], before: readonly Application[] = []) => {
    const given = new Map(before.map((one) => [one.invoiceId, one.amount]))
    return applicationsInput.parse(input).map(({ invoiceId, amount: asked }): Application => {
      const { invoice } = lookUp(world, invoiceId)
      return {
        invoiceId,
        amount:
          asked === undefined
            ? balanceOf(invoice) + (given.get(invoiceId) ?? 0)
            : minorUnits(asked, invoice.customer.currency.digits),
      }
    })
  }

  const homeOf = (applications: readonly Application[]): Organization => {
    const homes = new Set(applications.map(({ invoiceId }) => lookUp(world, invoiceId).organization))
    const [home] = homes
    if (!home || homes.size > 1) throw new Error('the invoices belong to several organizations')
    return home
  }

  /** Gives each invoice what is new and takes back what is no more. An invoice deleted meanwhile is passed over. */
  const settle = (
    kind: Settlement['kind'],
    before: readonly Application[],
    after: readonly Application[],
    paidOn: string,
  ) => {
    const deltas = new Map<string, number>()
    for (const one of before) deltas.set(one.invoiceId, -one.amount)
    for (const one of after) deltas.set(one.invoiceId, (deltas.get(one.invoiceId) ?? 0) + one.amount)
    for (const [invoiceId, delta] of deltas) {
      if (delta === 0 || !exists(invoiceId)) continue
      changeInvoice(world, invoiceId, (invoice) => shifted(invoice, kind, delta, paidOn), 'settlement')
    }
  }

  const shifted = (invoice: Invoice, kind: Settlement['kind'], delta: number, paidOn: string): Invoice => {
    const now = { ...invoice, modifiedAt: wholeSecond(world) }
    if (kind === 'creditNote') {
      const credited = { ...now, credited: Math.max(0, invoice.credited + delta) }
      return { ...credited, status: settledStatus(credited) }
    }
    const paid = Math.max(0, invoice.paid + delta)
    const moved = {
      ...now,
      paid,
      inProcess: delta > 0 ? 0 : invoice.inProcess,
      lastPaymentDate: delta > 0 ? paidOn : paid > 0 ? invoice.lastPaymentDate : '',
    }
    return { ...moved, status: settledStatus(moved) }
  }

  const payable = (invoiceId: string) => {
    const { invoice } = lookUp(world, invoiceId)
    if (!isUnpaid(invoice)) throw new Error(`invoice ${invoiceId} is ${invoice.status} and cannot be paid`)
  }

  const open = (
    kind: Settlement['kind'],
    applications: readonly Application[],
    details: { date?: string | undefined; mode?: string | undefined; reference?: string | undefined } = {},
  ): string => {
    const organization = homeOf(applications)
    const { ledger, book, zone } = organization
    const now = wholeSecond(world)
    const id = nextSettlementId(ledger, book.plan.idPrefix, kind)
    const settlement: Settlement = {
      kind,
      id,
      number: kind === 'payment' ? String(ledger.serial) : `CN-${String(ledger.serial).padStart(5, '0')}`,
      date: details.date ?? localDate(zone, now),
      mode: details.mode ?? 'banktransfer',
      reference: details.reference ?? '',
      applications,
      createdAt: now,
      modifiedAt: now,
    }
    ledger.settlements.set(id, settlement)
    settle(kind, [], applications, settlement.date)
    tell(organization, settlement, kind === 'payment' ? 'created' : 'applied')
    return id
  }

  const replace = (
    organization: Organization,
    before: Settlement,
    change: Partial<Settlement>,
    event: 'edited' | 'applied',
  ) => {
    const after = { ...before, ...change, modifiedAt: wholeSecond(world) }
    organization.ledger.settlements.set(before.id, after)
    settle(before.kind, before.applications, after.applications, after.date)
    tell(organization, after, event)
  }

  const remove = (kind: Settlement['kind'], id: string) => {
    const { organization, settlement } = findSettlement(world, kind, id)
    organization.ledger.settlements.delete(id)
    settle(kind, settlement.applications, [], settlement.date)
    tell(organization, settlement, 'deleted')
  }

  const recordPayment: SettlementCommands['recordPayment'] = (input) => {
    const { invoices, ...details } = paymentInput.parse(input)
    for (const { invoiceId } of invoices) payable(invoiceId)
    return open('payment', parseApplications(invoices), details)
  }

  const applyCredit: SettlementCommands['applyCredit'] = ({ invoices, creditNoteId }) => {
    const added = parseApplications(invoices)
    if (creditNoteId === undefined) return open('creditNote', added)
    const { organization, settlement } = findSettlement(world, 'creditNote', creditNoteId)
    if (homeOf(added) !== organization) throw new Error('the invoices belong to another organization')
    const sums = new Map(settlement.applications.map((one) => [one.invoiceId, one.amount]))
    for (const one of added) sums.set(one.invoiceId, (sums.get(one.invoiceId) ?? 0) + one.amount)
    const applications = [...sums].map(([invoiceId, sum]) => ({ invoiceId, amount: sum }))
    replace(organization, settlement, { applications }, 'applied')
    return creditNoteId
  }

  const truth = (organization: Organization, settlement: Settlement): SettlementTruth => {
    const { kind, id, number, date, applications } = settlement
    const digits = digitsOf(organization, settlement)
    return {
      id,
      kind,
      organizationId: organization.id,
      number,
      date,
      amount: moneyText(
        applications.reduce((sum, one) => sum + one.amount, 0),
        digits,
      ),
      invoices: applications.map((one) => ({
        invoiceId: one.invoiceId,
        amount: moneyText(one.amount, digits),
      })),
    }
  }

  return {
    pay: (invoiceId, paid) =>
      recordPayment({ invoices: [{ invoiceId, ...(paid === undefined ? {} : { amount: paid }) }] }),
    unpay: (invoiceId) => {
      const { organization } = lookUp(world, invoiceId)
      const { settlements } = organization.ledger
      const told = [...settlements.values()].flatMap((payment): (() => void)[] => {
        const rest = payment.applications.filter((one) => one.invoiceId !== invoiceId)
        if (payment.kind !== 'payment' || rest.length === payment.applications.length) return []
        const after = { ...payment, applications: rest, modifiedAt: wholeSecond(world) }
        if (rest.length === 0) settlements.delete(payment.id)
        else settlements.set(payment.id, after)
        return [
          () =>
            tell(organization, rest.length === 0 ? payment : after, rest.length === 0 ? 'deleted' : 'edited'),
        ]
      })
      changeInvoice(
        world,
        invoiceId,
        (invoice) => {
          const freed = { ...invoice, paid: 0, lastPaymentDate: '', modifiedAt: wholeSecond(world) }
          return { ...freed, status: settledStatus(freed) }
        },
        'settlement',
      )
      for (const tellNow of told) tellNow()
    },
    recordPayment,
    editPayment: (paymentId, change) => {
      const { organization, settlement } = findSettlement(world, 'payment', paymentId)
      const { invoices, ...details } = paymentInput.partial().parse(change)
      const had = new Set(settlement.applications.map((one) => one.invoiceId))
      for (const { invoiceId } of invoices ?? []) if (!had.has(invoiceId)) payable(invoiceId)
      const applications =
        invoices === undefined
          ? settlement.applications
          : parseApplications(invoices, settlement.applications)
      if (invoices && homeOf(applications) !== organization)
        throw new Error('the invoices belong to another organization')
      replace(
        organization,
        settlement,
        {
          applications,
          date: details.date ?? settlement.date,
          mode: details.mode ?? settlement.mode,
          reference: details.reference ?? settlement.reference,
        },
        'edited',
      )
    },
    deletePayment: (paymentId) => remove('payment', paymentId),
    credit: (invoiceId, credited) => applyCredit({ invoices: [{ invoiceId, amount: credited }] }),
    applyCredit,
    deleteCredit: (creditNoteId) => remove('creditNote', creditNoteId),
    settlements: (organizationId) => {
      const organization = organizationOf(world, organizationId)
      return [...organization.ledger.settlements.values()].map((one) => truth(organization, one))
    },
    setUnusedCredits: (invoiceId, unused) => {
      const { organization, invoice } = lookUp(world, invoiceId)
      const { id, currency } = invoice.customer
      organization.ledger.unusedCredits.set(id, minorUnits(unused, currency.digits))
    },
  }
}

/** Decimals of the currency a settlement is in: that of its first invoice that still exists. */
export function digitsOf({ book, currency }: Organization, { applications }: Settlement): number {
  for (const { invoiceId } of applications) {
    const invoice = book.find(invoiceId)
    if (invoice) return invoice.customer.currency.digits
  }
  return currency.digits
}
