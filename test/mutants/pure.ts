import type { MutantsOfFile } from './mutant.ts'

const assess = ['test/unit/eligibility/assess.test.ts']
const csv = ['test/unit/cases/result-csv.test.ts']

/** What is computed from its arguments alone: eligibility, money, days, the pace of reading, cursors, CSV. */
export const pure: readonly MutantsOfFile[] = [
  {
    file: 'src/eligibility/evidence.ts',
    killedBy: ['test/unit/eligibility/evidence.test.ts'],
    mutants: [
      { find: 'amount < thresholds.eitherFrom', replace: 'amount <= thresholds.eitherFrom' },
      { find: 'amount > thresholds.fileAbove', replace: 'amount >= thresholds.fileAbove' },
      {
        find: '[...claimDescription].length >= evidence.weakDescriptionBelow',
        replace: '[...claimDescription].length > evidence.weakDescriptionBelow',
      },
      {
        find: "if (invoice.debtor.type === 'Private') return",
        replace: 'if (invoice.debtor.type === null) return',
      },
    ],
  },
  {
    file: 'src/eligibility/assess.ts',
    killedBy: assess,
    mutants: [
      { find: 'amount < tiers.minimum)', replace: 'amount <= tiers.minimum)' },
      { find: 'if (amount <= 0n)', replace: 'if (amount < 0n)' },
      { find: 'if (date !== null && dueDate < date)', replace: 'if (date !== null && dueDate <= date)' },
      { find: 'text.length > limit && characters(text) > limit', replace: 'text.length > limit' },
      {
        find: 'text.length > limit && characters(text) > limit',
        replace: 'text.length > limit && characters(text) >= limit',
      },
      { find: 'const maxReferenceLength = 50', replace: 'const maxReferenceLength = 51' },
      { find: 'const maxDescriptionLength = 4_000', replace: 'const maxDescriptionLength = 40_000' },
      {
        find: "debtor.countryAlpha2 === 'US' && usState(debtor.state) === null",
        replace: "debtor.countryAlpha2 === 'US' && debtor.state === null",
      },
      {
        find: 'until: addDays(dueDate, minDaysOverdue)',
        replace: 'until: addDays(dueDate, minDaysOverdue + 1)',
      },
      { find: 'from: addMonths(date, oldAfterMonths)', replace: 'from: addMonths(date, oldAfterMonths + 1)' },
      { find: 'until: addDays(day, 1)', replace: 'until: day' },
      { find: 'else if (!owed.has(status))', replace: 'else if (owed.size === 0)' },
      { find: 'if (invoice.paymentInProgress) found.push(paymentInProgress)', replace: '' },
      {
        find: '(until === null || blocker.from < until)',
        replace: '(until === null || blocker.from > until)',
        survives: 'Only one rule has a first day, so there are no two of which the earlier would count.',
      },
      { find: 'blocker.until > from)', replace: 'blocker.until < from)' },
      { find: 'until !== null && until <= from ? never', replace: 'until !== null && until < from ? never' },
      { find: 'until === undefined || until > day', replace: 'until === undefined || until >= day' },
      {
        find: '(from === undefined || from <= day) && (until',
        replace: '(from === undefined || from < day) && (until',
      },
      { find: 'scaled(unusedCredits) > 0n', replace: 'scaled(unusedCredits) >= 0n' },
    ],
  },
  {
    file: 'src/sync/pace.ts',
    killedBy: ['test/unit/sync/pace.test.ts'],
    mutants: [
      { find: 'value * 0.7 + ms * 0.3', replace: 'ms' },
      { find: 'Math.max(1, maxInFlight - 1)', replace: 'maxInFlight' },
      { find: 'if (answer.value() <= perRequest) return 1', replace: 'if (answer.value() <= 0) return 1' },
      { find: 'Math.min(most, Math.max(2, inTime))', replace: 'Math.max(2, inTime)' },
      { find: 'Math.max(perRequest, store.value(), 1)', replace: 'Math.max(perRequest, 1)' },
    ],
  },
  {
    file: 'src/sync/zoho-time.ts',
    killedBy: ['test/unit/sync/staged-row.test.ts'],
    mutants: [
      { find: 'export const overlapMs = 5 * 60_000', replace: 'export const overlapMs = 0' },
      { find: 'const mostAheadMs = 5 * 60_000', replace: 'const mostAheadMs = 120 * 60_000' },
      { find: 'new Date(zohoTime.getTime() - took)', replace: 'new Date(zohoTime.getTime())' },
    ],
  },
  {
    file: 'src/sync/check-page.ts',
    killedBy: ['test/unit/sync/check-page.test.ts'],
    mutants: [
      { find: 'if (rowsRead === 0 && hasMore)', replace: 'if (rowsRead < 0 && hasMore)' },
      { find: 'page >= maxPages', replace: 'page > maxPages * 2' },
      { find: '(ids.length > 1 || hasMore)', replace: 'hasMore' },
      { find: '  ids.length === previous.length &&\n', replace: '' },
    ],
  },
  {
    file: 'src/sync/staged-row.ts',
    killedBy: ['test/unit/sync/staged-row.test.ts', 'test/unit/sync/map-invoice.test.ts'],
    mutants: [
      { find: "!decimal.startsWith('-') && /[1-9]/.test(decimal)", replace: '/[1-9]/.test(decimal)' },
      { find: "  pending_approval: 'removed',\n", replace: '' },
      {
        find: 'let content = String(modifiedAt.getTime())',
        replace: 'let content = String(modifiedAt === undefined)',
      },
      { find: 'content += `\\u001f${of(invoice)}`', replace: 'content = `\\u001f${of(invoice)}`' },
    ],
  },
  {
    file: 'src/cases/result-csv.ts',
    killedBy: csv,
    mutants: [
      {
        find: 'zohoInvoiceId: formulaSafe(row.zoho_invoice_id)',
        replace: 'zohoInvoiceId: row.zoho_invoice_id',
      },
      { find: "formulaSafe(row.creditor_reference ?? '')", replace: "row.creditor_reference ?? ''" },
      { find: "formulaSafe(row.debtor_name ?? '')", replace: "row.debtor_name ?? ''" },
      { find: "formulaSafe(row.currency_code ?? '')", replace: "row.currency_code ?? ''" },
      {
        find: 'reasons: formulaSafe(inSentences(row.reasons.map(showFinding)))',
        replace: 'reasons: inSentences(row.reasons.map(showFinding))',
      },
    ],
  },
  {
    file: 'src/values/csv.ts',
    killedBy: csv,
    mutants: [
      { find: '(^|[;\\t\\r\\n])', replace: '(^|[\\t\\r\\n])' },
      {
        find: '(?=[=+\\-@\\uFF0B\\uFF0D\\uFF1D\\uFF20])/g',
        replace: '(?=[=+@\\uFF0B\\uFF0D\\uFF1D\\uFF20])/g',
      },
      {
        find: '(?=[=+\\-@\\uFF0B\\uFF0D\\uFF1D\\uFF20])/g',
        replace: '(?=[=+\\-@\\uFF0B\\uFF0D\\uFF1D\\uFF20])/',
      },
      { find: "return /^[\\t\\r\\n]/.test(neutral) ? `'${neutral}` : neutral", replace: 'return neutral' },
    ],
  },
  {
    file: 'src/invoices/cursor.ts',
    killedBy: ['test/unit/invoices/cursor.test.ts'],
    mutants: [
      { find: ".refine((day) => !day.startsWith('0000'))", replace: '' },
      { find: ' && BigInt.asIntN(64, BigInt(key)) === BigInt(key)', replace: '' },
      { find: 'const cursorText = z.strictObject({', replace: 'const cursorText = z.object({' },
      { find: ' || parsed.data.s !== sort', replace: '' },
      { find: ' || parsed.data.o !== order', replace: '' },
      { find: '!keys[sort].safeParse(k).success || i.includes', replace: 'i.includes' },
      { find: "i.includes('\\u0000') || ", replace: '' },
      { find: " || k.includes('\\u0000')", replace: '' },
    ],
  },
  {
    file: 'db/core/keyset-page.ts',
    killedBy: ['test/integration/db/keyset-page.test.ts'],
    mutants: [
      {
        find: "sql.raw(forwards === (ascending ?? false) ? '>' : '<')",
        replace: "sql.raw(forwards === (ascending ?? false) ? '>=' : '<=')",
      },
      {
        find: "const later = sql.raw(forwards ? '>' : '<')",
        replace: "const later = sql.raw(forwards ? '>=' : '<=')",
      },
      { find: "const later = sql.raw(forwards ? '>' : '<')", replace: "const later = sql.raw('>')" },
      { find: "id ${sql.raw(backwards ? 'desc' : 'asc')}", replace: 'id asc' },
      { find: 'limit ${query.limit + 1}', replace: 'limit ${query.limit}' },
      {
        find: 'const more = found.length > query.limit',
        replace: 'const more = found.length >= query.limit',
      },
      { find: 'found.slice(0, query.limit).reverse()', replace: 'found.slice(0, query.limit)' },
      {
        find: 'const moreAfter = backwards ? query.cursor !== undefined : more',
        replace: 'const moreAfter = more',
      },
      {
        find: 'const moreBefore = backwards ? more : query.cursor !== undefined',
        replace: 'const moreBefore = query.cursor !== undefined',
      },
    ],
  },
]
