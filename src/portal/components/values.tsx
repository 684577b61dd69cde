/** Values as a reader expects them: money, days, moments, or a dash. */
import { useFormat } from './page-context.ts'

/** What stands where nothing is known; read out as words. */
export const Nothing = ({ text = 'not given' }: { text?: string }) => (
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

/** One amount per currency: sums of different currencies are never added up. */
export const Sums = ({ sums, most = 3 }: { sums: readonly Sum[]; most?: number }) => (
  <span class="sums">
    {sums.slice(0, most).map((sum) => (
      <Money key={sum.currencyCode} amount={sum.amount} currencyCode={sum.currencyCode} />
    ))}
    {sums.length > most && <span class="muted">and {sums.length - most} more currencies</span>}
  </span>
)

/**
 * The largest group first, the other currencies on demand: one line, however many there are. Sums of different currencies
 * are never added up.
 */
export const Headline = ({ sums: [first, ...others] }: { sums: readonly Sum[] }) => {
  if (first === undefined) return null
  const money = <Money amount={first.amount} currencyCode={first.currencyCode} />
  if (others.length === 0) return money
  return (
    <span class="headline">
      {money}
      <details class="more-sums">
        <summary>
          + {others.length} {others.length === 1 ? 'currency' : 'currencies'}
        </summary>
        <ul class="plain">
          {others.map((sum) => (
            <li key={sum.currencyCode}>
              <Money amount={sum.amount} currencyCode={sum.currencyCode} />
            </li>
          ))}
        </ul>
      </details>
    </span>
  )
}

export const Day = ({ day }: { day: string | null }) =>
  day === null ? <Nothing /> : <time dateTime={day}>{useFormat().day(day)}</time>

/** Relative time; the exact one on hover, and to whoever listens. `portal.js` keeps it true. */
export const RelativeTime = ({ at }: { at: Date | null }) => {
  const format = useFormat()
  if (at === null) return <Nothing text="not yet" />
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
