/**
 * The invoice of this product, under Debitura's field names, and the one table that says which column holds which field.
 * Staging, rules, cases and pages share the type; select lists, inserts, hashes and the decoding of rows come from the table.
 */
import { type RawBuilder, sql } from 'kysely'
import type { DebtorSource, DebtorType, StagedInvoicesTable } from './schema.ts'

export interface Debtor {
  readonly name: string | null
  readonly email: string | null
  /** As written. */
  readonly phone: string | null
  readonly address: string | null
  readonly city: string | null
  readonly zipCode: string | null
  /** Two letters in the United States when it is a state there, else as written. */
  readonly state: string | null
  /** As Zoho spells it; `countryAlpha2` is what we understood. */
  readonly country: string | null
  readonly countryAlpha2: string | null
  /** Null: nobody knows. */
  readonly type: DebtorType | null
  readonly contactPerson: string | null
  readonly companyRegistrationNumber: string | null
  /** Where a field came from, when not from the invoice. */
  readonly typeSource: DebtorSource | null
  readonly emailSource: DebtorSource | null
  readonly phoneSource: DebtorSource | null
}

/** What only the customer's record says. */
export const noCustomerRecord = {
  type: null,
  contactPerson: null,
  companyRegistrationNumber: null,
  typeSource: null,
  emailSource: null,
  phoneSource: null,
} satisfies Partial<Debtor>

/** Texts are trimmed, blanks are null. */
export interface Invoice {
  readonly zohoInvoiceId: string
  readonly creditorReference: string | null
  /** `yyyy-mm-dd`, the case date. */
  readonly date: string | null
  readonly dueDate: string | null
  /** Decimal string: the balance, not the total. */
  readonly amountToRecover: string
  readonly currencyCode: string | null
  readonly claimDescription: string | null
  readonly debtor: Debtor
  readonly zohoCustomerId: string | null
  readonly zohoStatus: string
  readonly paymentInProgress: boolean
  /** Day on which the creditor expects a payment, as noted in Zoho Books. */
  readonly paymentExpectedDate: string | null
  /** The creditor's own state of the invoice, such as "Disputed"; null when it is only Zoho's status again. */
  readonly subStatus: string | null
  /** Credits of the customer that are not applied yet; only an answer by id says. Null: not known. */
  readonly unusedCredits: string | null
}

/** The columns of an invoice, as the staging table has them. */
export type InvoiceRow = {
  readonly [Column in InvoiceColumn]: StagedInvoicesTable[Column] extends infer C
    ? C extends { readonly __select__: infer Selected }
      ? Selected
      : C
    : never
}

type InvoiceColumn =
  | 'zoho_invoice_id'
  | 'creditor_reference'
  | 'invoice_date'
  | 'due_date'
  | 'amount_to_recover'
  | 'currency_code'
  | 'claim_description'
  | 'debtor_name'
  | 'debtor_email'
  | 'debtor_phone'
  | 'debtor_address'
  | 'debtor_city'
  | 'debtor_zip_code'
  | 'debtor_state'
  | 'debtor_country'
  | 'debtor_country_alpha2'
  | 'zoho_customer_id'
  | 'zoho_status'
  | 'payment_in_progress'
  | 'payment_expected_date'
  | 'zoho_sub_status'
  | 'unused_credits'
  | 'debtor_type'
  | 'debtor_type_source'
  | 'debtor_contact_person'
  | 'debtor_company_registration_number'
  | 'debtor_email_source'
  | 'debtor_phone_source'

export interface InvoiceField {
  readonly column: InvoiceColumn
  readonly type: 'text' | 'date' | 'numeric' | 'boolean'
  readonly of: (invoice: Invoice) => string | boolean | null
  /** A case keeps it as its claim. */
  readonly ofCase?: true
  /** A list and a detail of one version say it alike (contract 7); where they may differ, they must not rewrite each other. */
  readonly alike?: true
  /** Only an answer by id says it: a list leaves what is known. */
  readonly byIdOnly?: true
  /** Only the customer's record says it. */
  readonly ofCustomer?: true
}

