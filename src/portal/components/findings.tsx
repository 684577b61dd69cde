import { useFormat } from './page-context.ts'
import { Pill, type Tone } from './state-pill.tsx'

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
            <Pill tone={tone}>{tone === 'warn' ? 'Warning' : 'Blocker'}</Pill> {finding.message}
            {finding.until !== undefined && (
              <span class="muted"> Eligible from {format.day(finding.until)}, without any change.</span>
            )}
          </span>
          {finding.fixUrl !== undefined && (
            <a href={finding.fixUrl} target="_blank" rel="noopener noreferrer" class="no-print">
              Fix in Zoho Books<span class="visually-hidden"> (opens a new tab)</span>
            </a>
          )}
        </li>
      ))}
    </ul>
  )
}
