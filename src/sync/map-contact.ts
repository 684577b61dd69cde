import { hash } from 'node:crypto'
import type { DebtorType } from '../../db/core/schema.ts'
import type { DebtorRow } from '../../db/sync/staged-debtors.repo.ts'
import type { ZohoContact } from '../zoho/schemas.ts'
import { cleanText } from './map-invoice.ts'

const types: Readonly<Record<NonNullable<ZohoContact['subType']>, DebtorType>> = {
  business: 'Company',
  individual: 'Private',
}

/** From Zoho's customer to the debtor of a case. Never throws. */
export const mapContact = (contact: ZohoContact): DebtorRow => {
  const person = [contact.firstName, contact.lastName].map(cleanText).filter((part) => part !== null)
  const content = {
    type: contact.subType === null ? null : types[contact.subType],
    name: cleanText(contact.name),
    companyName: cleanText(contact.companyName),
    contactPerson: person.length > 0 ? person.join(' ') : null,
    email: cleanText(contact.email),
    phone: cleanText(contact.phone),
    mobile: cleanText(contact.mobile),
    registrationNumber: cleanText(contact.registrationNumber),
    unusedCredits: contact.unusedCredits,
    languageCode: cleanText(contact.languageCode),
    active: contact.active,
  }
  return {
    zohoCustomerId: contact.contactId,
    ...content,
    contentHash: hash('md5', JSON.stringify(content), 'base64url'),
    modifiedAt: contact.modifiedAt,
  }
}
