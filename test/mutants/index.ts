/** The mutants by area; the key is the name of the file. */
import { access } from './access.ts'
import { budget } from './budget.ts'
import { commands } from './commands.ts'
import { findings } from './findings.ts'
import { jobs } from './jobs.ts'
import { leases } from './leases.ts'
import type { MutantsOfFile } from './mutant.ts'
import { orchestration } from './orchestration.ts'
import { pure } from './pure.ts'
import { rights } from './rights.ts'
import { staging } from './staging.ts'
import { tokens } from './tokens.ts'
import { verify } from './verify.ts'

export const areas: Readonly<Record<string, readonly MutantsOfFile[]>> = {
  access,
  budget,
  commands,
  findings,
  jobs,
  leases,
  orchestration,
  pure,
  rights,
  staging,
  tokens,
  verify,
}
