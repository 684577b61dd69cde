import type { Organization } from './client.ts'
import { rawOrganization } from './schemas.ts'
import { readText } from './values.ts'

/** One entry of /organizations (contract 5); undefined when it has no usable id. */
export const parseOrganization = (entry: unknown): Organization | undefined => {
  const parsed = rawOrganization.safeParse(entry)
  if (!parsed.success) return undefined
  const raw = parsed.data
  const active = raw.org_settings?.is_org_active ?? raw.is_org_active ?? raw.isOrgActive ?? true
  return {
    id: raw.organization_id,
    name: readText(raw.name) ?? raw.organization_id,
    isDefault: isTrue(raw.is_default_org),
    isActive: isTrue(active),
    currencyCode: readText(raw.currency_code),
    timeZone: knownTimeZone(readText(raw.time_zone)) ?? 'UTC',
  }
}

const isTrue = (value: unknown): boolean => value === true || value === 'true'

/** An IANA name that this runtime, and so Postgres, knows; docs print `"PST"`, recordings `"Europe/Berlin"`. */
const knownTimeZone = (name: string | null): string | null => {
  if (name === null) return null
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return null
  }
}
