import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assessOn } from '../../../src/eligibility/assess.ts'
import { builtInPolicy, loadPolicy, parsePolicy } from '../../../src/eligibility/policy.ts'
import { usd100In } from '../../../src/eligibility/reference-amounts.ts'
import { isFixed, ruleCodes } from '../../../src/eligibility/rules.ts'
import { currencyDecimals } from '../../../src/values/money.ts'
import { anInvoice } from '../../support/invoices.ts'

const file = async (text: string) => {
  const path = join(await mkdtemp(join(tmpdir(), 'policy-')), 'policy.json')
  await writeFile(path, text)
  return path
}

it('is the built-in one without a file', async () => {
  expect(await loadPolicy(undefined)).toBe(builtInPolicy)
})

it('moves a rule between blocker and warning', () => {
  const policy = parsePolicy({ rules: { email_missing: 'blocker', city_missing: 'warning' } })
  const { blockers, warnings } = assessOn(
    anInvoice({ debtor: { email: null, city: null } }),
    policy,
    '2026-06-10',
  )
  expect(blockers.map((b) => b.code)).toEqual(['email_missing'])
  expect(warnings.map((w) => w.code)).toEqual(['city_missing'])
})

it('sets a minimum for one currency and keeps the others', () => {
  const policy = parsePolicy({ minimumAmounts: { EUR: '250.00' } })
  expect(policy.minimumAmounts['EUR']).toBe('250.00')
  expect(policy.minimumAmounts['USD']).toBe('100')
})

it('changes its version with its content, and only then', () => {
  const one = parsePolicy({ rules: { email_missing: 'blocker', zip_missing: 'blocker' }, minDaysOverdue: 5 })
  const same = parsePolicy({ minDaysOverdue: 5, rules: { zip_missing: 'blocker', email_missing: 'blocker' } })
  expect(one.version).toBe(same.version)
  expect(one.version).not.toBe(parsePolicy({ minDaysOverdue: 6 }).version)
  expect(parsePolicy({}).version).toBe(builtInPolicy.version)
})

it('refuses a bad file with all reasons and the schema', async () => {
  const path = await file(
    JSON.stringify({
      rules: { email_missing: 'fatal' },
      minDaysOverdue: -1,
      minimumAmounts: { EUR: 90 },
      surprise: true,
    }),
  )
  const refused = loadPolicy(path)
  await expect(refused).rejects.toThrow(/rules\.email_missing/)
  for (const part of ['minDaysOverdue', 'minimumAmounts.EUR', 'surprise', '"\\$schema"', path])
    await expect(loadPolicy(path)).rejects.toThrow(new RegExp(part))
})

it.each(['not_unpaid', 'already_a_case', 'currency_unknown', 'no_such_rule'])(
  'does not let %s be moved',
  (code) => {
    expect(() => parsePolicy({ rules: { [code]: 'warning' } })).toThrow(/rules/)
  },
)

it('lets every other rule be moved', () => {
  for (const code of ruleCodes.filter((one) => !isFixed(one)))
    expect(parsePolicy({ rules: { [code]: 'blocker' } }).severity[code]).toBe('blocker')
})

it('refuses a currency that is none, and tiers upside down', () => {
  expect(() => parsePolicy({ minimumAmounts: { XYZ: '1' } })).toThrow(/minimumAmounts\.XYZ/)
  expect(() => parsePolicy({ evidence: { fileAboveUsd: 10 } })).toThrow(/fileAboveUsd/)
})

it.each([
  ['what is no JSON', 'not json', /not valid JSON/],
  ['a list', '[]', /\(file\)/],
])('refuses %s', async (_name, text, message) => {
  await expect(loadPolicy(await file(text))).rejects.toThrow(message)
})

it('says when the file is not there', async () => {
  await expect(loadPolicy('/nowhere/policy.json')).rejects.toThrow(/cannot be read \(ENOENT\)/)
})

it('knows only real currencies in its table', () => {
  for (const code of Object.keys(usd100In)) expect([code, currencyDecimals(code)]).not.toEqual([code, null])
  expect(Object.keys(usd100In).length).toBeGreaterThanOrEqual(40)
})
