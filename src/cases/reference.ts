import { randomInt } from 'node:crypto'

/** Without 0/O, 1/I/L, 2/Z, 5/S, 8/B and U/V, which people mix up on paper and on the phone. */
const alphabet = '34679ACDEFGHJKMNPQRTVWXY'

/** A case reference to be read aloud: eight characters, some 10^11 of them. Unique by the table, not by luck. */
export const randomReference = (): string =>
  Array.from({ length: 8 }, () => alphabet[randomInt(alphabet.length)]).join('')
