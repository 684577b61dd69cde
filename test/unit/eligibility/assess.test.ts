import fc from 'fast-check'
import { assess, assessFrom, assessOn, inForce } from '../../../src/eligibility/assess.ts'
import { builtInPolicy, parsePolicy } from '../../../src/eligibility/policy.ts'
import { mapInvoice } from '../../../src/sync/map-invoice.ts'
import { addDays, earliestToday, todayIn } from '../../../src/values/day.ts'
import { anInvoice, type InvoiceChanges } from '../../support/invoices.ts'

const today = '2026-06-10'
const codesOn = (day: string, changes: InvoiceChanges, policy = builtInPolicy) => {
  const { blockers, warnings } = assessOn(anInvoice(changes), policy, day)
  return { blockers: blockers.map((b) => b.code), warnings: warnings.map((w) => w.code) }
}
const codes = (changes: InvoiceChanges) => codesOn(today, changes)
const nothing = { blockers: [], warnings: [] }
const blocked = (code: string) => ({ blockers: [code], warnings: [] })
const warned = (...warnings: string[]) => ({ blockers: [], warnings })
const chars = (count: number) => 'x'.repeat(count)

it('has nothing to say about a complete, overdue invoice', () => {
  expect(codes({})).toEqual(nothing)
})

describe('each rule stands alone, at its boundary', () => {
  const american = { country: 'United States', countryAlpha2: 'US', phone: '+1 212 555 2368' }
  it.each<[string, InvoiceChanges, { blockers: string[]; warnings: string[] }]>([
    ['no name', { debtor: { name: null } }, blocked('debtor_name_missing')],
    ['no street', { debtor: { address: null } }, blocked('address_missing')],
    ['no city', { debtor: { city: null } }, blocked('city_missing')],
    ['no country', { debtor: { country: null, countryAlpha2: null } }, blocked('country_missing')],
    [
      'a country nobody knows',
      { debtor: { country: 'Narnia', countryAlpha2: null } },
      blocked('country_unknown'),
    ],
    ['US without a state', { debtor: { ...american, state: null } }, blocked('state_missing')],
    ['US with a state that is none', { debtor: { ...american, state: 'Bavaria' } }, blocked('state_missing')],
    ['US with a state by code', { debtor: { ...american, state: 'CA' } }, nothing],
    ['US with a state by ISO code', { debtor: { ...american, state: 'us-ca' } }, nothing],
    ['US with a state by name', { debtor: { ...american, state: 'New York' } }, nothing],
    ['US with D.C.', { debtor: { ...american, state: 'D.C.' } }, nothing],
    ['no state elsewhere', { debtor: { state: null } }, nothing],
    ['amount 0', { amountToRecover: '0' }, blocked('amount_not_positive')],
    ['amount below 0', { amountToRecover: '-5.00' }, blocked('amount_not_positive')],
    ['the minimum', { amountToRecover: '90.00' }, nothing],
    ['a cent below the minimum', { amountToRecover: '89.99' }, blocked('amount_below_minimum')],
    ['USD 100', { amountToRecover: '100', currencyCode: 'USD' }, nothing],
    ['USD 99.99', { amountToRecover: '99.99', currencyCode: 'USD' }, blocked('amount_below_minimum')],
    ['JPY 15000', { amountToRecover: '15000', currencyCode: 'JPY' }, nothing],
    ['JPY 14999', { amountToRecover: '14999', currencyCode: 'JPY' }, blocked('amount_below_minimum')],
    ['KWD 31.000', { amountToRecover: '31.000', currencyCode: 'KWD' }, nothing],
    ['KWD 30.999', { amountToRecover: '30.999', currencyCode: 'KWD' }, blocked('amount_below_minimum')],
    ['a currency without a minimum', { currencyCode: 'MNT' }, warned('amount_minimum_unknown')],
    ['no currency', { currencyCode: null }, blocked('currency_unknown')],
    ['a currency that is none', { currencyCode: 'EUX' }, blocked('currency_unknown')],
    ['a precious metal', { currencyCode: 'XAU' }, blocked('currency_unknown')],
    ['no invoice date', { date: null }, blocked('invoice_date_missing')],
    ['no due date', { dueDate: null }, blocked('due_date_missing')],
    ['due today', { dueDate: today }, nothing],
    ['due tomorrow', { dueDate: '2026-06-11' }, blocked('not_overdue')],
    ['dated today', { date: today, dueDate: today }, nothing],
    [
      'dated tomorrow',
      { date: '2026-06-11', dueDate: '2026-06-11' },
      { blockers: ['invoice_date_in_future', 'not_overdue'], warnings: [] },
    ],
    ['due on the invoice date', { date: '2026-05-01', dueDate: '2026-05-01' }, nothing],
    [
      'due before the invoice date',
      { date: '2026-05-02', dueDate: '2026-05-01' },
      blocked('due_before_invoice_date'),
    ],
    ['50 characters of reference', { creditorReference: chars(50) }, nothing],
    ['51 characters of reference', { creditorReference: chars(51) }, blocked('reference_too_long')],
    ['50 emoji of reference', { creditorReference: '🧾'.repeat(50) }, nothing],
    ['no reference', { creditorReference: null }, nothing],
    ['4,000 characters of description', { claimDescription: chars(4000) }, nothing],
    ['4,001 characters of description', { claimDescription: chars(4001) }, blocked('description_too_long')],
    ['no e-mail', { debtor: { email: null } }, warned('email_missing')],
    ['an e-mail that is none', { debtor: { email: 'billing(at)muster' } }, warned('email_invalid')],
    ['no phone', { debtor: { phone: null } }, warned('phone_missing')],
    ['a phone that is none', { debtor: { phone: '12' } }, warned('phone_invalid')],
    ['a phone as dialled at home', { debtor: { phone: '030 901820' } }, nothing],
    ['no postal code', { debtor: { zipCode: null } }, warned('zip_missing')],
    ['a payment expected later', { paymentExpectedDate: '2026-06-11' }, warned('payment_expected')],
    ['a payment expected today', { paymentExpectedDate: '2026-06-10' }, warned('payment_expected')],
    ['a sub-status of the creditor’s own', { subStatus: 'Promised' }, warned('sub_status_noted')],
    ['a disputed sub-status', { subStatus: 'In Dispute' }, blocked('disputed')],
    ['unused credits of the customer', { unusedCredits: '200.00' }, warned('credits_unused')],
    ['a payment under way', { paymentInProgress: true }, warned('payment_in_progress')],
    ['a day short of 24 months', { date: '2024-06-11', dueDate: '2024-07-01' }, nothing],
    ['24 months', { date: '2024-06-10', dueDate: '2024-07-01' }, warned('older_than_24_months')],
    ['just under USD 2,000', { amountToRecover: '1799.99' }, nothing],
    ['USD 2,000 and a bare reference', { amountToRecover: '1800.00' }, warned('evidence_needed')],
    [
      'USD 2,000 and a description',
      { amountToRecover: '1800.00', claimDescription: 'Delivery of 12 desks in March' },
      nothing,
    ],
    [
      'above USD 10,000',
      { amountToRecover: '9000.01', claimDescription: 'Delivery of 12 desks in March' },
      warned('evidence_needed'),
    ],
    [
      'a company only by its name',
      { debtor: { type: 'Company', typeSource: 'company_name' } },
      warned('debtor_type_assumed'),
    ],
    ['a company below USD 2,000', { debtor: { type: 'Company' } }, nothing],
    [
      'a private person, whatever the amount',
      { debtor: { type: 'Private' } },
      warned('evidence_needed', 'description_needed'),
    ],
    [
      'a private person with a description',
      { claimDescription: 'Delivery of 12 desks in March', debtor: { type: 'Private' } },
      warned('evidence_needed'),
    ],
    [
      'a private person in a currency whose tiers are not known',
      { amountToRecover: '99999', currencyCode: 'XOF', debtor: { type: 'Private' } },
      warned('amount_minimum_unknown'),
    ],
    ...(['sent', 'viewed', 'overdue', 'partially_paid', 'unpaid', 'Overdue'] as const).map(
      (zohoStatus): [string, InvoiceChanges, typeof nothing] => [
        `status ${zohoStatus}`,
        { zohoStatus },
        nothing,
      ],
    ),
    ...(['draft', 'void', 'paid', 'pending_approval', 'rejected'] as const).map(
      (zohoStatus): [string, InvoiceChanges, ReturnType<typeof blocked>] => [
        `status ${zohoStatus}`,
        { zohoStatus },
        blocked('not_unpaid'),
      ],
    ),
    ['a status nobody knows', { zohoStatus: 'in_dispute' }, blocked('status_unknown')],
    ['a status named like a property', { zohoStatus: 'constructor' }, blocked('status_unknown')],
  ])('%s', (_name, changes, expected) => {
    expect(codes(changes)).toEqual(expected)
  })
})

