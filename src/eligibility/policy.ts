/** Which rules block a case, which only warn, and their thresholds: built in, or from the file ELIGIBILITY_POLICY. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { currencyDecimals } from '../values/money.ts'
import { referenceAmountsAsOf, usd100In } from './reference-amounts.ts'
import { isFixed, type RuleCode, ruleCodes, ruleSetVersion, rules, type Severity } from './rules.ts'

const movable = ruleCodes.filter((code) => !isFixed(code))
const currency = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code')
const amount = z.string().regex(/^\d{1,12}(\.\d{1,4})?$/, 'must be a decimal number in quotes, like "90.00"')
const wholeUsd = z.int().positive().max(1_000_000_000)

const policyFile = z.strictObject({
  rules: z
    .partialRecord(z.enum(movable), z.enum(['blocker', 'warning']))
    .default({})
    .describe('Moves a rule between blocker and warning. Rules not listed keep their place.'),
  minDaysOverdue: z
    .int()
    .min(0)
    .max(3650)
    .default(0)
    .describe('Days after the due date from which on an invoice is eligible; 0: on the due date itself.'),
  minimumAmounts: z
    .record(currency, amount)
    .default({})
    .describe('Smallest amount per currency. Others keep the built-in equivalent of USD 100.'),
  oldAfterMonths: z
    .int()
    .min(1)
    .max(600)
    .default(24)
    .describe('Age of the invoice date for older_than_24_months.'),
  disputedSubStatuses: z
    .array(z.string().trim().min(1).max(100).toLowerCase())
    .max(50)
    .default(['dispute'])
    .describe('Words that tell a disputed invoice by its sub-status in Zoho Books; others are only noted.'),
  evidence: z
    .strictObject({
      descriptionFromUsd: wholeUsd.default(2_000),
      fileAboveUsd: wholeUsd.default(10_000),
      weakDescriptionBelow: z.int().min(1).max(4_000).default(20),
    })
    .prefault({})
    .describe('Value tiers, in USD, from which a description or a file is asked for.'),
})

/** What an assessment depends on. */
export interface EligibilityPolicy {
  /** Changes whenever an assessment could come out differently; staged rows remember it. */
  readonly version: string
  readonly severity: Readonly<Record<RuleCode, Severity>>
  readonly minDaysOverdue: number
  /** Currency → smallest amount, a decimal string. */
  readonly minimumAmounts: Readonly<Record<string, string>>
  /** Currency → what USD 100 is worth in it. */
  readonly usd100In: Readonly<Record<string, string>>
  readonly referenceAmountsAsOf: string
  readonly oldAfterMonths: number
  /** In lower case; a sub-status that holds one of them is a dispute. */
  readonly disputedSubStatuses: readonly string[]
  readonly evidence: {
    readonly descriptionFromUsd: number
    readonly fileAboveUsd: number
    /** A description shorter than this is taken for a bare reference number. */
    readonly weakDescriptionBelow: number
  }
}

/** The policy file cannot be used. The message lists every reason and prints the schema. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
  readonly problems: readonly string[]

  constructor(path: string, problems: readonly string[]) {
    const schema = JSON.stringify(z.toJSONSchema(policyFile, { io: 'input' }), null, 2)
    super(
      `The eligibility policy ${path} is not valid:\n${problems.map((problem) => `  ${problem}`).join('\n')}\nIts schema:\n${schema}`,
    )
    this.problems = problems
  }
}

const digest = (content: unknown) =>
  createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16)

const sorted = <V>(record: Readonly<Record<string, V>>) =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))

const complete = (file: z.infer<typeof policyFile>): EligibilityPolicy => {
  const content = {
    severity: Object.fromEntries(
      ruleCodes.map((code) => [
        code,
        (file.rules as Partial<Record<RuleCode, Severity>>)[code] ?? rules[code].severity,
      ]),
    ) as Record<RuleCode, Severity>,
    minDaysOverdue: file.minDaysOverdue,
    minimumAmounts: sorted({ ...usd100In, ...file.minimumAmounts }),
    usd100In,
    referenceAmountsAsOf,
    oldAfterMonths: file.oldAfterMonths,
    disputedSubStatuses: file.disputedSubStatuses,
    evidence: file.evidence,
  }
  return Object.freeze({ version: digest([ruleSetVersion, content]), ...content })
}

const contradictions = (file: z.infer<typeof policyFile>): string[] => [
  ...Object.keys(file.minimumAmounts)
    .filter((code) => currencyDecimals(code) === null)
    .map((code) => `minimumAmounts.${code}: is no currency of ISO 4217`),
  ...(file.evidence.fileAboveUsd < file.evidence.descriptionFromUsd
    ? ['evidence.fileAboveUsd: must not be below descriptionFromUsd']
    : []),
]

/** Makes a policy from the content of a policy file. @throws PolicyError with all reasons and the schema */
export const parsePolicy = (given: unknown, path = '(given)'): EligibilityPolicy => {
  const parsed = policyFile.safeParse(given)
  if (!parsed.success)
    throw new PolicyError(
      path,
      parsed.error.issues.map((issue) => `${issue.path.join('.') || '(file)'}: ${issue.message}`),
    )
  const problems = contradictions(parsed.data)
  if (problems.length > 0) throw new PolicyError(path, problems)
  return complete(parsed.data)
}

/** The policy without a file: domain rules with USD 100 or its equivalent. */
export const builtInPolicy: EligibilityPolicy = parsePolicy({})

/**
 * Reads the policy file; without a path, the built-in policy.
 *
 * @throws PolicyError with all reasons and the schema.
 */
export const loadPolicy = async (path: string | undefined): Promise<EligibilityPolicy> => {
  if (path === undefined) return builtInPolicy
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    throw new PolicyError(path, [`cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`])
  }
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    throw new PolicyError(path, ['is not valid JSON'])
  }
  return parsePolicy(content, path)
}
