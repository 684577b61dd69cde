/** What must be true after a round of the fuzz, by the rows and by the history of the books. */
import { sql } from 'kysely'
import type { CaseRow } from '../../../db/core/schema.ts'
import { type Violation, verifyInvariants } from '../../../src/operator/verify-invariants.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type FuzzInstallation, proofMaxAgeSeconds, sweepIntervalSeconds } from './fuzz-installation.ts'
import { commandOf, itemsOf } from './support.ts'

/** Exactly one outcome an item, counts that add up, and what nobody touched has become a case, whoever's. */
export const checkCommand = async (
  { db }: FuzzInstallation,
  commandId: string,
  isSound: (invoiceId: string) => boolean,
): Promise<void> => {
  const command = await commandOf(db, commandId)
  const items = await itemsOf(db, commandId)
  const count = (outcome: string) => items.filter((item) => item.outcome === outcome).length
  expect(command).toMatchObject({
    state: 'completed',
    total: items.length,
    created: count('created'),
    duplicate: count('duplicate'),
    ineligible: count('ineligible'),
    failed: 0,
    lease_token: null,
  })
  expect(command.created + command.duplicate + command.ineligible).toBe(command.total)
  expect(new Set(items.map((item) => item.zoho_invoice_id)).size).toBe(items.length)
  for (const item of items.filter(({ zoho_invoice_id: id }) => isSound(id)))
    expect(['created', 'duplicate']).toContain(item.outcome)
}

/** The cases of these invoices: one each, of one item, with a proof that holds. */
export const checkCases = async (
  installation: FuzzInstallation,
  invoiceIds: readonly string[],
): Promise<readonly CaseRow[]> => {
  const { db } = installation
  const cases = await db.selectFrom('cases').selectAll().where('zoho_invoice_id', 'in', invoiceIds).execute()
  expect(new Set(cases.map((row) => row.zoho_invoice_id)).size).toBe(cases.length)
  for (const row of cases) {
    const items = await db
      .selectFrom('case_command_items')
      .select(['command_id', 'accept_payment_in_progress as accepted'])
      .where('case_id', '=', row.id)
      .where('outcome', '=', 'created')
      .execute()
    expect(items.map((item) => item.command_id)).toEqual([row.command_id])
    checkProof(installation, row, { acceptsPending: items[0]?.accepted === true })
    await checkAge(installation, row)
  }
  return cases
}

/**
 * Some time between proof and case the books have owed just this amount. So an invoice that was paid, voided or
 * deleted before its proof has none; and where a payment was on its way all that time, somebody has accepted it.
 */
const checkProof = (
  { books }: FuzzInstallation,
  row: CaseRow,
  { acceptsPending }: { acceptsPending: boolean },
) => {
  const { zoho_invoice_id: invoiceId, proven_at: provenAt, created_at: createdAt } = row
  const history = books.between(invoiceId, provenAt.getTime(), createdAt.getTime())
  const amount = Number(row.amount_to_recover)
  const fits = history.some(({ owed, pending }) => owed === amount && (acceptsPending || !pending))
  expect({ invoiceId, amount, provenAt, history, fits }).toMatchObject({ fits: true })
}

/** Zoho was asked after the command was accepted, and not too long before the case was made. */
const checkAge = async ({ db }: FuzzInstallation, row: CaseRow): Promise<void> => {
  const { created_at: acceptedAt } = await commandOf(db, row.command_id)
  expect(row.proven_at.getTime()).toBeGreaterThan(acceptedAt.getTime())
  expect(row.created_at.getTime() - row.proven_at.getTime()).toBeLessThanOrEqual(proofMaxAgeSeconds * 1000)
}

/** What `npm run verify` checks. What is due may still be on its way for a moment, so it may take some intervals. */
export const checkInvariants = async ({ db }: FuzzInstallation): Promise<void> => {
  let broken: readonly Violation[] = []
  await waitFor(
    'the invariants',
    async () => {
      broken = await verifyInvariants(db, { sweepIntervalSeconds })
      return broken.length === 0
    },
    { timeoutMs: 10_000 * sweepIntervalSeconds, everyMs: 250 },
  ).catch(() => undefined)
  expect(broken).toEqual([])
}

export interface Totals {
  readonly commands: number
  /** Commands that more than one attempt was needed for. */
  readonly resumed: number
  readonly created: number
  readonly duplicate: number
  readonly ineligible: number
  /** Audit entries of a command's beginning and end. */
  readonly submissions: number
  readonly completions: number
}

/** Sums over everything that happened. */
export const totalsOf = async ({ db }: FuzzInstallation): Promise<Totals> => {
  const audited = (action: string) =>
    sql<number>`(select count(*) from audit_events where action = ${`case_command.${action}`})`
  return db
    .selectFrom('case_commands')
    .select([
      sql<number>`count(*)`.as('commands'),
      sql<number>`count(*) filter (where attempts > 1)`.as('resumed'),
      sql<number>`sum(created)`.as('created'),
      sql<number>`sum(duplicate)`.as('duplicate'),
      sql<number>`sum(ineligible)`.as('ineligible'),
      audited('submitted').as('submissions'),
      audited('completed').as('completions'),
    ])
    .executeTakeFirstOrThrow()
}
