/** Zoho's answers, parsed. `""`, `" "` and null all mean "missing" (contract 6.3). */
import { z } from 'zod'

/** The fields we use, alike for a list row (contract 6.3) and a detail (contract 7). */
export interface ZohoInvoice {
  /** Digits; above 2^53, so never a number. */
  readonly invoiceId: string
  readonly invoiceNumber: string | null
  readonly referenceNumber: string | null
  readonly customerId: string | null
  readonly customerName: string | null
  /** Only in a list row. */
  readonly companyName: string | null
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
  /** `yyyy-mm-dd`, as the creditor noted it. */
  readonly paymentExpectedDate: string | null
  /** As written; Zoho's status again when the creditor has set none. */
  readonly subStatus: string | null
  /** Decimal string; only a detail says it. */
  readonly unusedCredits: string | null
  /** What one unit is worth in the organization's currency: a decimal string above zero; null when Zoho did not say. */
  readonly exchangeRate: string | null
}

/** A customer as a list row shows it (contract 8, 17.2). */
export interface ZohoContact {
  readonly contactId: string
  /** `business` or `individual`; null: something else, or nothing. */
  readonly subType: 'business' | 'individual' | null
  readonly name: string | null
  readonly companyName: string | null
  readonly firstName: string | null
  readonly lastName: string | null
  readonly email: string | null
  readonly phone: string | null
  readonly mobile: string | null
  /** Which key holds it depends on the edition; none is recorded in a list row (contract 8). */
  readonly registrationNumber: string | null
  /** Decimal string. */
  readonly unusedCredits: string | null
  readonly languageCode: string | null
  readonly active: boolean
  readonly modifiedAt: Date | null
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

/** Text as Zoho sends it; now and then a bare number, where the next row has a string or `""` (contract 13). */
const text = z.union([z.string(), z.number()]).nullish()
const flag = z.unknown().optional()

const address = z.object({
  attention: text,
  address: text,
  street: text,
  street2: text,
  city: text,
  state: text,
  /** In a list row. */
  zipcode: text,
  /** In a detail. */
  zip: text,
  country: text,
  country_code: text,
  phone: text,
})

const contactPerson = z.object({ is_primary_contact: flag, phone: text, mobile: text })

/** A list row (contract 6.3) and a detail (contract 7) alike; what we do not use is dropped. */
export const rawInvoice = z.object({
  payment_expected_date: text,
  current_sub_status: text,
  /** In a detail. */
  contact: z.union([z.object({ unused_customer_credits: text }), z.unknown()]).optional(),
  invoice_id: text,
  invoice_number: text,
  reference_number: text,
  customer_id: text,
  customer_name: text,
  company_name: text,
  email: text,
  phone: text,
  status: text,
  date: text,
  due_date: text,
  total: text,
  balance: text,
  currency_code: text,
  exchange_rate: text,
  billing_address: z.union([address, z.literal(''), z.array(z.unknown()).max(0)]).nullish(),
  contact_persons_details: z.union([z.array(contactPerson), z.literal('')]).nullish(),
  last_modified_time: text,
  updated_time: text,
  created_time: text,
  ach_payment_initiated: flag,
  unprocessed_payment_amount: text,
  inprocess_transaction_present: flag,
  in_process_payments: flag,
})

export type RawInvoice = z.infer<typeof rawInvoice>

/** Only what tells one page from another; the rows are parsed one by one. */
export const rawInvoicePage = z.object({
  invoices: z.array(z.unknown()),
  page_context: z.object({
    page: z.number().int().optional(),
    has_more_page: z.boolean(),
    total: z.unknown().optional(),
  }),
})

export const rawContact = z.object({
  contact_id: z.union([z.string().regex(/^\d{1,20}$/), z.number().int().positive()]).transform(String),
  contact_type: text,
  customer_sub_type: text,
  contact_name: text,
  company_name: text,
  first_name: text,
  last_name: text,
  email: text,
  phone: text,
  mobile: text,
  vat_reg_no: text,
  tax_reg_no: text,
  gst_no: text,
  unused_credits_receivable_amount: text,
  language_code: text,
  status: text,
  last_modified_time: text,
})

export const rawContactPage = z.object({
  contacts: z.array(z.unknown()),
  page_context: z.object({ page: z.number().int().optional(), has_more_page: z.boolean() }),
})

/** An entry of /organizations; the active flag sits in either of three places (contract 5). */
export const rawOrganization = z.object({
  organization_id: z.union([z.string().regex(/^\d{1,20}$/), z.number().int().positive()]).transform(String),
  name: text,
  is_default_org: flag,
  is_org_active: flag,
  isOrgActive: flag,
  org_settings: z.object({ is_org_active: flag }).nullish().catch(null),
  currency_code: text,
  time_zone: text,
})

export const rawOrganizations = z.object({ organizations: z.array(z.unknown()) })

/** The envelope of every answer of the Books API (contract 10.2). */
export const envelope = z.object({ code: z.number().int() })

/** Goes into a header, so nothing but visible ASCII. */
const opaqueToken = z.string().regex(/^[\x21-\x7e]{1,4096}$/)
const seconds = z.coerce.number().positive().finite()

/** A granted token (contract 3). `scope` and `refresh_token` are optional, and a refresh has no `refresh_token`. */
export const tokenAnswer = z.object({
  access_token: opaqueToken,
  refresh_token: opaqueToken.nullish(),
  expires_in: seconds.optional(),
  expires_in_sec: seconds.optional(),
  scope: z.string().nullish().catch(null),
  api_domain: z.string().nullish().catch(null),
})

export type TokenAnswer = z.infer<typeof tokenAnswer>
