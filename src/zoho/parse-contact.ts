import { rawContact, type ZohoContact } from './schemas.ts'
import { readDecimal, readText, readTime } from './values.ts'

const subTypes: Readonly<Record<string, ZohoContact['subType']>> = {
  business: 'business',
  individual: 'individual',
}

/** @returns the customer; null for a vendor; undefined when the row cannot be read. */
export const parseContact = (row: unknown): ZohoContact | null | undefined => {
  const parsed = rawContact.safeParse(row)
  if (!parsed.success) return undefined
  const raw = parsed.data
  if (readText(raw.contact_type)?.toLowerCase() === 'vendor') return null
  return {
    contactId: raw.contact_id,
    subType: subTypes[readText(raw.customer_sub_type)?.toLowerCase() ?? ''] ?? null,
    name: readText(raw.contact_name),
    companyName: readText(raw.company_name),
    firstName: readText(raw.first_name),
    lastName: readText(raw.last_name),
    email: readText(raw.email),
    phone: readText(raw.phone),
    mobile: readText(raw.mobile),
    registrationNumber: readText(raw.vat_reg_no) ?? readText(raw.tax_reg_no) ?? readText(raw.gst_no),
    unusedCredits: readDecimal(raw.unused_credits_receivable_amount),
    languageCode: readText(raw.language_code),
    active: readText(raw.status)?.toLowerCase() !== 'inactive',
    modifiedAt: readTime(readText(raw.last_modified_time)),
  }
}
