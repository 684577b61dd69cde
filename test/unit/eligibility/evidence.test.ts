import type { Evidence } from '../../../db/core/schema.ts'
import { evidenceOf } from '../../../src/eligibility/evidence.ts'
import { builtInPolicy, parsePolicy } from '../../../src/eligibility/policy.ts'
import { anInvoice } from '../../support/invoices.ts'

const described = 'Delivery of 12 desks in March'
type Given = Parameters<typeof anInvoice>[0]
const required = (given: Given, policy = builtInPolicy) => evidenceOf(anInvoice(given), policy).required

it.each<[string, Given, readonly Evidence[]]>([
  ['a company just under USD 2,000: nothing', { amountToRecover: '1799.99' }, []],
  ['from USD 2,000 without a description: a file', { amountToRecover: '1800' }, ['file']],
  [
    'from USD 2,000 with a description: that is enough',
    { amountToRecover: '1800', claimDescription: described },
    ['description'],
  ],
  [
    'USD 10,000 exactly is not above it',
    { amountToRecover: '9000', claimDescription: described },
    ['description'],
  ],
  [
    'above USD 10,000: a file, whatever is described',
    { amountToRecover: '9000.01', claimDescription: described },
    ['file'],
  ],
  ['a private person, whatever the amount: both', { debtor: { type: 'Private' } }, ['file', 'description']],
  [
    'a private person in a currency without tiers: both',
    { currencyCode: 'XOF', debtor: { type: 'Private' } },
    ['file', 'description'],
  ],
  ['a company in a currency without tiers: nothing', { amountToRecover: '99999', currencyCode: 'XOF' }, []],
])('%s', (_, given, expected) => {
  expect(required(given)).toEqual(expected)
})

it('the tiers are the policy’s', () => {
  const policy = parsePolicy({ evidence: { descriptionFromUsd: 100, fileAboveUsd: 200 } })
  expect(required({ amountToRecover: '100' }, policy)).toEqual(['file'])
  expect(required({ amountToRecover: '200', claimDescription: described }, policy)).toEqual(['file'])
})

it('a description counts from the length on that the policy names, in characters', () => {
  const enough = builtInPolicy.evidence.weakDescriptionBelow
  const isDescribed = (claimDescription: string | null) =>
    evidenceOf(anInvoice({ claimDescription }), builtInPolicy).described
  expect(
    [null, 'x'.repeat(enough - 1), '😀'.repeat(enough - 1), 'x'.repeat(enough)].map(isDescribed),
  ).toEqual([false, false, false, true])
})
