/** JSON whose long numbers keep all their digits, although JavaScript's numbers would not. */

/** Below this a double holds any amount of up to four decimals exactly (15 significant digits). */
const exactBelow = 1e11

/** True when `JSON.parse` may have rounded the number away from what the text said. */
export const mayHaveLostDigits = (value: unknown): boolean =>
  typeof value === 'number' && (value >= exactBelow || value <= -exactBelow)

const stringOrLongNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.]{11,}(?:[eE][+-]?\d+)?/g

/** Parses the text with every number of twelve and more characters as a string. */
export const parseKeepingDigits = (text: string): unknown =>
  JSON.parse(
    text.replace(stringOrLongNumber, (token) =>
      token.startsWith('"') || /[eE]/.test(token) ? token : `"${token}"`,
    ),
  )

/** The parsed text, or undefined when it is no JSON. */
export const tryParseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
