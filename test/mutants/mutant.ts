/** What a list of mutants is made of. docs/testing.md says how they are run. */

/** A change of one place that would hurt somebody, and that some test must therefore notice. */
export interface Mutant {
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
  /** Test files, in place of those of the group. */
  readonly killedBy?: readonly string[]
  /** Why no test can tell the two apart; then it may survive. */
  readonly survives?: string
}

export interface MutantsOfFile {
  readonly file: string
  /** The narrowest test files that must fail, beginning with `test/`. */
  readonly killedBy: readonly string[]
  readonly mutants: readonly Mutant[]
}
