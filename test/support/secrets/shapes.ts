/** What a secret looks like wherever it got to: plain, URL-encoded, as JSON, in base64 or in hex. */

/** Ways in which a value may be written. */
export const disguises = (value: string): readonly string[] => {
  const bytes = Buffer.from(value)
  // The inner part of a base64 text is the same wherever the value stands within its surroundings, up to alignment.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  )
  const plain = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), bytes.toString('hex')]
  const urlSafe = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))
  return [...new Set([...plain, ...base64, ...urlSafe])]
}

/** Zoho's form of codes, access tokens and refresh tokens (contract 2, 3), which the simulator's have too. */
const token = String.raw`1000\.[0-9a-f]{32}\.[0-9a-f]{32}`
const tokenInHex = '313030302e(?:3[0-9]|6[1-6]){32}2e(?:3[0-9]|6[1-6]){32}'
/** "1000." in base64 at each of the three alignments, with what completes its first group. */
const base64Starts: Readonly<Record<string, string>> = { MTAwMC: '', EwMDAu: 'AD', xMDAwL: 'AAA' }
const tokenInBase64 = `(?:${Object.keys(base64Starts).join('|')})[A-Za-z0-9+/_-]{80,}`

/** Stands in a test that looks for plain tokens; nobody issues it. */
const madeUp = /^1000\.(?:0123456789abcdef){2}\.(?:0123456789abcdef){2}$/

const plainToken = new RegExp(token)
const anyToken = new RegExp(`${token}|${tokenInHex}|${tokenInBase64}`, 'g')

const isToken = (found: string): boolean => {
  const start = base64Starts[found.slice(0, 6)]
  // Six characters may stand in any base64 by chance, so what they begin is read.
  if (start !== undefined)
    return plainToken.test(Buffer.from(`${start}${found}`, 'base64').toString('latin1'))
  return !madeUp.test(found)
}

/** @returns where the first token of Zoho's form stands, -1 without one. */
export const findToken = (text: string): number => {
  for (const match of text.matchAll(anyToken)) if (isToken(match[0])) return match.index
  return -1
}