it('finds everything at once', () => {
  const { blockers, warnings } = assessOn(
    anInvoice({
      amountToRecover: '1',
      creditorReference: chars(51),
      debtor: { name: null, address: null, city: null, zipCode: null, email: null, phone: null },
    }),
    builtInPolicy,
    today,
  )
  expect(blockers.map((b) => b.code).sort()).toEqual([
    'address_missing',
    'amount_below_minimum',
    'city_missing',
    'debtor_name_missing',
    'reference_too_long',
  ])
  expect(warnings.map((w) => w.code).sort()).toEqual(['email_missing', 'phone_missing', 'zip_missing'])
})

describe('time', () => {
  it('cures what is not due yet, and says from when on', () => {
    const { blockers, eligibleFrom } = assess(anInvoice({ dueDate: '2026-07-01' }), builtInPolicy)
    expect(eligibleFrom).toBe('2026-07-01')
    expect(blockers).toContainEqual(expect.objectContaining({ code: 'not_overdue', until: '2026-07-01' }))
    expect(inForce(blockers, '2026-06-30').map((b) => b.code)).toEqual(['not_overdue'])
    expect(inForce(blockers, '2026-07-01')).toEqual([])
  })

  it('does not cure a missing city', () => {
    expect(assess(anInvoice({ debtor: { city: null } }), builtInPolicy).eligibleFrom).toBeNull()
  })

  it('waits for the days that the policy asks for', () => {
    const policy = parsePolicy({ minDaysOverdue: 30 })
    expect(assess(anInvoice({ dueDate: '2026-05-01' }), policy).eligibleFrom).toBe('2026-05-31')
    expect(codesOn('2026-05-30', {}, policy)).toEqual(blocked('not_overdue'))
    expect(codesOn('2026-05-31', {}, policy)).toEqual(nothing)
  })

  it('ends eligibility when age is made a blocker', () => {
    const policy = parsePolicy({ rules: { older_than_24_months: 'blocker' } })
    const { eligibleFrom, eligibleUntil } = assess(
      anInvoice({ date: '2024-02-29', dueDate: '2024-03-31' }),
      policy,
    )
    expect([eligibleFrom, eligibleUntil]).toEqual(['2024-03-31', '2026-02-28'])
    expect(codesOn('2026-02-27', { date: '2024-02-29' }, policy).blockers).not.toContain(
      'older_than_24_months',
    )
    expect(codesOn('2026-02-28', { date: '2024-02-29' }, policy).blockers).toContain('older_than_24_months')
  })

  it('knows no eligible day when age blocks before the invoice is due', () => {
    const policy = parsePolicy({ rules: { older_than_24_months: 'blocker' } })
    const { eligibleFrom } = assess(
      anInvoice({ date: '2024-01-01', dueDate: addDays('2024-01-01', 800) }),
      policy,
    )
    expect(eligibleFrom).toBeNull()
  })
})

