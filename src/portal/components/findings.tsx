import { useFormat } from './page-context.ts'
import { Pill, type Tone } from './state-pill.tsx'
import { findings as words } from './words.tsx'

/** A blocker or a warning, as the API gives it. */
export interface Finding {
  readonly code: string
  readonly message: string
  readonly field?: string | undefined
  readonly fixUrl?: string | undefined
  /** First day on which time has cured it. */
  readonly until?: string | undefined
}

/** Every reason at once, each with the place where a person can fix it. */
export const Findings = ({ findings, tone }: { findings: readonly Finding[]; tone: Tone }) => {
  const format = useFormat()
  return (
    <ul class="findings">
      {findings.map((finding) => (
        <li key={finding.code}>
          <span class="what">
            <Pill tone={tone}>{tone === 'warn' ? words.warning : words.blocker}</Pill> {finding.message}
            {finding.until !== undefined && (
              <span class="muted">{words.eligibleFromWithoutAnyChange(format.day(finding.until))}</span>
            )}
          </span>
          {finding.fixUrl !== undefined && (
            <a href={finding.fixUrl} target="_blank" rel="noopener noreferrer" class="no-print">
              {words.fixInZohoBooksOpens()}
            </a>
          )}
        </li>
      ))}
    </ul>
  )
}
