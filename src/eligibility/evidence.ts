/** What a claim needs in writing, by its value and against whom it is (domain 1.2). */
import type { Invoice } from '../../db/core/invoice.ts'
import type { Evidence } from '../../db/core/schema.ts'
import { memoize } from '../values/memoize.ts'
import { scaled } from '../values/money.ts'
import type { EligibilityPolicy } from './policy.ts'

export type { Evidence }

export interface EvidenceNeed {
  /** Where a file or a description is enough, the description if there is one, else the file: a copy always comes. */
  readonly required: readonly Evidence[]
  /** The description says enough to count as one. */
  readonly described: boolean
}

/** Amounts, scaled, from which a description and above which a file is asked for; null where the exchange is unknown. */
const thresholdsUnder = memoize(({ usd100In, evidence }: EligibilityPolicy) =>
  memoize((currencyCode: string | null) => {
    const hundredUsd = currencyCode === null ? undefined : usd100In[currencyCode]
    if (hundredUsd === undefined) return null
    // exact: amounts are scaled by more than a hundred
    const worth = (usd: number) => (BigInt(usd) * scaled(hundredUsd)) / 100n
    return { eitherFrom: worth(evidence.descriptionFromUsd), fileAbove: worth(evidence.fileAboveUsd) }
  }),
)

/** A description that is too short is taken for a bare reference number. */
const isDescribed = ({ claimDescription }: Invoice, { evidence }: EligibilityPolicy): boolean =>
  claimDescription !== null &&
  claimDescription.length >= evidence.weakDescriptionBelow &&
  [...claimDescription].length >= evidence.weakDescriptionBelow

/** Against a private person always both; against a company, or one who may be either, by value. */
export const evidenceOf = (invoice: Invoice, policy: EligibilityPolicy): EvidenceNeed => {
  const described = isDescribed(invoice, policy)
  if (invoice.debtor.type === 'Private') return { required: ['file', 'description'], described }
  const thresholds = thresholdsUnder(policy)(invoice.currencyCode)
  const amount = scaled(invoice.amountToRecover)
  if (thresholds === null || amount < thresholds.eitherFrom) return { required: [], described }
  if (amount > thresholds.fileAbove) return { required: ['file'], described }
  return { required: [described ? 'description' : 'file'], described }
}
