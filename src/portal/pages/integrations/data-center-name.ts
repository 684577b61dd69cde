/** Data centres as people know them: by country, not by Zoho's abbreviation. */
const names: Readonly<Record<string, string>> = {
  us: 'United States',
  eu: 'Europe',
  in: 'India',
  au: 'Australia',
  jp: 'Japan',
  ca: 'Canada',
  cn: 'China',
  sa: 'Saudi Arabia',
  uk: 'United Kingdom',
  ae: 'United Arab Emirates',
  sg: 'Singapore',
  sim: 'Simulator',
}

export const dataCenterName = (code: string): string => names[code] ?? code.toUpperCase()
