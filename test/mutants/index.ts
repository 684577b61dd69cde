/** The mutants by area; the key is the name of the file. */
import { budget } from './budget.ts'
import { commands } from './commands.ts'
import { leases } from './leases.ts'
import type { MutantsOfFile } from './mutant.ts'
import { rights } from './rights.ts'
import { staging } from './staging.ts'
import { verify } from './verify.ts'

export const areas: Readonly<Record<string, readonly MutantsOfFile[]>> = {
  budget,
  commands,
  leases,
  rights,
  staging,
  verify,
}