describe('an assessment to be kept', () => {
  const dayNear = fc.integer({ min: -900, max: 900 }).map((days) => addDays(today, days))

  it('has lost what is over, and says the same from its day on as one that keeps everything', () => {
    const anyInvoice = fc.record({
      date: fc.option(dayNear),
      dueDate: fc.option(dayNear),
      paymentInProgress: fc.boolean(),
    })
    const policies = [
      builtInPolicy,
      parsePolicy({ minDaysOverdue: 30, rules: { older_than_24_months: 'blocker' } }),
    ]
    fc.assert(
      fc.property(
        anyInvoice,
        fc.constantFrom(...policies),
        dayNear,
        fc.nat(900),
        (changes, policy, day, later) => {
          const whole = assess(anInvoice(changes), policy)
          const kept = assessFrom(anInvoice(changes), policy, day)
          for (const list of ['blockers', 'warnings'] as const) {
            expect(inForce(kept[list], addDays(day, later))).toEqual(
              inForce(whole[list], addDays(day, later)),
            )
            for (const { until } of kept[list]) expect(until === undefined || until > day).toBe(true)
          }
          expect([kept.eligibleFrom, kept.eligibleUntil]).toEqual([whole.eligibleFrom, whole.eligibleUntil])
        },
      ),
    )
  })

  it('is kept from a day that has begun everywhere, whatever the time zone of the organization', () => {
    const zones = ['Etc/GMT+12', 'Pacific/Pago_Pago', 'UTC', 'Asia/Kolkata', 'Pacific/Kiritimati']
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true }),
        (now) => {
          const days = zones.map((zone) => todayIn(zone, now))
          expect(earliestToday(now)).toBe(days.sort()[0])
        },
      ),
    )
  })
})

