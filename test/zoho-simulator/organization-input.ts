import { z } from 'zod'
import { createBook } from './book.ts'
import { createLedger } from './ledger.ts'
import { createMeter } from './limits.ts'
import { currencyOf } from './money.ts'
import type { Organization, World } from './world.ts'
import { localDate } from './zone-time.ts'

/** What a test may say of a new organization; the rest is made up. */
export const organizationInput = z
  .object({
    organizationId: z.string().regex(/^\d{6,15}$/),
    name: z.string(),
    timeZone: z.string(),
    currencyCode: z.string().length(3),
    countryCode: z.string().length(2),
    isActive: z.boolean(),
    isDefault: z.boolean(),
    /** How many unpaid invoices its book starts with. */
    invoices: z.number().int().min(0).max(5_000_000),
    seed: z.number().int(),
    /** Put over the entry of /organizations as it stands. */
    raw: z.record(z.string(), z.unknown()),
  })
  .partial()

export type OrganizationInput = z.infer<typeof organizationInput>

/** Founds an organization and fills its book with what happened in the 400 days before `bookedAt`. */
export function createOrganization(
  world: World,
  input: OrganizationInput,
  bookedAt = world.clock.now(),
): Organization {
  const ordinal = world.organizations.size
  const name = input.name ?? `Company ${ordinal + 1} Ltd`
  const zone = input.timeZone ?? 'Europe/Berlin'
  const plan = {
    seed: input.seed ?? world.seed,
    idPrefix: String(26_000 + ordinal),
    unpaid: input.invoices ?? 0,
    zone,
    now: bookedAt,
  }
  const organization: Organization = {
    id: input.organizationId ?? String(912_345_600 + ordinal * 17),
    name,
    isActive: input.isActive ?? true,
    isDefault: input.isDefault ?? false,
    zone,
    currency: currencyOf(input.currencyCode ?? 'EUR'),
    countryCode: input.countryCode ?? 'DE',
    portalName: name.toLowerCase().replace(/[^a-z0-9]/g, ''),
    createdDate: localDate(zone, bookedAt - 500 * 86_400_000),
    ordinal,
    book: createBook(plan),
    ledger: createLedger(),
    meter: createMeter(),
    raw: input.raw ?? {},
  }
  if (world.organizations.has(organization.id))
    throw new Error(`organization ${organization.id} exists already`)
  world.organizations.set(organization.id, organization)
  return organization
}
