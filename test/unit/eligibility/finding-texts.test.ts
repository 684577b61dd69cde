import fc from 'fast-check'
import type { Finding } from '../../../db/core/schema.ts'
import { anotherClientsCase, failure, unknownInvoice } from '../../../src/cases/reasons.ts'
import { assess, assessOn } from '../../../src/eligibility/assess.ts'
import { finding, showFinding } from '../../../src/eligibility/finding-texts.ts'
import { builtInPolicy, type EligibilityPolicy, parsePolicy } from '../../../src/eligibility/policy.ts'
import { ruleCodes } from '../../../src/eligibility/rules.ts'
import { errorCatalogue } from '../../../src/errors.ts'
import { closedFinding } from '../../../src/invoices/present-invoice.ts'
import { unreadable } from '../../../src/sync/unreadable.ts'
import { anInvoice, type InvoiceChanges } from '../../support/invoices.ts'

const today = '2026-06-10'
const chars = (count: number) => 'x'.repeat(count)
const american = { country: 'United States', countryAlpha2: 'US', phone: '+1 212 555 2368' }

/** As a column of the database gives back what was stored in it. */
const readBack = (found: Finding): Finding => JSON.parse(JSON.stringify(found)) as Finding

const line = (found: Finding) => {
  const { code, field, message } = showFinding(readBack(found))
  return `${code}${field === undefined ? '' : ` (${field})`}: ${message}`
}

const findingsOf = (changes: InvoiceChanges, policy: EligibilityPolicy = builtInPolicy) => {
  const { blockers, warnings } = assessOn(anInvoice(changes), policy, today)
  return [...blockers, ...warnings]
}

const copy =
  'evidence_needed (amountToRecover): A copy of the invoice belongs to this claim. It is attached when the case is created.'
const description = (characters: number) =>
  `description_needed (claimDescription): Against a private person a description is needed, whatever the amount: what was delivered or done, in ${characters} characters or more. It comes from the reference number in Zoho Books, or is written on the case.`

