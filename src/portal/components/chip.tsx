import type { ComponentChildren } from 'preact'
import { AmountField, DateField } from './form.tsx'
import { useFormat } from './page-context.ts'
import { chip as words } from './words.tsx'

/** "from a to b", "from a", "up to b"; nothing while neither is given. */
const rangeText = (from: string | undefined, to: string | undefined) => {
  if (from !== undefined && to !== undefined) return `${from} – ${to}`
  if (from !== undefined) return words.from(from)
  return to === undefined ? undefined : words.upTo(to)
}

/** A filter: closed it says what it is set to, open it has its fields; the cross takes it away. */
export const Chip = ({
  name,
  value,
  without,
  children,
}: {
  name: string
  value: string | undefined
  /** The list without this filter. */
  without: string
  children?: ComponentChildren
}) => (
  <div class={value === undefined ? 'chip' : 'chip chip-set'}>
    {children === undefined ? (
      <span class="chip-name">
        {name}: <bdi>{value}</bdi>
      </span>
    ) : (
      <details data-chip>
        <summary class="chip-name">
          {name}
          {value !== undefined && `: ${value}`}
        </summary>
        <div class="chip-panel stack-s">
          {children}
          <button type="submit" class="button button-small">
            {words.apply}
          </button>
        </div>
      </details>
    )}
    {value !== undefined && (
      <a class="chip-off" href={without}>
        <span aria-hidden="true">×</span>
        <span class="visually-hidden">{words.removeTheFilter(name)}</span>
      </a>
    )}
  </div>
)

/** One end of a range: `field` is its name in the address, `label` what stands above it. */
interface Bound {
  readonly field: string
  readonly label: string
  readonly value: string | undefined
}

/** Days from and to. */
export const DayRangeChip = ({
  name,
  from,
  to,
  without,
}: {
  name: string
  from: Bound
  to: Bound
  without: string
}) => {
  const format = useFormat()
  const day = (value: string | undefined) => (value === undefined ? undefined : format.day(value))
  return (
    <Chip name={name} value={rangeText(day(from.value), day(to.value))} without={without}>
      <DateField name={from.field} label={from.label} value={from.value} />
      <DateField name={to.field} label={to.label} value={to.value} />
    </Chip>
  )
}

/** Amounts from and to, in the currency that is asked for or else in the organization's. */
export const AmountChip = ({
  min,
  max,
  currencyCode,
  inCurrency = '',
  without,
}: {
  min: string | undefined
  max: string | undefined
  currencyCode: string | undefined
  /** Added to the labels. */
  inCurrency?: string
  without: string
}) => {
  const format = useFormat()
  const money = (value: string | undefined) =>
    value === undefined ? undefined : format.money(value, currencyCode ?? null)
  return (
    <Chip name={words.amount} value={rangeText(money(min), money(max))} without={without}>
      <AmountField name="minAmount" label={words.amountFrom(inCurrency)} value={min} />
      <AmountField name="maxAmount" label={words.amountUpTo(inCurrency)} value={max} />
    </Chip>
  )
}

/** One currency; with `codes`, those that there are to choose from. */
export const CurrencyChip = ({
  value,
  codes,
  without,
}: {
  value: string | undefined
  codes?: readonly string[]
  without: string
}) => (
  <Chip name={words.currency} value={value} without={without}>
    <div class="field">
      <label for="f-currency">{words.currency}</label>
      <input
        id="f-currency"
        type="text"
        name="currency"
        value={value ?? ''}
        maxLength={3}
        placeholder={words.any}
        autoComplete="off"
        list={codes && 'currencies'}
      />
      {codes && (
        <datalist id="currencies">
          {codes.map((code) => (
            <option key={code} value={code} />
          ))}
        </datalist>
      )}
    </div>
  </Chip>
)
