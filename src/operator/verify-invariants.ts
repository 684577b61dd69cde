import type { Db } from '../../db/core/database.ts'
import { type Broken, findBrokenInvariants } from '../../db/operator/invariants.repo.ts'

/** An invariant that does not hold, with how many offend it and the first of their ids. */
export type Violation = Broken

/**
 * Checks the invariants of a live database (docs/operations.md, "Invariants"). The state of Redis is not looked at:
 * a queue there holds ids only.
 *
 * @param sweepIntervalSeconds as the workers have it; a due row may wait three of these while a worker runs.
 */
export const verifyInvariants = (
  db: Db,
  { sweepIntervalSeconds = 5 }: { sweepIntervalSeconds?: number } = {},
): Promise<readonly Violation[]> => findBrokenInvariants(db, { sweepIntervalSeconds })
