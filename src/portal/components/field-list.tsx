import type { ComponentChildren } from 'preact'
import { Nothing } from './values.tsx'

export interface LabelledValue {
  readonly label: string
  readonly value: ComponentChildren
}

const orNothing = (value: ComponentChildren) =>
  value === null || value === undefined || value === '' ? <Nothing /> : value

/** Label beside value, one a line. */
export const FieldList = ({ fields }: { fields: readonly LabelledValue[] }) => (
  <dl class="fields">
    {fields.map(({ label, value }) => (
      <div key={label}>
        <dt>{label}</dt>
        <dd>{orNothing(value)}</dd>
      </div>
    ))}
  </dl>
)

/** Label above value, several a line. */
export const Facts = ({ facts }: { facts: readonly LabelledValue[] }) => (
  <dl class="facts">
    {facts.map(({ label, value }) => (
      <div key={label}>
        <dt>{label}</dt>
        <dd>{orNothing(value)}</dd>
      </div>
    ))}
  </dl>
)
