/** The list of mutants as one, with where each of them stands. */
import { existsSync, readFileSync } from 'node:fs'
import { areas } from '../../test/mutants/index.ts'
import type { Mutant } from '../../test/mutants/mutant.ts'

export interface ListedMutant extends Mutant {
  readonly area: string
  readonly file: string
  readonly killedBy: readonly string[]
  /** `file:line` and what is replaced. */
  readonly name: string
}

/** Why the list does not fit the checkout: the text is gone or stands there twice, a test file is missing. */
export interface Stale {
  readonly mutant: string
  readonly why: string
}

export const listMutants = (): {
  readonly mutants: readonly ListedMutant[]
  readonly stale: readonly Stale[]
} => {
  const mutants: ListedMutant[] = []
  const stale: Stale[] = []
  for (const [area, files] of Object.entries(areas))
    for (const { file, killedBy: ofFile, mutants: ofThisFile } of files) {
      const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
      for (const mutant of ofThisFile) {
        const { find, replace, killedBy = ofFile } = mutant
        const [before = '', ...after] = text.split(find)
        const name = `${file}:${before.split('\n').length} ${short(find)} → ${short(replace)}`
        if (after.length !== 1)
          stale.push({
            mutant: `${area} ${file} ${short(find)}`,
            why: `found ${after.length} times, not once`,
          })
        if (find === replace) stale.push({ mutant: name, why: 'changes nothing' })
        for (const test of killedBy)
          if (!existsSync(test)) stale.push({ mutant: name, why: `there is no ${test}` })
        mutants.push({ ...mutant, area, file, killedBy, name })
      }
    }
  return { mutants, stale }
}

const short = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 70 ? `${line.slice(0, 67)}…` : line || '(nothing)'
}
