/** So much of a payment or credit note went to this invoice; minor units. */
export interface Application {
  readonly invoiceId: string
  readonly amount: number
}

/** A payment received or a credit note: money that settles one invoice or several of one organization. */
export interface Settlement {
  readonly kind: 'payment' | 'creditNote'
  readonly id: string
  readonly number: string
  readonly date: string
  readonly mode: string
  readonly reference: string
  readonly applications: readonly Application[]
  readonly createdAt: number
  readonly modifiedAt: number
}

/** What was changed about a contact beside its invoices; without an invoice the contact itself. */
export interface ContactEdit {
  readonly fields: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly modifiedAt: number
}

/** What one organization has received and credited since its book was generated. */
export interface Ledger {
  readonly settlements: Map<string, Settlement>
  /** Credits of a customer that no invoice has had yet, by customer id; they reduce no balance (contract 9). */
  readonly unusedCredits: Map<string, number>
  /** By customer id. */
  readonly contacts: Map<string, ContactEdit>
  serial: number
}

/** The ledger as the state file keeps it. */
export interface SavedLedger {
  readonly settlements: readonly Settlement[]
  readonly unusedCredits: readonly (readonly [customerId: string, amount: number])[]
  readonly contacts?: readonly (readonly [customerId: string, edit: ContactEdit])[]
  readonly serial: number
}

/** A ledger in which nothing happened. */
export const createLedger = (): Ledger => ({
  settlements: new Map(),
  unusedCredits: new Map(),
  contacts: new Map(),
  serial: 0,
})

/** The id of the next payment or credit note: even, so that it is never the id of an invoice. */
export function nextSettlementId(ledger: Ledger, idPrefix: string, kind: Settlement['kind']): string {
  ledger.serial += 1
  const base = kind === 'payment' ? 900_000_000_000 : 800_000_000_000
  return `${idPrefix}${String(base + ledger.serial * 2).padStart(13, '0')}`
}

/** For the state file. */
export function saveLedger({ settlements, unusedCredits, contacts, serial }: Ledger): SavedLedger {
  return {
    settlements: [...settlements.values()],
    unusedCredits: [...unusedCredits],
    contacts: [...contacts],
    serial,
  }
}

/** Brings a fresh ledger to where it was saved. */
export function restoreLedger(ledger: Ledger, saved: SavedLedger): void {
  for (const settlement of saved.settlements) ledger.settlements.set(settlement.id, settlement)
  for (const [customerId, amount] of saved.unusedCredits) ledger.unusedCredits.set(customerId, amount)
  for (const [customerId, edit] of saved.contacts ?? []) ledger.contacts.set(customerId, edit)
  ledger.serial = saved.serial
}
