import type { Migration } from 'kysely'
import { up as initial } from './0001-initial.ts'

/** All migrations in order, named as ../core/schema-number.ts says. Forward only; listed by hand so that a build needs no file system. */
export const migrations: Record<string, Migration> = {
  '0001-initial': { up: initial },
}