export const invoiceFields: readonly InvoiceField[] = [
  { column: 'zoho_invoice_id', type: 'text', of: (i) => i.zohoInvoiceId, ofCase: true },
  { column: 'creditor_reference', type: 'text', of: (i) => i.creditorReference, ofCase: true },
  { column: 'invoice_date', type: 'date', of: (i) => i.date, ofCase: true },
  { column: 'due_date', type: 'date', of: (i) => i.dueDate, ofCase: true },
  { column: 'amount_to_recover', type: 'numeric', of: (i) => i.amountToRecover, ofCase: true, alike: true },
  { column: 'currency_code', type: 'text', of: (i) => i.currencyCode, ofCase: true },
  { column: 'claim_description', type: 'text', of: (i) => i.claimDescription, ofCase: true },
  { column: 'debtor_name', type: 'text', of: (i) => i.debtor.name, ofCase: true },
  { column: 'debtor_email', type: 'text', of: (i) => i.debtor.email, ofCase: true },
  { column: 'debtor_phone', type: 'text', of: (i) => i.debtor.phone, ofCase: true },
  { column: 'debtor_address', type: 'text', of: (i) => i.debtor.address, ofCase: true },
  { column: 'debtor_city', type: 'text', of: (i) => i.debtor.city, ofCase: true },
  { column: 'debtor_zip_code', type: 'text', of: (i) => i.debtor.zipCode, ofCase: true },
  { column: 'debtor_state', type: 'text', of: (i) => i.debtor.state, ofCase: true },
  { column: 'debtor_country', type: 'text', of: (i) => i.debtor.country },
  { column: 'debtor_country_alpha2', type: 'text', of: (i) => i.debtor.countryAlpha2, ofCase: true },
  { column: 'zoho_customer_id', type: 'text', of: (i) => i.zohoCustomerId, ofCase: true },
  { column: 'zoho_status', type: 'text', of: (i) => i.zohoStatus, ofCase: true, alike: true },
  { column: 'payment_in_progress', type: 'boolean', of: (i) => i.paymentInProgress, alike: true },
  { column: 'payment_expected_date', type: 'date', of: (i) => i.paymentExpectedDate, alike: true },
  { column: 'zoho_sub_status', type: 'text', of: (i) => i.subStatus, alike: true },
  { column: 'unused_credits', type: 'numeric', of: (i) => i.unusedCredits, byIdOnly: true },
  { column: 'debtor_type', type: 'text', of: (i) => i.debtor.type, ofCase: true, ofCustomer: true },
  {
    column: 'debtor_type_source',
    type: 'text',
    of: (i) => i.debtor.typeSource,
    ofCase: true,
    ofCustomer: true,
  },
  {
    column: 'debtor_contact_person',
    type: 'text',
    of: (i) => i.debtor.contactPerson,
    ofCase: true,
    ofCustomer: true,
  },
  {
    column: 'debtor_company_registration_number',
    type: 'text',
    of: (i) => i.debtor.companyRegistrationNumber,
    ofCase: true,
    ofCustomer: true,
  },
  {
    column: 'debtor_email_source',
    type: 'text',
    of: (i) => i.debtor.emailSource,
    ofCase: true,
    ofCustomer: true,
  },
  {
    column: 'debtor_phone_source',
    type: 'text',
    of: (i) => i.debtor.phoneSource,
    ofCase: true,
    ofCustomer: true,
  },
]

/** Reads an invoice from its columns. */
export const invoiceOf = (row: InvoiceRow): Invoice => ({
  zohoInvoiceId: row.zoho_invoice_id,
  creditorReference: row.creditor_reference,
  date: row.invoice_date,
  dueDate: row.due_date,
  amountToRecover: row.amount_to_recover,
  currencyCode: row.currency_code,
  claimDescription: row.claim_description,
  debtor: {
    name: row.debtor_name,
    email: row.debtor_email,
    phone: row.debtor_phone,
    address: row.debtor_address,
    city: row.debtor_city,
    zipCode: row.debtor_zip_code,
    state: row.debtor_state,
    country: row.debtor_country,
    countryAlpha2: row.debtor_country_alpha2,
    type: row.debtor_type,
    contactPerson: row.debtor_contact_person,
    companyRegistrationNumber: row.debtor_company_registration_number,
    typeSource: row.debtor_type_source,
    emailSource: row.debtor_email_source,
    phoneSource: row.debtor_phone_source,
  },
  zohoCustomerId: row.zoho_customer_id,
  zohoStatus: row.zoho_status,
  paymentInProgress: row.payment_in_progress,
  paymentExpectedDate: row.payment_expected_date,
  subStatus: row.zoho_sub_status,
  unusedCredits: row.unused_credits,
})

/** The columns of an invoice in a select list, of the table named `alias`. */
export const invoiceColumns = (
  alias: string,
  which: (field: InvoiceField) => boolean = () => true,
): RawBuilder<unknown> =>
  sql.raw(
    invoiceFields
      .filter(which)
      .map(({ column }) => `${alias}.${column}`)
      .join(', '),
  )
