/** Staged rows without Zoho: judged as staging judges them. */
import { sql } from 'kysely'
import type { Db } from '../../db/core/database.ts'
import { type Invoice, type InvoiceRow, invoiceFields } from '../../db/core/invoice.ts'
import type { Connection, RateSource, StagedState } from '../../db/core/schema.ts'
import { assess } from '../../src/eligibility/assess.ts'
import { builtInPolicy, type EligibilityPolicy } from '../../src/eligibility/policy.ts'
import { anInvoice, type InvoiceChanges } from './invoices.ts'

export interface StagedOptions {
  readonly zohoInvoiceId: string
  readonly invoice?: InvoiceChanges
  readonly state?: StagedState
  /** Whether Zoho's word on it is later than any command of the test; default: it is a day old. */
  readonly proven?: boolean
  readonly caseId?: string | null
  /** What one unit is worth in the organization's currency; default: the invoice is in that one. */
  readonly rate?: { readonly baseRate: string; readonly source: RateSource }
}

const columnsOf = (invoice: Invoice) =>
  Object.fromEntries(invoiceFields.map(({ column, of }) => [column, of(invoice)])) as unknown as InvoiceRow

const row = (
  connection: Connection,
  { zohoInvoiceId, invoice: changes, state = 'open', proven = false, caseId = null, rate }: StagedOptions,
  policy: EligibilityPolicy,
) => {
  const invoice = anInvoice({ zohoInvoiceId, creditorReference: `INV-${zohoInvoiceId}`, ...changes })
  const { blockers, warnings, eligibleFrom, eligibleUntil } = assess(invoice, policy)
  return {
    connection_id: connection.id,
    client_id: connection.client_id,
    zoho_organization_id: connection.zoho_organization_id,
    ...columnsOf(invoice),
    state,
    blockers: JSON.stringify(blockers),
    warnings: JSON.stringify(warnings),
    eligible_from: eligibleFrom,
    eligible_until: eligibleUntil,
    policy_version: policy.version,
    content_hash: `hash-${zohoInvoiceId}`,
    case_id: caseId,
    base_rate: rate?.baseRate ?? null,
    base_rate_source: rate?.source ?? null,
    zoho_modified_at: new Date('2026-05-02T00:00:00Z'),
    proven_at: sql<Date>`now() - interval '1 day'`,
    looked_at: proven ? sql<Date>`now() + interval '4 minutes'` : null,
  }
}

export const stage = async (
  db: Db,
  connection: Connection,
  invoices: readonly StagedOptions[],
  policy: EligibilityPolicy = builtInPolicy,
): Promise<void> => {
  for (let at = 0; at < invoices.length; at += 500)
    await db
      .insertInto('staged_invoices')
      .values(invoices.slice(at, at + 500).map((one) => row(connection, one, policy)))
      .execute()
}

export const ids = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => String(from + at))
