import type { ComponentChildren } from 'preact'

/** "from a to b", "from a", "up to b"; nothing while neither is given. */
export const rangeText = (from: string | undefined, to: string | undefined) => {
  if (from !== undefined && to !== undefined) return `${from} – ${to}`
  if (from !== undefined) return `from ${from}`
  return to === undefined ? undefined : `up to ${to}`
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
            Apply
          </button>
        </div>
      </details>
    )}
    {value !== undefined && (
      <a class="chip-off" href={without}>
        <span aria-hidden="true">×</span>
        <span class="visually-hidden">Remove the filter {name}</span>
      </a>
    )}
  </div>
)
