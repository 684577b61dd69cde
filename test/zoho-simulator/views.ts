import { z } from 'zod'
import { lookUp, wholeSecond } from './change-invoice.ts'
import type { Invoice } from './invoice.ts'
import { editInvoice, invoiceFields } from './invoice-input.ts'
import { minorUnits } from './money.ts'
import { type OddTime, oddMoment, oddTime } from './odd-times.ts'
import type { World } from './world.ts'

/** How one invoice is shown where that is not the truth: listings and the detail answer can each have their own. */
export interface View {
  /** What listings take it for, filters and order included; `absent`: they leave it out. */
  readonly list?: Invoice | 'absent'
  /** What the detail answer shows; `absent`: 404 with code 1002. */
  readonly detail?: Invoice | 'absent'
  readonly listTime?: OddTime
  readonly detailTime?: OddTime
}

/**
 * `frozen`: as it is now, whatever happens to it. `absent`: not there. Fields: as it is now with these changed, under
 * Zoho's names and with `balance`. null: the truth again.
 */
export const shownAs = z.union([
  z.enum(['frozen', 'absent']),
  invoiceFields.extend({ balance: z.union([z.number(), z.string()]).optional() }).strict(),
  z.null(),
])

export type ShownAs = z.input<typeof shownAs>

/** `equal`: it stays what it is now although the invoice changes. null: the true one again. */
export const shownTime = z.union([oddTime, z.literal('equal'), z.null()])

export type ShownTime = z.input<typeof shownTime>

/** Lies about single invoices. None of them is an event or bumps a modified time. */
export interface ViewCommands {
  /** Lets list and detail contradict each other, or the truth. What is left out stays as it is. */
  showAs(invoiceId: string, as: { list?: ShownAs; detail?: ShownAs }): void
  /**
   * Shows an odd `last_modified_time` (in the list `updated_time` too). `stored` changes the one in the books instead,
   * and with it filters and order; it must name a moment.
   */
  setTimes(invoiceId: string, times: { list?: ShownTime; detail?: ShownTime; stored?: ShownTime }): void
}

function asShown(invoice: Invoice, as: ShownAs): Invoice | 'absent' | undefined {
  if (as === null) return undefined
  if (as === 'absent') return as
  if (as === 'frozen') return invoice
  const { balance, ...fields } = shownAs.parse(as) as Exclude<z.output<typeof shownAs>, null | string>
  const edited = editInvoice(invoice, fields as Parameters<typeof editInvoice>[1])
  if (balance === undefined) return edited
  const owed = minorUnits(balance, edited.customer.currency.digits)
  return { ...edited, paid: edited.total - edited.credited - edited.writtenOff - owed }
}

/** The object without the keys that are undefined, as `exactOptionalPropertyTypes` wants it. */
function defined<T extends object>(input: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

/** The commands over one world. */
export function createViewCommands(world: World): ViewCommands {
  const setView = (
    invoiceId: string,
    change: (invoice: Invoice) => { [K in keyof View]: View[K] | undefined },
  ) => {
    const { organization, invoice } = lookUp(world, invoiceId)
    const { book } = organization
    book.setView(invoice.index, defined({ ...book.views.get(invoice.index), ...change(invoice) }) as View)
  }

  return {
    showAs: (invoiceId, as) =>
      setView(invoiceId, (invoice) => ({
        ...(as.list === undefined ? {} : { list: asShown(invoice, as.list) }),
        ...(as.detail === undefined ? {} : { detail: asShown(invoice, as.detail) }),
      })),
    setTimes: (invoiceId, { list, detail, stored }) => {
      const odd = (time: ShownTime, { modifiedAt }: Invoice): OddTime | undefined => {
        const parsed = shownTime.parse(time)
        return parsed === null ? undefined : parsed === 'equal' ? { at: modifiedAt } : parsed
      }
      const { organization, invoice } = lookUp(world, invoiceId)
      const moment =
        stored === undefined
          ? undefined
          : oddMoment(odd(stored, invoice) ?? 'missing', invoice.modifiedAt, wholeSecond(world))
      if (stored !== undefined && moment === undefined) throw new Error('stored must be a moment')
      if (moment !== undefined) organization.book.put({ ...invoice, modifiedAt: moment })
      setView(invoiceId, (current) => ({
        ...(list === undefined ? {} : { listTime: odd(list, current) }),
        ...(detail === undefined ? {} : { detailTime: odd(detail, current) }),
      }))
    },
  }
}
