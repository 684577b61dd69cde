import { isValidPhone } from '../../../src/values/phone.ts'

it.each([
  ['+49 30 5550100', null, true],
  ['+49 30 5550100', 'US', true],
  ['030 5550100', 'DE', true],
  ['(416) 555-0199', 'CA', true],
  ['030 5550100', null, false],
  ['+49', 'DE', false],
  ['call the office', 'DE', false],
  ['123', 'US', false],
])('%s in %s: %s', (phone, country, valid) => {
  expect(isValidPhone(phone, country)).toBe(valid)
  expect(isValidPhone(phone, country)).toBe(valid)
})

it('a country that is none does not throw', () => {
  expect(isValidPhone('030 5550100', 'XX')).toBe(false)
})
