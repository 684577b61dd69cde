import type { ComponentChildren } from 'preact'
import { usePage } from './page-context.ts'

/** A form that writes: carries the CSRF token and is sent once however often the button is pressed. */
export const WriteForm = ({
  action,
  children,
  class: name,
  id,
  enctype,
  data,
}: {
  action: string
  children: ComponentChildren
  class?: string
  id?: string
  enctype?: 'multipart/form-data'
  /** `data-` attributes for a script. */
  data?: Readonly<Record<`data-${string}`, string>>
}) => {
  const { csrfToken } = usePage()
  return (
    <form method="post" action={action} class={name} id={id} enctype={enctype} data-once {...data}>
      {csrfToken !== undefined && <input type="hidden" name="_csrf" value={csrfToken} />}
      {children}
    </form>
  )
}

export interface Option {
  readonly value: string
  readonly label: string
}

export const Select = ({
  name,
  label,
  options,
  value,
}: {
  name: string
  label: string
  options: readonly Option[]
  value: string
}) => (
  <div class="field">
    <label for={`f-${name}`}>{label}</label>
    <select id={`f-${name}`} name={name}>
      {options.map((option) => (
        <option key={option.value} value={option.value} selected={option.value === value}>
          {option.label}
        </option>
      ))}
    </select>
  </div>
)

export const Hidden = ({ values }: { values: Readonly<Record<string, string>> }) => (
  <>
    {Object.entries(values).map(([name, value]) => (
      <input key={name} type="hidden" name={name} value={value} />
    ))}
  </>
)

export const DateField = ({
  name,
  label,
  value,
}: {
  name: string
  label: string
  value: string | undefined
}) => (
  <div class="field">
    <label for={`f-${name}`}>{label}</label>
    <input id={`f-${name}`} type="date" name={name} value={value ?? ''} />
  </div>
)

export const AmountField = ({
  name,
  label,
  value,
}: {
  name: string
  label: string
  value: string | undefined
}) => (
  <div class="field">
    <label for={`f-${name}`}>{label}</label>
    <input
      id={`f-${name}`}
      type="text"
      name={name}
      inputMode="decimal"
      value={value ?? ''}
      maxLength={20}
      autoComplete="off"
    />
  </div>
)
