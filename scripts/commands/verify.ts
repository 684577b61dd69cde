import type { Comparison } from '../../src/cases/compare-sample.ts'
import { commandConfig } from '../support/local-defaults.ts'
import { defineScript, UsageError } from '../support/script.ts'

const sampleSize = (text: string | undefined): number => {
  if (text === undefined) return 0
  const size = Number(text)
  if (!Number.isSafeInteger(size) || size < 1 || size > 1_000)
    throw new UsageError('--sample wants a number from 1 to 1000.')
  return size
}

/** Prints what differs. @returns whether all is well. */
const report = ({ compared, differences, unread }: Comparison): boolean => {
  for (const { kind, label, zohoInvoiceId, here, atZoho, explained } of differences)
    console.error(
      `${explained ? '·' : '✗'} ${kind} ${label} (${zohoInvoiceId}): here ${here}; Zoho Books ${atZoho}${explained ? ', changed there since' : ''}`,
    )
  for (const [code, count] of unread) console.error(`✗ ${count} could not be read: ${code}`)
  const unexplained = differences.filter(({ explained }) => !explained).length
  console.log(`Compared ${compared} with Zoho Books: ${unexplained} differ without a later change there.`)
  return unexplained === 0 && unread.size === 0
}

export const command = defineScript({
  help: `Usage: collector verify [--sample N]

Checks what must hold in a live database, whatever happened: no two cases for one invoice, every created item has its
case, at most one active run per connection, no orphans, amounts as proven, every proof later than its command, no plain
token in database or queue, nothing due left unswept, the audit unchanged, every document with its bytes. Reads only, and needs
nothing but DATABASE_URL, REDIS_URL and DOCUMENT_STORE_URL. Exit code 1 and the offending ids when something is broken.

--sample N also reads N cases and N open invoices again at Zoho Books, within the request budget, and prints what
differs; exit code 1 when a difference is not explained by a change at Zoho Books after it had said what is held here, or
when some could not be read.`,
  options: { sample: { type: 'string' } },
  run: async ({ sample }) => {
    const size = sampleSize(sample)
    const config = await commandConfig(size === 0 ? [] : ['tokenKeys', 'zohoClient'])
    // Loaded only now: help and a wrong environment are answered at once.
    const { findTokensInQueues } = await import('../../jobs/verify-queues.ts')
    const { compareSample } = await import('../../src/cases/compare-sample.ts')
    const { findLostDocuments } = await import('../../src/documents/find-lost.ts')
    const { verifyInvariants } = await import('../../src/operator/verify-invariants.ts')
    const { createContext } = await import('../support/create-context.ts')
    const context = await createContext(config)
    const { db, log } = context.ctx
    try {
      const broken = await verifyInvariants(db, { sweepIntervalSeconds: config.sweepIntervalSeconds })
      const leaks = await findTokensInQueues(config, log)
      for (const { number, name, count, ids } of broken)
        console.error(`✗ ${number}. ${name}: ${count}\n    ${ids.join('\n    ')}`)
      if (leaks.length > 0)
        console.error(
          `✗ 6. no plain token in the queue: ${leaks.length}\n    ${leaks.slice(0, 20).join('\n    ')}`,
        )
      const lost = await findLostDocuments(context.ctx)
      if (lost.length > 0)
        console.error(
          `✗ 10. every document in the store has its object: ${lost.length}\n    ${lost.slice(0, 100).join('\n    ')}`,
        )
      const holds = broken.length === 0 && leaks.length === 0 && lost.length === 0
      if (holds) console.log('✓ All invariants hold.')
      const same = size === 0 || report(await compareSample(context.ctx, size))
      return holds && same ? 0 : 1
    } finally {
      await context.close()
    }
  },
})
