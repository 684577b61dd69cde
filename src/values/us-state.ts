/** States, districts and territories of the United States, as people write them. */
import { iso31662 } from 'iso-3166'

const normalise = (text: string) => text.toUpperCase().replace(/[^A-Z]/g, '')

const states = new Map<string, string>(
  iso31662
    .filter((part) => part.parent === 'US')
    .flatMap((part): [string, string][] => {
      const alpha2 = part.code.slice(3)
      return [
        [alpha2, alpha2],
        [`US${alpha2}`, alpha2],
        [normalise(part.name), alpha2],
      ]
    }),
)
states.set('WASHINGTONDC', 'DC')

/** `CA`, `US-CA`, `california` → `CA`; null when it is no state. */
export const usState = (text: string | null): string | null =>
  text === null ? null : (states.get(normalise(text)) ?? null)
