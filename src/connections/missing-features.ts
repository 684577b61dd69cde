/** What a connection cannot do for want of a right, and what to do about it. */
import { z } from 'zod'
import type { PortalConnection } from '../../db/core/schema.ts'
import { allowsContacts } from '../zoho/scopes.ts'

export const missingFeature = z
  .object({
    feature: z.enum(['debtors']),
    message: z.string().describe('One sentence for the client'),
    action: z.enum(['reconnect', 'ask_administrator']),
  })
  .meta({ id: 'MissingFeature' })

type MissingFeature = z.infer<typeof missingFeature>

const notGranted: MissingFeature = {
  feature: 'debtors',
  message:
    'Reconnect to let us tell companies from private persons and fill in missing e-mail addresses and phone numbers.',
  action: 'reconnect',
}
const refused: MissingFeature = {
  feature: 'debtors',
  message:
    'Zoho Books does not let you read customers, so we cannot tell companies from private persons. An administrator of Zoho Books can give you this right.',
  action: 'ask_administrator',
}

export const missingFeatures = ({
  granted_scopes: scopes,
  debtors_error_code: error,
}: Pick<PortalConnection, 'granted_scopes' | 'debtors_error_code'>): MissingFeature[] => {
  if (!allowsContacts(scopes)) return [notGranted]
  return error === 'zoho_permission_missing' ? [refused] : []
}
