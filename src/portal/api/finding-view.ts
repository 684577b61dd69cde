import { z } from 'zod'

/** Why an invoice cannot (blocker) or should perhaps not (warning) become a case. */
export const findingView = z
  .object({
    code: z.string(),
    message: z.string(),
    field: z.string().optional().describe('Field of the invoice, e.g. `debtor.city`'),
    from: z.string().optional(),
    until: z.string().optional().describe('First day on which time has cured it'),
    fixUrl: z.string().optional().describe('Page in Zoho Books where it can be fixed'),
  })
  .meta({
    id: 'Finding',
    example: {
      code: 'city_missing',
      message: 'The billing address has no city.',
      field: 'debtor.city',
      fixUrl: 'https://books.zoho.com/app/10234695#/invoices/982000000567114',
    },
  })
