/** One transaction: cases, outcomes, counts. Either all of a chunk happened or nothing did. */

import { type Decision, decideItems } from '../../db/cases/case-command-items.repo.ts'
import { addOutcomes, holdCommand } from '../../db/cases/case-commands.repo.ts'
import {
  type CaseOrigin,
  type CaseRef,
  type CaseToInsert,
  findCasesOfInvoices,
  insertCases,
  lockStagedInvoices,
  markAsCases,
  shareFollowing,
} from '../../db/cases/cases.repo.ts'
import type { Trx } from '../../db/core/database.ts'
import { notify } from '../../db/core/notify.ts'
import type { Finding, Outcome } from '../../db/core/schema.ts'
import type { Ctx } from '../context.ts'
import type { EvidenceNeed } from '../eligibility/evidence.ts'
import { AppError } from '../errors.ts'
import { anotherClientsCase } from './reasons.ts'
import { randomReference } from './reference.ts'

export interface ReadyItem {
  readonly ordinal: number
  readonly zohoInvoiceId: string
  readonly contentHash: string
  readonly warnings: readonly Finding[]
  readonly evidence: EvidenceNeed
}

export interface KnownDuplicate {
  readonly ordinal: number
  readonly existing: CaseRef
}

export interface Chunk {
  readonly ready: readonly ReadyItem[]
  readonly duplicates: readonly KnownDuplicate[]
  /** Ineligible and failed ones. */
  readonly decided: readonly Decision[]
}

const duplicateOf = (ordinal: number, existing: CaseRef, clientId: string): Decision =>
  existing.clientId === clientId
    ? {
        ordinal,
        outcome: 'duplicate',
        caseId: existing.id,
        existingCaseReference: existing.reference,
      }
    : {
        ordinal,
        outcome: 'duplicate',
        existingCaseReference: existing.reference,
        reasons: [anotherClientsCase],
      }

/**
 * Carries out a chunk. An item that is ready but changed since it was judged stays undecided, for another look.
 *
 * @returns how many items got their outcome.
 * @throws AppError lease_lost when another worker has taken the command over: then nothing was written.
 */
export const insertChunk = async (
  ctx: Ctx,
  origin: CaseOrigin,
  leaseToken: string,
  chunk: Chunk,
): Promise<number> => {
  const { written, documentId } = await ctx.db
    .transaction()
    .execute((trx) => writeChunk(ctx, trx, origin, leaseToken, chunk))
  if (documentId !== undefined) ctx.nudge({ job: 'fetch-invoice-pdf', id: documentId })
  return written
}

const writeChunk = async (
  ctx: Ctx,
  trx: Trx,
  origin: CaseOrigin,
  leaseToken: string,
  { ready, duplicates, decided }: Chunk,
): Promise<{ readonly written: number; readonly documentId: string | undefined }> => {
  // 1. still ours? Also keeps a second worker of the same command out until the commit
  const held = await holdCommand(trx, origin.commandId, {
    leaseToken,
    lockSeconds: ctx.config.jobLockSeconds,
  })
  if (!held) throw new AppError('lease_lost')

  // 2. the cases; another command for the same invoices waits here, and neither deadlocks
  const ids = ready.map((item) => item.zohoInvoiceId)
  await lockStagedInvoices(trx, origin.organizationId, [
    ...ids,
    ...duplicates.map(({ existing }) => existing.zohoInvoiceId),
  ])
  await shareFollowing(trx, origin.organizationId)
  const toInsert: CaseToInsert[] = ready.map((item) => ({
    zohoInvoiceId: item.zohoInvoiceId,
    reference: randomReference(),
    contentHash: item.contentHash,
    warnings: item.warnings,
    evidence: item.evidence,
  }))
  const created = await insertCases(trx, origin, toInsert)
  const createdByInvoice = new Map(created.map((made) => [made.zohoInvoiceId, made]))

  // 3. what the constraint turned away was somebody's case already
  const others = await findCasesOfInvoices(
    trx,
    origin.organizationId,
    ids.filter((id) => !createdByInvoice.has(id)),
  )
  const otherByInvoice = new Map(others.map((other) => [other.zohoInvoiceId, other]))

  // 4. outcomes and counts
  const decisions: Decision[] = [
    ...ready.flatMap(({ ordinal, zohoInvoiceId }): Decision[] => {
      const made = createdByInvoice.get(zohoInvoiceId)
      if (made !== undefined)
        return [
          {
            ordinal,
            outcome: 'created',
            caseId: made.id,
            existingCaseReference: made.reference,
          },
        ]
      const other = otherByInvoice.get(zohoInvoiceId)
      return other === undefined ? [] : [duplicateOf(ordinal, other, origin.clientId)]
    }),
    ...duplicates.map(({ ordinal, existing }) => duplicateOf(ordinal, existing, origin.clientId)),
    ...decided,
  ]
  const written = await decideItems(trx, origin.commandId, decisions)
  const counts = countOutcomes(decisions.filter(({ ordinal }) => written.has(ordinal)))
  await addOutcomes(trx, origin.commandId, counts)

  // 5. the list shows it
  await markAsCases(trx, origin.organizationId, [
    ...created,
    ...others,
    ...duplicates.map(({ existing }) => existing),
  ])
  await notify(trx, origin.clientId, { type: 'command', id: origin.commandId })
  for (const outcome of outcomes)
    if (counts[outcome] > 0) ctx.metrics.commandItems.inc({ outcome }, counts[outcome])
  return { written: written.size, documentId: created[0]?.documentId }
}

const outcomes = ['created', 'duplicate', 'ineligible', 'failed'] as const satisfies readonly Outcome[]

const countOutcomes = (decisions: readonly Decision[]): Record<Outcome, number> => {
  const counts = { created: 0, duplicate: 0, ineligible: 0, failed: 0 }
  for (const { outcome } of decisions) counts[outcome] += 1
  return counts
}
