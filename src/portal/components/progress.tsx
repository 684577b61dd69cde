import type { ComponentChildren } from 'preact'
import { useFormat } from './page-context.ts'

/** A bar with its words. Without a total it only shows that something moves: no invented percentage. */
export const Progress = ({
  label,
  value,
  total,
  children,
}: {
  label: string
  value: number
  total: number | undefined
  children: ComponentChildren
}) => {
  const format = useFormat()
  const known = total !== undefined && total > 0
  return (
    <div>
      <div class="progress-line">
        <span>{children}</span>
        {known && (
          <span class="muted nowrap">{format.count(Math.min(100, Math.floor((value / total) * 100)))} %</span>
        )}
      </div>
      {known ? (
        <progress aria-label={label} value={Math.min(value, total)} max={total} />
      ) : (
        <progress aria-label={label} />
      )}
    </div>
  )
}