const ofInvoices: readonly [InvoiceChanges, readonly string[], EligibilityPolicy?][] = [
  [{ debtor: { name: null } }, ['debtor_name_missing (debtor.name): The customer has no name.']],
  [{ debtor: { address: null } }, ['address_missing (debtor.address): The billing address has no street.']],
  [{ debtor: { city: null } }, ['city_missing (debtor.city): The billing address has no city.']],
  [{ debtor: { zipCode: null } }, ['zip_missing (debtor.zipCode): The billing address has no postal code.']],
  [
    { debtor: { country: null, countryAlpha2: null } },
    ['country_missing (debtor.countryAlpha2): The billing address has no country.'],
  ],
  [
    { debtor: { country: 'Narnia', countryAlpha2: null } },
    ['country_unknown (debtor.countryAlpha2): “Narnia” is not a country that we recognise.'],
  ],
  [
    { debtor: { ...american, state: null } },
    ['state_missing (debtor.state): A debtor in the United States needs a state.'],
  ],
  [
    { debtor: { ...american, state: 'Bavaria' } },
    ['state_missing (debtor.state): “Bavaria” is not a state of the United States.'],
  ],
  [{ debtor: { email: null } }, ['email_missing (debtor.email): The customer has no e-mail address.']],
  [{ debtor: { email: 'nobody' } }, ['email_invalid (debtor.email): The e-mail address is not valid.']],
  [{ debtor: { phone: null } }, ['phone_missing (debtor.phone): The customer has no phone number.']],
  [{ debtor: { phone: '12' } }, ['phone_invalid (debtor.phone): The phone number is not valid.']],
  [
    { debtor: { type: 'Company', typeSource: 'company_name' } },
    [
      'debtor_type_assumed (debtor.type): Taken for a company, because the invoice names one. Reconnect Zoho Books to let us read what your customer’s record says.',
    ],
  ],
  [{ amountToRecover: '0' }, ['amount_not_positive (amountToRecover): Nothing is left to recover.']],
  [
    { amountToRecover: '89.99' },
    ['amount_below_minimum (amountToRecover): The minimum for a case is EUR 90.'],
  ],
  [
    { amountToRecover: '1', currencyCode: 'KWD' },
    ['amount_below_minimum (amountToRecover): The minimum for a case is KWD 31.'],
  ],
  [
    { currencyCode: 'MNT' },
    [
      'amount_minimum_unknown (amountToRecover): We know no minimum amount in MNT; the case may be refused if it is worth less than USD 100.',
    ],
  ],
  [{ currencyCode: null }, ['currency_unknown (currencyCode): The invoice has no currency.']],
  [{ currencyCode: 'EUX' }, ['currency_unknown (currencyCode): “EUX” is not a currency of ISO 4217.']],
  [{ amountToRecover: '20000.00' }, [copy]],
  [{ debtor: { type: 'Private' } }, [copy, description(20)]],
  [
    { debtor: { type: 'Private' } },
    [copy, description(33)],
    parsePolicy({ evidence: { weakDescriptionBelow: 33 } }),
  ],
  [{ date: null }, ['invoice_date_missing (date): The invoice has no date.']],
  [{ dueDate: null }, ['due_date_missing (dueDate): The invoice has no due date.']],
  [
    { date: '2026-07-01', dueDate: '2026-07-02' },
    [
      'invoice_date_in_future (date): The invoice is dated 2026-07-01, which is in the future.',
      'not_overdue (dueDate): Due on 2026-07-02; it can become a case from that day on.',
    ],
  ],
  [
    { dueDate: '2026-06-01' },
    ['not_overdue (dueDate): Due on 2026-06-01; it can become a case from 2026-07-01 on.'],
    parsePolicy({ minDaysOverdue: 30 }),
  ],
  [
    { date: '2020-07-01' },
    ['older_than_24_months (date): The invoice is older than 24 months; collection costs more.'],
  ],
  [
    { date: '2025-01-01' },
    ['older_than_24_months (date): The invoice is older than 12 months; collection costs more.'],
    parsePolicy({ oldAfterMonths: 12 }),
  ],
  [
    { date: '2026-05-02', dueDate: '2026-05-01' },
    ['due_before_invoice_date (dueDate): The due date lies before the invoice date.'],
  ],
  [{ zohoStatus: 'draft' }, ['not_unpaid (zohoStatus): The invoice is still a draft in Zoho Books.']],
  [{ zohoStatus: 'void' }, ['not_unpaid (zohoStatus): The invoice was voided in Zoho Books.']],
  [{ zohoStatus: 'Paid' }, ['not_unpaid (zohoStatus): The invoice is paid in Zoho Books.']],
  [
    { zohoStatus: 'pending_approval' },
    ['not_unpaid (zohoStatus): The invoice waits for approval in Zoho Books.'],
  ],
  [
    { zohoStatus: 'rejected' },
    ['not_unpaid (zohoStatus): The invoice was rejected in approval in Zoho Books.'],
  ],
  [
    { zohoStatus: 'In_dispute' },
    ['status_unknown (zohoStatus): We do not know the status “In_dispute”, so we hold the invoice back.'],
  ],
  [
    { creditorReference: chars(51) },
    ['reference_too_long (creditorReference): The invoice number is longer than 50 characters.'],
  ],
  [
    { claimDescription: chars(4_001) },
    ['description_too_long (claimDescription): The reference is longer than 4,000 characters.'],
  ],
  [
    { paymentInProgress: true },
    [
      'payment_in_progress (zohoStatus): A payment is under way. Wait for it, or confirm that you want a case anyway.',
    ],
  ],
  [
    { paymentExpectedDate: '2026-06-30' },
    ['payment_expected (paymentExpectedDate): Zoho Books notes a payment expected on 2026-06-30.'],
  ],
  [
    { subStatus: 'In Dispute' },
    [
      'disputed (subStatus): The invoice is marked “In Dispute” in Zoho Books. Collection is for undisputed claims.',
    ],
  ],
  [
    { subStatus: 'With “legal”' },
    ['sub_status_noted (subStatus): The invoice is marked “With “legal”” in Zoho Books.'],
  ],
  [
    { unusedCredits: '12.5' },
    [
      'credits_unused (unusedCredits): The customer has unused credits of EUR 12.50. Apply them first if they belong to this invoice.',
    ],
  ],
  [
    { unusedCredits: '12.5', currencyCode: null },
    [
      'currency_unknown (currencyCode): The invoice has no currency.',
      'credits_unused (unusedCredits): The customer has unused credits of 12.50. Apply them first if they belong to this invoice.',
    ],
  ],
]

