import { Hidden, WriteForm } from '../../components/form.tsx'
import { useFormat } from '../../components/page-context.ts'
import { Nothing } from '../../components/values.tsx'

/** A debtor of whom nobody knows whether it is a company. */
export interface UntypedDebtorView {
  readonly zohoCustomerId: string
  readonly name: string | null
  readonly invoices: number
}

/** Names of the fields that carry the answers; behind it the customer's id. */
export const answerPrefix = 'type:'

const choices = [
  { value: 'Company', label: 'Company' },
  { value: 'Private', label: 'Private person' },
]

/** Asked once for each debtor: what Zoho Books does not tell, a collector has to know. */
export const DebtorTypesCard = ({
  debtors,
  more,
  fields,
}: {
  debtors: readonly UntypedDebtorView[]
  /** Some are not named here; they come when these are answered. */
  more: boolean
  /** The selection again. */
  fields: Readonly<Record<string, string>>
}) => {
  const format = useFormat()
  if (debtors.length === 0) return null
  return (
    <WriteForm action="/bulk-import/debtor-types" class="card">
      <Hidden values={fields} />
      <div class="card-title">
        <h2>Company or private person?</h2>
        <p class="small muted">Zoho Books does not tell. We remember your answer for each debtor.</p>
      </div>
      <div class="card-body stack-s">
        {debtors.map(({ zohoCustomerId, name, invoices }) => (
          <fieldset key={zohoCustomerId} class="debtor-type">
            <legend>
              {name === null ? <Nothing text="no name" /> : <bdi>{name}</bdi>}{' '}
              <span class="muted small">
                {format.count(invoices)} {invoices === 1 ? 'invoice' : 'invoices'}
              </span>
            </legend>
            {choices.map(({ value, label }) => (
              <label key={value} class="choice">
                <input type="radio" name={`${answerPrefix}${zohoCustomerId}`} value={value} />
                <span>{label}</span>
              </label>
            ))}
          </fieldset>
        ))}
        {more && <p class="muted">More debtors follow when you have answered for these.</p>}
      </div>
      <div class="card-foot actions">
        <button type="submit" class="button">
          Save answers
        </button>
      </div>
    </WriteForm>
  )
}
