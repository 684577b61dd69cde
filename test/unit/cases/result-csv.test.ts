import { csvRecord } from '../../../src/cases/result-csv.ts'
import { formulaSafe } from '../../../src/values/csv.ts'

it.each([
  ['=HYPERLINK("http://x")', `'=HYPERLINK("http://x")`],
  ['+49 30', `'+49 30`],
  ['-1', `'-1`],
  ['@SUM(A1)', `'@SUM(A1)`],
  ['\tx', `'\tx`],
  ['＝1+1', `'＝1+1`],
  ['Muster = GmbH', 'Muster = GmbH'],
  // where the list separator is a semicolon, each of these begins a cell
  ['Muster;=1+1', `Muster;'=1+1`],
  ['a; -1;b', `a;' -1;b`],
  ['a;"=1+1"', `a;'"=1+1"`],
  ['a\t@x', `a\t'@x`],
  ['a\r\n+1', `a\r\n'+1`],
  [' =1', `' =1`],
  ['', ''],
])('a spreadsheet takes %j for text', (text, safe) => {
  expect(formulaSafe(text)).toBe(safe)
})

it('whatever a cell holds of other people’s books begins no formula; an amount of ours may be negative', () => {
  const evil = '=HYPERLINK("http://evil.test")'
  const cells = csvRecord({
    ordinal: 1,
    decided_at: null,
    case_id: null,
    zoho_invoice_id: evil,
    creditor_reference: evil,
    debtor_name: evil,
    amount_to_recover: '-5',
    currency_code: evil,
    outcome: 'failed',
    case_reference: 'K7M2X9QP',
    reasons: [{ code: '=1' }],
  })
  for (const text of Object.values(cells)) expect(text).not.toMatch(/^[=+@]/)
  expect(cells).toMatchObject({ amountToRecover: '-5.00', caseReference: 'K7M2X9QP', outcome: 'failed' })
})

it('what is not known is an empty cell', () => {
  const cells = csvRecord({
    ordinal: 1,
    decided_at: null,
    case_id: null,
    zoho_invoice_id: '1',
    creditor_reference: null,
    debtor_name: null,
    amount_to_recover: null,
    currency_code: null,
    outcome: null,
    case_reference: null,
    reasons: [],
  })
  expect(Object.values(cells).filter((text) => text !== '')).toEqual(['1'])
})

it('every cell that a spreadsheet might begin within a text is made safe, not the first one only', () => {
  expect(formulaSafe('a;=1;=2')).toBe("a;'=1;'=2")
})
