import type { ConnectedOrganization } from '../../db/connections/connections.repo.ts'
import type { DataCenter, Organization } from '../zoho/client.ts'

/** An organization of Zoho's list as a connection remembers it. */
export const connectedOrganization = (
  dataCenter: DataCenter,
  organization: Organization,
): ConnectedOrganization => ({
  dataCenter: dataCenter.code,
  organizationId: organization.id,
  organizationName: organization.name,
  timeZone: organization.timeZone,
  currencyCode: organization.currencyCode,
})
