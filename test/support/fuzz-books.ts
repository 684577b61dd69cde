/** The simulator's books with a memory: what was owed at which moment, by Zoho's clock. */
import type { Simulator } from '../zoho-simulator/index.ts'
import { type Draw, pick } from '../zoho-simulator/random.ts'

export interface Moment {
  /** From then until the next moment; milliseconds of Zoho's clock. */
  readonly at: number
  /** 0 when it is paid, void or deleted. */
  readonly owed: number
  /** Whether a payment is on its way. */
  readonly pending: boolean
}

export interface Books {
  readonly add: (organizationId: string, total: number) => string
  /** Something happens to an invoice that is still owed: mostly it is paid, wholly or in part. */
  readonly meddle: (invoiceId: string, draw: Draw) => void
  /** Everything that was true at some time from `from` to `to`, both included. */
  readonly between: (invoiceId: string, from: number, to: number) => readonly Moment[]
  /** Nothing has happened to it since it was written. */
  readonly isUntouched: (invoiceId: string) => boolean
  readonly isOwed: (invoiceId: string) => boolean
}

const part = 10

export const createBooks = ({ control }: Pick<Simulator, 'control'>): Books => {
  const histories = new Map<string, Moment[]>()
  const history = (id: string): Moment[] => {
    const known = histories.get(id)
    if (known === undefined) throw new Error(`no invoice ${id}`)
    return known
  }
  const last = (id: string): Moment => history(id).at(-1) ?? { at: 0, owed: 0, pending: false }
  const events: Readonly<Record<string, (id: string, now: Moment) => Omit<Moment, 'at'>>> = {
    pay: (id) => {
      control.pay(id)
      return { owed: 0, pending: false }
    },
    payInPart: (id, { owed }) => {
      control.pay(id, part)
      return { owed: owed - part, pending: false }
    },
    credit: (id, { owed, pending }) => {
      control.credit(id, part)
      return { owed: owed - part, pending }
    },
    startPayment: (id, { owed }) => {
      control.startPayment(id, owed)
      return { owed, pending: true }
    },
    void: (id) => {
      control.void(id)
      return { owed: 0, pending: false }
    },
    delete: (id) => {
      control.delete(id)
      return { owed: 0, pending: false }
    },
  }
  return {
    add: (organizationId, total) => {
      const id = control.addInvoice({ organization_id: organizationId, total })
      histories.set(id, [{ at: control.now(), owed: total, pending: false }])
      return id
    },
    meddle: (id, draw) => {
      const now = last(id)
      if (now.owed === 0) return
      const event = pick(draw, ['pay', 'pay', 'payInPart', 'credit', 'startPayment', 'void', 'delete'])
      if ((event === 'payInPart' || event === 'credit') && now.owed <= part) return
      const then = events[event]?.(id, now)
      if (then) history(id).push({ at: control.now(), ...then })
    },
    between: (id, from, to) => {
      const moments = history(id)
      return moments.filter(
        ({ at }, n) => at <= to && (moments[n + 1]?.at ?? Number.POSITIVE_INFINITY) >= from,
      )
    },
    isUntouched: (id) => history(id).length === 1,
    isOwed: (id) => last(id).owed > 0,
  }
}
