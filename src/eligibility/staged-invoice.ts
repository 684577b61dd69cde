import type { StagedForCase } from '../../db/sync/staged-invoices.repo.ts'
import type { AssessableInvoice } from './assess.ts'

/** A staged row in the words of the rules. */
export const assessable = (
  row: Omit<StagedForCase, 'state' | 'proven' | 'contentHash'>,
): AssessableInvoice => ({
  creditorReference: row.creditorReference,
  date: row.date,
  dueDate: row.dueDate,
  amountToRecover: row.amountToRecover,
  currencyCode: row.currencyCode,
  claimDescription: row.claimDescription,
  debtor: {
    name: row.debtorName,
    email: row.debtorEmail,
    phone: row.debtorPhone,
    address: row.debtorAddress,
    city: row.debtorCity,
    zipCode: row.debtorZipCode,
    state: row.debtorState,
    country: row.debtorCountry,
    countryAlpha2: row.debtorCountryAlpha2,
  },
  zohoStatus: row.zohoStatus,
  paymentInProgress: row.paymentInProgress,
})
