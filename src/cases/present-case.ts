/** A case as the portal and the API show it. */
import type { CaseEvent, PortalCase } from '../../db/cases/portal-cases.repo.ts'
import { type Invoice, type InvoiceRow, invoiceOf } from '../../db/core/invoice.ts'
import type { CaseEventType, CaseStatus, Evidence, InvoiceState, Proof } from '../../db/core/schema.ts'
import { type ShownFinding, showFinding } from '../eligibility/finding-texts.ts'
import { invoiceLinks } from '../invoices/links.ts'
import { daysOverdue, type PresentedClaim, presentClaim } from '../invoices/present-invoice.ts'
import { todayIn } from '../values/day.ts'
import { presentAmount } from '../values/money.ts'
import type { ZohoClient } from '../zoho/client.ts'

/** A line of a case's history: what happened, and how its invoice stood then. */
export interface PresentedCaseEvent {
  readonly type: CaseEventType
  readonly at: string
  readonly invoiceState: InvoiceState
  readonly outstanding: string
  /** Who did it; `zoho` for a change of the invoice. */
  readonly actor: string
  readonly reason: string | null
}

/** What a case needs in writing, and what of it there is. */
export interface CaseEvidence {
  readonly required: readonly Evidence[]
  readonly present: readonly Evidence[]
  /** Not there yet, but being fetched. */
  readonly onItsWay: readonly Evidence[]
  readonly complete: boolean
}

/** The Case of the HTTP interface: the Invoice it was made from, as it stood, and its own fields. */
export interface Case extends PresentedClaim {
  readonly date: string
  readonly dueDate: string
  readonly currencyCode: string
  readonly id: string
  readonly reference: string
  readonly status: CaseStatus
  readonly withdrawnReason: string | null
  readonly createdAt: string
  readonly createdBy: string
  readonly commandId: string
  readonly zohoOrganizationId: string
  readonly daysOverdue: number | null
  /** Always false: it is a case already. */
  readonly eligible: false
  readonly blockers: readonly ShownFinding[]
  readonly warnings: readonly ShownFinding[]
  readonly caseId: string
  readonly zohoUrl: string
  /** The moment up to which Zoho itself had said that the invoice is unpaid. */
  readonly provenAt: string
  readonly proof: Proof
  /** What became of the invoice since. The fields above stay what the case was made from. */
  readonly invoiceState: InvoiceState
  /** What is left to pay of the invoice, by Zoho's last word. */
  readonly outstanding: string
  readonly invoiceStateSince: string
  /** Zoho's last word about the invoice. */
  readonly invoiceAsOf: string
  /** Null while the invoice is followed; else until when it was. */
  readonly followedUntil: string | null
  /** Who wrote the description; null: it is that of the invoice. */
  readonly describedBy: string | null
  readonly evidence: CaseEvidence
  /** Oldest first. */
  readonly events: readonly PresentedCaseEvent[]
}

/** What a case does not keep of its invoice. */
const notOfACase = {
  debtor_country: null,
  payment_in_progress: false,
  payment_expected_date: null,
  zoho_sub_status: null,
  unused_credits: null,
}

/** The invoice that a case was made from, as the case keeps it. */
export const invoiceOfCase = (row: Omit<InvoiceRow, keyof typeof notOfACase>): Invoice =>
  // Not spread into a literal: for rows of so many columns that takes 0.2 ms each, sixty times as long.
  invoiceOf(Object.assign({}, row, notOfACase))

const evidenceNow = ({
  evidence_required: required,
  described,
  has_file: hasFile,
  file_on_its_way: isOnItsWay,
}: PortalCase): CaseEvidence => {
  const present: Evidence[] = [
    ...(hasFile ? ['file' as const] : []),
    ...(described ? ['description' as const] : []),
  ]
  return {
    required,
    present,
    onItsWay: isOnItsWay && !hasFile ? ['file'] : [],
    complete: required.every((one) => present.includes(one)),
  }
}

export const presentCase = (
  row: PortalCase,
  events: readonly CaseEvent[],
  { zoho, now }: { zoho: Pick<ZohoClient, 'dataCenter' | 'invoiceUrl' | 'customerUrl'>; now: Date },
): Case => ({
  id: row.id,
  reference: row.reference,
  status: row.status,
  withdrawnReason: row.withdrawn_reason,
  createdAt: row.created_at.toISOString(),
  createdBy: row.created_by,
  commandId: row.command_id,
  zohoOrganizationId: row.zoho_organization_id,
  ...presentClaim(invoiceOfCase(row)),
  date: row.invoice_date,
  dueDate: row.due_date,
  currencyCode: row.currency_code,
  daysOverdue: daysOverdue(row.due_date, todayIn('UTC', now)),
  eligible: false,
  blockers: [],
  warnings: row.warnings.map(showFinding),
  caseId: row.id,
  zohoUrl: invoiceLinks(zoho, row).invoice(row.zoho_invoice_id),
  provenAt: row.proven_at.toISOString(),
  proof: { ...row.proof, amount: presentAmount(row.proof.amount, row.proof.currencyCode) },
  invoiceState: row.invoice_state,
  outstanding: presentAmount(row.outstanding, row.currency_code),
  invoiceStateSince: row.invoice_state_since.toISOString(),
  invoiceAsOf: row.invoice_as_of.toISOString(),
  followedUntil: row.followed_until?.toISOString() ?? null,
  describedBy: row.described_by,
  evidence: evidenceNow(row),
  events: events.map((event) => ({
    type: event.type,
    at: event.at.toISOString(),
    invoiceState: event.invoice_state,
    outstanding: presentAmount(event.outstanding, row.currency_code),
    actor: event.actor,
    reason: event.reason,
  })),
})
