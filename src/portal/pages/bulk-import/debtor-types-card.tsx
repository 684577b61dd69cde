import { Hidden, WriteForm } from '../../components/form.tsx'
import { useFormat } from '../../components/page-context.ts'
import { Nothing } from '../../components/values.tsx'
import { debtorTypesCard as words } from './words.tsx'

/** A debtor of whom nobody knows whether it is a company. */
export interface UntypedDebtorView {
  readonly zohoCustomerId: string
  readonly name: string | null
  readonly invoices: number
}

/** Names of the fields that carry the answers; behind it the customer's id. */
export const answerPrefix = 'type:'

const choices = [
  { value: 'Company', label: words.company },
  { value: 'Private', label: words.privatePerson },
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
        <h2>{words.companyOrPrivatePerson}</h2>
        <p class="small muted">{words.zohoBooksDoesNotTell}</p>
      </div>
      <div class="card-body stack-s">
        {debtors.map(({ zohoCustomerId, name, invoices }) => (
          <fieldset key={zohoCustomerId} class="debtor-type">
            <legend>
              {name === null ? <Nothing text={words.noName} /> : <bdi>{name}</bdi>}{' '}
              <span class="muted small">{words.invoices(invoices, format.count(invoices))}</span>
            </legend>
            {choices.map(({ value, label }) => (
              <label key={value} class="choice">
                <input type="radio" name={`${answerPrefix}${zohoCustomerId}`} value={value} />
                <span>{label}</span>
              </label>
            ))}
          </fieldset>
        ))}
        {more && <p class="muted">{words.moreDebtorsFollowWhenYou}</p>}
      </div>
      <div class="card-foot actions">
        <button type="submit" class="button">
          {words.saveAnswers}
        </button>
      </div>
    </WriteForm>
  )
}
