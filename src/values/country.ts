/** Countries as people write them, in any of the languages of i18n-iso-countries, to ISO 3166-1 alpha-2. */
import countries from 'i18n-iso-countries'
import { memoize } from './memoize.ts'

/** What the library does not know: parts of a state, abbreviations, full names of states. */
const spellings: Readonly<Record<string, string>> = {
  UK: 'GB',
  England: 'GB',
  Scotland: 'GB',
  Wales: 'GB',
  'Northern Ireland': 'GB',
  Britain: 'GB',
  'United Kingdom of Great Britain and Northern Ireland': 'GB',
  EL: 'GR',
  'United States of America (USA)': 'US',
  America: 'US',
  Holland: 'NL',
  Bharat: 'IN',
  'República Federativa do Brasil': 'BR',
  'République française': 'FR',
  'French Republic': 'FR',
  'Bundesrepublik Deutschland': 'DE',
  BRD: 'DE',
  'Korea, South': 'KR',
  'Republic of Korea': 'KR',
  'Korea (Republic of)': 'KR',
  Korea: 'KR',
  UAE: 'AE',
  KSA: 'SA',
  PRC: 'CN',
  "People's Republic of China": 'CN',
  'Republic of China': 'TW',
  'Hong Kong SAR': 'HK',
  Macau: 'MO',
  Czechia: 'CZ',
  Macedonia: 'MK',
  Burma: 'MM',
  'Ivory Coast': 'CI',
}

/** Letters of any script in lower case; accents, points and blanks gone. */
const normalise = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()
    .replace(/&/g, ' and ')
    .replace(/[^\p{L}\p{N}]/gu, '')

/** `Federal Republic of Germany` → `Germany`. Never for names that differ only by this prefix (China, Congo, Korea). */
const stateForm =
  /^(?:the\s+)?(?:(?:federal|federative|french|hellenic|islamic|swiss)\s+)?(?:republic|kingdom|state|commonwealth|principality|sultanate|grand duchy|federation|confederation)\s+of\s+(?:the\s+)?(?!china|congo|korea)/i

/** Adds the names of these languages; one that means two countries is nobody's. */
const addNames = (names: Map<string, string>, languages: readonly string[]): void => {
  const claims = new Map<string, Set<string>>()
  for (const language of languages)
    for (const [alpha2, all] of Object.entries(countries.getNames(language, { select: 'all' })))
      for (const name of all) {
        const key = normalise(name)
        claims.set(key, (claims.get(key) ?? new Set()).add(alpha2))
      }
  for (const [key, [alpha2, other]] of claims) {
    if (alpha2 === undefined || key === '') continue
    if (other === undefined) names.set(key, alpha2)
    else names.delete(key)
  }
}

const buildNames = (): ReadonlyMap<string, string> => {
  const names = new Map<string, string>()
  addNames(names, countries.langs())
  addNames(names, ['en'])
  for (const [name, alpha2] of Object.entries(spellings)) names.set(normalise(name), alpha2)
  return names
}

const code = (written: string): string | null => {
  const letters = written.trim().toUpperCase()
  // "NA" is "not available" far more often than Namibia.
  if (letters === 'NA') return null
  if (/^[A-Z]{2}$/.test(letters) && countries.alpha2ToAlpha3(letters) !== undefined) return letters
  return /^[A-Z]{3}$/.test(letters) ? (countries.alpha3ToAlpha2(letters) ?? null) : null
}

let known: ReadonlyMap<string, string> | undefined
const lookUp = (written: string): string | null => {
  known ??= buildNames()
  return (
    code(written) ??
    known.get(normalise(written)) ??
    known.get(normalise(written.replace(stateForm, ''))) ??
    null
  )
}

/** `Germany`, `Deutschland`, `DEU`, `U.S.A`, `Korea, Republic of` → alpha-2; null when it is no country we know. */
export const countryAlpha2 = memoize(lookUp)
