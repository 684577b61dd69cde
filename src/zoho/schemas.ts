/** Zoho's answers, parsed. `""`, `" "` and null all mean "missing" (contract 6.3). */

/** The fields we use, alike for a list row (contract 6.3) and a detail (contract 7). */
export interface ZohoInvoice {
  /** Digits; above 2^53, so never a number. */
  readonly invoiceId: string
  readonly invoiceNumber: string | null
  readonly referenceNumber: string | null
  readonly customerId: string | null
  readonly customerName: string | null
  readonly email: string | null
  /** Top level, else of the billing address, else of the primary contact person. */
  readonly phone: string | null
  readonly status: string
  /** `yyyy-mm-dd` */
  readonly date: string | null
  readonly dueDate: string | null
  /** Decimal strings. */
  readonly total: string | null
  readonly balance: string
  readonly currencyCode: string | null
  readonly billingAddress: {
    readonly address: string | null
    readonly street2: string | null
    readonly city: string | null
    readonly state: string | null
    readonly zip: string | null
    readonly country: string | null
    /** Only in a detail, and not always ISO-2 there. */
    readonly countryCode: string | null
  }
  readonly modifiedAt: Date
  /** ACH initiated, unprocessed payment amount, or a transaction in process. */
  readonly paymentInProgress: boolean
}

/** A row of a list: parsed, or set aside with the reasons and whatever identifies it. */
export type ListedInvoice =
  | { readonly ok: true; readonly invoice: ZohoInvoice }
  | {
      readonly ok: false
      readonly invoiceId: string | null
      readonly invoiceNumber: string | null
      readonly problems: readonly { readonly path: string; readonly message: string }[]
    }
