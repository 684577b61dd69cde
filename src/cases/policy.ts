/** Which rules block a case, which only warn, and their thresholds. */
export interface EligibilityPolicy {
  /** Changes whenever an assessment could come out differently; staged rows remember it. */
  readonly version: string
}
