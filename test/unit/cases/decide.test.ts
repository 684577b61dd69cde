import type { StagedForCase, UndecidedItem } from '../../../db/cases/case-command-items.repo.ts'
import { decide } from '../../../src/cases/decide.ts'
import { builtInPolicy } from '../../../src/eligibility/policy.ts'
import { anInvoice, type InvoiceChanges } from '../../support/invoices.ts'

const verdictOf = (
  staged: (Partial<Omit<StagedForCase, 'invoice'>> & { invoice?: InvoiceChanges }) | null,
  item: Partial<UndecidedItem> = {},
) => {
  const { invoice = {}, ...rest } = staged ?? {}
  return decide(
    {
      ordinal: 1,
      zohoInvoiceId: '1',
      acceptPaymentInProgress: false,
      existing: null,
      staged: staged && {
        invoice: anInvoice(invoice),
        state: 'open',
        contentHash: 'h',
        unreadable: false,
        proven: true,
        ...rest,
      },
      ...item,
    },
    { policy: builtInPolicy, today: '2026-06-10' },
  )
}
const decided = (...given: Parameters<typeof verdictOf>) => {
  const verdict = verdictOf(...given)
  return 'reasons' in verdict
    ? [verdict.verdict, ...verdict.reasons.map(({ code }) => code)]
    : [verdict.verdict]
}
const paymentInProgress = { invoice: { paymentInProgress: true } }

it('a proven, open invoice without a blocker is ready; without a proof Zoho is asked first', () => {
  expect(decided({})).toEqual(['ready'])
  expect(decided({ proven: false })).toEqual(['unproven'])
})

it('an invoice that has a case is a duplicate, whatever else is true of it', () => {
  const existing = { id: 'c', reference: 'R', clientId: 'acme' }
  expect(decided({ state: 'paid' }, { existing })).toEqual(['duplicate'])
  expect(decided(null, { existing })).toEqual(['duplicate'])
})

it.each(['paid', 'void', 'removed'] as const)(
  'one that is %s is ineligible, and so is one that nobody knows',
  (state) => {
    expect(decided({ state })).toEqual(['ineligible', 'not_unpaid'])
    expect(decided(null)).toEqual(['ineligible', 'unknown_invoice'])
  },
)

it('one that cannot be read is ineligible, though the row of before was fine', () => {
  expect(decided({ unreadable: true })).toEqual(['ineligible', 'status_unknown'])
})

it('a blocked one is ineligible with all its reasons, and is not asked for', () => {
  expect(decided({ proven: false, invoice: { debtor: { name: null, city: null } } })).toEqual([
    'ineligible',
    'debtor_name_missing',
    'city_missing',
  ])
})

it('a payment under way holds an invoice unless the client accepted it', () => {
  expect(decided(paymentInProgress)).toEqual(['ineligible', 'payment_in_progress'])
  expect(decided(paymentInProgress, { acceptPaymentInProgress: true })).toEqual(['ready'])
})

it('a warning of another kind holds nothing', () => {
  expect(decided({ invoice: { debtor: { email: null } } })).toEqual(['ready'])
})

it('the case takes the warnings along, but for the copy that will be attached: its evidence says whether that has come', () => {
  const verdict = verdictOf({
    invoice: { amountToRecover: '20000.00', currencyCode: 'USD', debtor: { email: null, type: 'Company' } },
  })
  expect(verdict).toMatchObject({ verdict: 'ready', evidence: { required: ['file'] } })
  expect('warnings' in verdict && verdict.warnings.map(({ code }) => code)).toEqual(['email_missing'])
})
