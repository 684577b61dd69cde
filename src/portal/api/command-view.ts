/** A case command and its results as the API and the live events give them. */
import { z } from 'zod'
import type { Command, CommandItem } from '../../cases/get-command.ts'
import { money } from './debtor-view.ts'
import { findingView } from './finding-view.ts'
import { isoTime, optionalTime, time } from './values.ts'

export const outcomeName = z.enum(['created', 'duplicate', 'ineligible', 'failed'])

export const commandView = z
  .object({
    id: z.uuid(),
    state: z.enum(['pending', 'running', 'completed']),
    counts: z
      .object({
        total: z.number().int(),
        created: z.number().int(),
        duplicate: z.number().int(),
        ineligible: z.number().int(),
        failed: z.number().int(),
      })
      .meta({ id: 'CaseCommandCounts' }),
    requestedBy: z.string(),
    requestedByName: z.string().nullable(),
    createdAt: isoTime,
    completedAt: isoTime.nullable(),
    waiting: z
      .object({ code: z.string(), message: z.string(), until: isoTime.nullable() })
      .meta({ id: 'CaseCommandWaiting' })
      .nullable()
      .describe('Why it is not going on right now'),
  })
  .meta({
    id: 'CaseCommand',
    example: {
      id: '0f8fad5b-d9cb-469f-a165-70867728950e',
      state: 'completed',
      counts: { total: 12, created: 9, duplicate: 1, ineligible: 2, failed: 0 },
      requestedBy: 'user-1',
      requestedByName: 'Dana Demo',
      createdAt: '2026-06-10T12:00:00.000Z',
      completedAt: '2026-06-10T12:00:02.000Z',
      waiting: null,
    },
  })

export const commandItemView = z
  .object({
    zohoInvoiceId: z.string(),
    outcome: outcomeName.nullable().describe('null: not decided yet'),
    caseId: z.string().optional(),
    caseReference: z.string().optional().describe('Also of a case that is another client’s'),
    reasons: z.array(findingView).optional(),
    creditorReference: z.string().nullable(),
    debtorName: z.string().nullable(),
    amountToRecover: money.nullable(),
    currencyCode: z.string().nullable(),
  })
  .meta({ id: 'CaseCommandItem' })

/** The command as JSON has it. */
export const encodeCommand = ({ waiting, ...command }: Command): z.infer<typeof commandView> => ({
  ...command,
  createdAt: time(command.createdAt),
  completedAt: optionalTime(command.completedAt),
  waiting: waiting && { ...waiting, until: optionalTime(waiting.until) },
})

export const encodeCommandItem = ({
  caseId,
  caseReference,
  reasons,
  ...item
}: CommandItem): z.infer<typeof commandItemView> => ({
  ...item,
  ...(caseId === null ? {} : { caseId }),
  ...(caseReference === null ? {} : { caseReference }),
  ...(reasons.length === 0 ? {} : { reasons: [...reasons] }),
})
