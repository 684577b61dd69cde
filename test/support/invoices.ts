/** An invoice without a single finding, and what a test changes about it. */
import { type Debtor, type Invoice, noCustomerRecord } from '../../db/core/invoice.ts'

export type InvoiceChanges = Partial<Omit<Invoice, 'debtor'>> & {
  readonly debtor?: Partial<Debtor>
}

/** Eligible from 2026-05-01, a year old at most until 2028: `today` 2026-06-10 finds nothing to say. */
export const anInvoice = ({ debtor, ...changes }: InvoiceChanges = {}): Invoice => ({
  zohoInvoiceId: '460000000000001',
  creditorReference: 'INV-000001',
  date: '2026-04-01',
  dueDate: '2026-05-01',
  amountToRecover: '690.00',
  currencyCode: 'EUR',
  claimDescription: 'PO 4711',
  zohoCustomerId: '77',
  zohoStatus: 'overdue',
  paymentInProgress: false,
  paymentExpectedDate: null,
  subStatus: null,
  unusedCredits: null,
  ...changes,
  debtor: {
    name: 'Muster GmbH',
    email: 'billing@muster.example',
    phone: '+49 30 901820',
    address: 'Hauptstr. 1',
    city: 'Berlin',
    zipCode: '10115',
    state: null,
    country: 'Germany',
    countryAlpha2: 'DE',
    ...noCustomerRecord,
    ...debtor,
  },
})
