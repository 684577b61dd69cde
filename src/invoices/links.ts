/** Where people find an invoice or a customer in Zoho Books. */
import type { ZohoClient } from '../zoho/client.ts'

export interface InvoiceLinks {
  readonly invoice: (zohoInvoiceId: string) => string
  readonly customer: (zohoCustomerId: string) => string
}

/** Links into the web application of the organization's own data centre. */
export const invoiceLinks = (
  zoho: Pick<ZohoClient, 'dataCenter' | 'invoiceUrl' | 'customerUrl'>,
  { data_center, zoho_organization_id }: { data_center: string; zoho_organization_id: string },
): InvoiceLinks => {
  const where = { dataCenter: zoho.dataCenter(data_center), organizationId: zoho_organization_id }
  return {
    invoice: (invoiceId) => zoho.invoiceUrl({ ...where, invoiceId }),
    customer: (customerId) => zoho.customerUrl({ ...where, customerId }),
  }
}
