import type { ComponentChildren } from 'preact'

export interface Action {
  readonly label: string
  readonly href: string
}

/** A problem or an outcome in one sentence, with what to do about it. */
export const Notice = ({
  tone,
  title,
  children,
  action,
}: {
  tone: 'info' | 'good' | 'warn' | 'bad'
  title?: string | undefined
  children?: ComponentChildren
  action?: Action | undefined
}) => (
  <div class={`notice notice-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
    <div class="notice-text">
      {title !== undefined && (
        <p>
          <strong>{title}</strong>
        </p>
      )}
      {children !== undefined && <p>{children}</p>}
    </div>
    {action && (
      <a class="button button-small" href={action.href}>
        {action.label}
      </a>
    )}
  </div>
)
