/** Values as a reader expects them: money, days, moments, or a dash. */
import type { ComponentChildren } from 'preact'
import { useFormat } from './page-context.ts'
import { values as words } from './words.tsx'

/** What stands where nothing is known; read out as words. */
export const Nothing = ({ text = words.notGiven }: { text?: string }) => (
  <span class="muted">
    <span aria-hidden="true">–</span>
    <span class="visually-hidden">{text}</span>
  </span>
)

export const Money = ({ amount, currencyCode }: { amount: string; currencyCode: string | null }) => (
  <data value={currencyCode ? `${amount} ${currencyCode}` : amount} class="nowrap">
    <bdi>{useFormat().money(amount, currencyCode)}</bdi>
  </data>
)

export interface Sum {
  readonly amount: string
  readonly currencyCode: string | null
}

/**
 * One line, however many currencies there are: all together in the organization's own, the single ones on demand with what
 * the sum rests on. Without that, the largest group comes first and nothing is added up.
 */
export const Headline = ({
  sums,
  value,
  children,
}: {
  sums: readonly Sum[]
  value?: Sum | undefined
  /** By which rates, for whoever opens it. */
  children?: ComponentChildren
}) => {
  const [first, ...others] = sums
  if (first === undefined) return null
  if (others.length === 0 && (value === undefined || value.currencyCode === first.currencyCode))
    return <Money amount={first.amount} currencyCode={first.currencyCode} />
  const shown = value ?? first
  const listed = value === undefined ? others : sums
  return (
    <span class="headline">
      {value !== undefined && <span class="muted">≈ </span>}
      <Money amount={shown.amount} currencyCode={shown.currencyCode} />
      <details class="more-sums">
        <summary>
          {value === undefined && '+ '}
          {words.currencies(listed.length)}
        </summary>
        <div class="more-sums-panel">
          <ul class="plain">
            {listed.map((sum) => (
              <li key={sum.currencyCode}>
                <Money amount={sum.amount} currencyCode={sum.currencyCode} />
              </li>
            ))}
          </ul>
          {value !== undefined && children}
        </div>
      </details>
    </span>
  )
}

export const Day = ({ day }: { day: string | null }) =>
  day === null ? <Nothing /> : <time dateTime={day}>{useFormat().day(day)}</time>

/** Relative time; the exact one on hover, and to whoever listens. `portal.js` keeps it true. */
export const RelativeTime = ({ at }: { at: Date | null }) => {
  const format = useFormat()
  if (at === null) return <Nothing text={words.notYet} />
  const exact = format.moment(at)
  return (
    <time dateTime={at.toISOString()} title={exact} data-relative>
      {format.relative(at)}
    </time>
  )
}

export const Moment = ({ at }: { at: Date }) => (
  <time dateTime={at.toISOString()}>{useFormat().moment(at)}</time>
)
