/** What is read on these pages, page by page, in one place: what a translator needs. */

export const debtorFields = {
  company: 'Company',
  privatePerson: 'Private person',
  asYouToldUs: 'as you told us',
  assumedTheInvoiceNamesA: 'assumed: the invoice names a company',
  fromTheCustomerInZoho: '(from the customer in Zoho Books)',
  debtorName: 'Debtor name',
  debtorType: 'Debtor type',
  contactPerson: 'Contact person',
  registrationNumber: 'Registration number',
  address: 'Address',
  postalCode: 'Postal code',
  city: 'City',
  state: 'State',
  country: 'Country',
  debtorEmail: 'Debtor email',
  debtorPhone: 'Debtor phone',
}
