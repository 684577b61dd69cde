import type { Invoice } from './invoice.ts'
import type { Settlement } from './ledger.ts'
import type { Organization } from './world.ts'

/** Modules whose workflow rules can send a webhook, as far as this project meets them (contract 12, 17.3). */
export const webhookModules = ['invoices', 'customer_payments', 'credit_notes'] as const
export type WebhookModule = (typeof webhookModules)[number]

/** What a rule can wait for. `applied` is of credit notes alone. */
export const webhookEvents = ['created', 'edited', 'deleted', 'applied'] as const
export type WebhookEvent = (typeof webhookEvents)[number]

/** Something that happened in the books. What time alone does is no event (contract 6.2). */
export type BookEvent = InvoiceEvent | SettlementEvent

export interface InvoiceEvent {
  readonly module: 'invoices'
  readonly event: 'created' | 'edited' | 'deleted'
  /** A payment or credit changes an invoice too, but its rules are reported not to fire then (contract 17.3). */
  readonly cause: 'user' | 'settlement'
  readonly organization: Organization
  readonly invoice: Invoice
}

export interface SettlementEvent {
  readonly module: 'customer_payments' | 'credit_notes'
  readonly event: WebhookEvent
  readonly organization: Organization
  readonly settlement: Settlement
}
