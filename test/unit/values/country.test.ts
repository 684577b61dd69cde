import { countryAlpha2 } from '../../../src/values/country.ts'

it.each([
  ['Germany', 'DE'],
  ['Deutschland', 'DE'],
  ['DEU', 'DE'],
  ['de', 'DE'],
  [' de ', 'DE'],
  ['Federal Republic of Germany', 'DE'],
  ['U.S.A', 'US'],
  ['U.S.', 'US'],
  ['United States of America', 'US'],
  ['UK', 'GB'],
  ['U.K.', 'GB'],
  ['England', 'GB'],
  ['Great Britain', 'GB'],
  ['Korea, Republic of', 'KR'],
  ['대한민국', 'KR'],
  ['日本', 'JP'],
  ['الكويت', 'KW'],
  ['State of Kuwait', 'KW'],
  ['España', 'ES'],
  ['Espana', 'ES'],
  ['République française', 'FR'],
  ['Bharat', 'IN'],
  ['The Netherlands', 'NL'],
  ['Republic of Ireland', 'IE'],
  ['Österreich', 'AT'],
  ['Niger', 'NE'],
  ['Nigeria', 'NG'],
])('“%s” is %s', (written, alpha2) => {
  expect(countryAlpha2(written)).toBe(alpha2)
})

it.each(['Unknownland', 'n/a', 'N/A', 'NA', '-', '?', '', 'XX', 'Congo'])(
  '“%s” is no country that could be meant by it alone',
  (written) => {
    expect(countryAlpha2(written)).toBeNull()
  },
)

it('China and Taiwan, the two Koreas and the two Congos are not mixed up', () => {
  expect(countryAlpha2("People's Republic of China")).toBe('CN')
  expect(countryAlpha2('Republic of China')).toBe('TW')
  expect(countryAlpha2('North Korea')).toBe('KP')
  expect(countryAlpha2('Republic of Korea')).toBe('KR')
  expect(countryAlpha2('Democratic Republic of the Congo')).toBe('CD')
  expect(countryAlpha2('Republic of the Congo')).toBe('CG')
})