const ofOurOwn: readonly [Finding, string][] = [
  [
    unreadable,
    'status_unknown (zohoStatus): Zoho Books sends this invoice in a form that we cannot read, so we hold it back.',
  ],
  [closedFinding('removed'), 'not_unpaid (zohoStatus): The invoice was deleted in Zoho Books.'],
  [closedFinding('void'), 'not_unpaid (zohoStatus): The invoice was voided in Zoho Books.'],
  [closedFinding('paid'), 'not_unpaid (zohoStatus): The invoice is paid in Zoho Books.'],
  [
    anotherClientsCase,
    'already_a_case: Another client who connected the same organization has a case for this invoice.',
  ],
  [
    finding('already_a_case', { reference: 'K7M2X9QP' }),
    'already_a_case: Case K7M2X9QP was created for this invoice.',
  ],
  [
    finding('already_a_case', { reference: 'K7M2X9QP', withdrawn: true }),
    'already_a_case: Case K7M2X9QP was created for this invoice and is withdrawn; it can be reinstated.',
  ],
  [
    unknownInvoice,
    'unknown_invoice: This invoice is not among the unpaid invoices of your connected organization.',
  ],
  [failure('not_proven'), `not_proven: ${errorCatalogue.not_proven.message}`],
  [
    { code: 'of_tomorrow', values: { a: 1 } },
    'of_tomorrow: Noted by another version of this program: of_tomorrow.',
  ],
]

describe('what is stored and read back says', () => {
  it.each(ofInvoices.map(([changes, lines, policy]) => ({ changes, lines, policy })))(
    'of $changes: $lines',
    ({ changes, lines, policy }) => {
      expect(findingsOf(changes, policy).map(line)).toEqual(lines)
    },
  )

  it.each(ofOurOwn)('of %j: %s', (found, text) => {
    expect(line(found)).toBe(text)
  })

  it('each rule’s sentence: none is missing here', () => {
    const told = new Set([
      ...ofInvoices.flatMap(([changes, , policy]) => findingsOf(changes, policy).map(({ code }) => code)),
      ...ofOurOwn.map(([{ code }]) => code),
    ])
    expect(ruleCodes.filter((code) => !told.has(code))).toEqual([])
  })
})

describe('whatever an invoice says', () => {
  const text = fc.option(fc.string({ unit: 'binary', maxLength: 60 }).filter((one) => one.trim() !== ''))
  const day = fc.option(
    fc.integer({ min: 0, max: 9_999 }).map((n) => new Date(1.5e12 + n * 864e5).toISOString().slice(0, 10)),
  )
  const anyInvoice = fc.record({
    creditorReference: text,
    claimDescription: text,
    date: day,
    dueDate: day,
    paymentExpectedDate: day,
    amountToRecover: fc.constantFrom('-1', '0', '1.00', '5000.00', '99999.99'),
    currencyCode: fc.constantFrom(null, 'EUR', 'KWD', 'MNT', '%s'),
    zohoStatus: fc.oneof(fc.constantFrom('overdue', 'draft', 'paid'), fc.string({ minLength: 1 })),
    subStatus: text,
    paymentInProgress: fc.boolean(),
    unusedCredits: fc.constantFrom(null, '0', '12.5'),
    debtor: fc.record({
      name: text,
      email: text,
      phone: text,
      country: text,
      countryAlpha2: fc.constantFrom(null, 'US', 'DE'),
      state: text,
      type: fc.constantFrom(null, 'Private' as const, 'Company' as const),
    }),
  })

  it('its findings are read back from JSON with the same sentences, and none is stored', () => {
    fc.assert(
      fc.property(anyInvoice, (changes) => {
        const { blockers, warnings } = assess(anInvoice(changes), builtInPolicy)
        for (const found of [...blockers, ...warnings]) {
          const shown = showFinding(readBack(found))
          expect(shown).toEqual(showFinding(found))
          expect(shown.field).toBeTruthy()
          expect(shown.message).not.toMatch(/^\s|undefined/)
          const kept = ['code', 'values', 'from', 'until']
          expect(Object.keys(found).filter((key) => !kept.includes(key))).toEqual([])
        }
      }),
    )
  })
})