describe('countries as people write them reach the rules as they should', () => {
  it.each(['U.S.A', 'Deutschland', 'España', 'Korea, Republic of', 'UK', 'Česko'])(
    '%s is known',
    (country) => {
      const mapped = mapInvoice({
        invoiceId: '460000000000001',
        invoiceNumber: 'INV-1',
        referenceNumber: null,
        customerId: '1',
        companyName: null,
        customerName: 'Somebody',
        email: null,
        phone: null,
        status: 'overdue',
        date: '2026-04-01',
        dueDate: '2026-05-01',
        total: '690.00',
        balance: '690.00',
        currencyCode: 'EUR',
        billingAddress: {
          address: 'Street 1',
          street2: null,
          city: 'City',
          state: null,
          zip: null,
          country,
          countryCode: null,
        },
        modifiedAt: new Date('2026-05-02T00:00:00Z'),
        paymentInProgress: false,
        paymentExpectedDate: null,
        subStatus: null,
        unusedCredits: null,
        exchangeRate: null,
      })
      const found = assessOn(mapped, builtInPolicy, today).blockers.map((b) => b.code)
      expect(found).not.toContain('country_unknown')
      expect(found.includes('state_missing')).toBe(country === 'U.S.A')
    },
  )
})

it('a description is enough from the length on that the policy names', () => {
  const enough = builtInPolicy.evidence.weakDescriptionBelow
  const described = (length: number) =>
    codes({ claimDescription: chars(length), debtor: { type: 'Private' } })
  expect(described(enough)).toEqual(warned('evidence_needed'))
  expect(described(enough - 1)).toEqual(warned('evidence_needed', 'description_needed'))
})

it('unused credits of nothing are none', () => {
  expect(codes({ unusedCredits: '0.00' })).toEqual(nothing)
  expect(codes({ unusedCredits: '0.01' })).toEqual(warned('credits_unused'))
})

it('an invoice that is too old on the day on which it becomes due is never eligible', () => {
  const policy = {
    ...builtInPolicy,
    severity: { ...builtInPolicy.severity, older_than_24_months: 'blocker' as const },
  }
  const of = (dueDate: string) => assess(anInvoice({ date: '2024-01-01', dueDate }), policy)
  expect(of('2025-12-31')).toMatchObject({ eligibleFrom: '2025-12-31', eligibleUntil: '2026-01-01' })
  expect(of('2026-01-01')).toMatchObject({ eligibleFrom: null, eligibleUntil: null })
})

it('a finding is kept until the day on which it ends, and from then on no more', () => {
  const invoice = anInvoice({ dueDate: '2026-06-20' })
  const codesFrom = (day: string) => assessFrom(invoice, builtInPolicy, day).blockers.map(({ code }) => code)
  const until =
    assess(invoice, builtInPolicy).blockers.find(({ code }) => code === 'not_overdue')?.until ?? ''
  expect(codesFrom(addDays(until, -1))).toContain('not_overdue')
  expect(codesFrom(until)).toEqual([])
})
