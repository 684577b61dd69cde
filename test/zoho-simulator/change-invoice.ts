import { balanceOf, type Invoice } from './invoice.ts'
import type { Organization, World } from './world.ts'
import { localDate } from './zone-time.ts'

/** The organization with this id, or the first one. */
export function organizationOf(world: World, organizationId?: string): Organization {
  const [first] = world.organizations.values()
  const found = organizationId === undefined ? first : world.organizations.get(organizationId)
  if (!found) throw new Error(`no organization ${organizationId ?? ''}`)
  return found
}

/** An invoice and the organization it belongs to; ids are unique over all organizations. */
export function lookUp(world: World, invoiceId: string): { organization: Organization; invoice: Invoice } {
  for (const organization of world.organizations.values()) {
    if (!invoiceId.startsWith(organization.book.plan.idPrefix)) continue
    const invoice = organization.book.find(invoiceId)
    if (invoice) return { organization, invoice }
  }
  throw new Error(`no invoice ${invoiceId}`)
}

/** The virtual time in whole seconds, the resolution of Zoho's times (contract 6.2). */
export const wholeSecond = (world: World) => Math.floor(world.clock.now() / 1000) * 1000

/** Changes an invoice, bumps its modified time and tells who listens (contract 6.2). */
export function changeInvoice(
  world: World,
  invoiceId: string,
  edit: (invoice: Invoice, today: string) => Partial<Invoice>,
  cause: 'user' | 'settlement' = 'user',
): void {
  const { organization, invoice } = lookUp(world, invoiceId)
  const now = wholeSecond(world)
  const changed = { ...invoice, modifiedAt: now, ...edit(invoice, localDate(organization.zone, now)) }
  organization.book.put(changed)
  for (const listener of world.onEvent)
    listener({ module: 'invoices', event: 'edited', cause, organization, invoice: changed })
}

/** The status that what was paid, credited and written off gives; a void or draft invoice stays one. */
export function settledStatus(invoice: Invoice): string {
  if (invoice.status === 'void' || invoice.status === 'draft') return invoice.status
  if (balanceOf(invoice) <= 0) return 'paid'
  if (invoice.paid + invoice.credited + invoice.writtenOff > 0) return 'partially_paid'
  return invoice.viewedAt > 0 ? 'viewed' : 'sent'
}
