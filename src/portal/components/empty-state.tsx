import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icons.tsx'

/** What stands where a list would be: why it is empty and what to do next. */
export const EmptyState = ({
  icon,
  title,
  children,
  actions,
}: {
  icon: IconName
  title: string
  children: ComponentChildren
  actions?: ComponentChildren
}) => (
  <div class="empty">
    <div class="emblem">
      <Icon name={icon} size={22} />
    </div>
    <h2>{title}</h2>
    <p>{children}</p>
    {actions && <div class="actions">{actions}</div>}
  </div>
)
