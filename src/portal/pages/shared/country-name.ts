const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' })

/** `DE` → "Germany (DE)". */
export const countryName = (alpha2: string | null): string | null => {
  if (alpha2 === null || !/^[A-Z]{2}$/.test(alpha2)) return alpha2
  const name = names.of(alpha2)
  return name === undefined || name === alpha2 ? alpha2 : `${name} (${alpha2})`
}
