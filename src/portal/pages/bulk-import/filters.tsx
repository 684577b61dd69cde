import { Hidden, Select } from '../../components/form.tsx'
import { isFiltered, type ListQuery, listHref } from './list-query.ts'

const eligibility = [
  { value: 'all', label: 'All' },
  { value: 'eligible', label: 'Eligible' },
  { value: 'blocked', label: 'Not eligible' },
  { value: 'case', label: 'Already a case' },
]

const overdue = [
  { value: '', label: 'Any' },
  { value: '1', label: '1+ days' },
  { value: '14', label: '14+ days' },
  { value: '30', label: '30+ days' },
  { value: '60', label: '60+ days' },
  { value: '90', label: '90+ days' },
  { value: '180', label: '180+ days' },
]

const sorts = [
  { value: 'dueDate', label: 'Due date' },
  { value: 'amount', label: 'Amount' },
  { value: 'customer', label: 'Customer' },
  { value: 'invoiceNumber', label: 'Invoice number' },
]

const orders = [
  { value: 'asc', label: 'Ascending' },
  { value: 'desc', label: 'Descending' },
]

const sizes = ['25', '50', '100'].map((value) => ({ value, label: `${value} rows` }))

const withOwn = (options: readonly { value: string; label: string }[], value: string, label: string) =>
  options.some((option) => option.value === value) ? options : [...options, { value, label }]

/**
 * A plain GET form: the URL holds the filters, so that they can be shared and survive the back button.
 * On a narrow screen, where the table has no heads to sort by, all but the search folds away.
 */
export const Filters = ({ query, currencies }: { query: ListQuery; currencies: readonly string[] }) => {
  const days = String(query.minDaysOverdue ?? '')
  return (
    <form class="filters" method="get" action="/bulk-import">
      <div class="field whole">
        <label for="f-q">Search</label>
        <input
          id="f-q"
          type="search"
          name="q"
          value={query.q ?? ''}
          maxLength={200}
          placeholder="Number, customer, reference"
        />
      </div>
      <details class="more-filters" open={isFiltered(query)}>
        <summary>Filter and sort</summary>
        <Select name="eligibility" label="State" options={eligibility} value={query.eligibility} />
        <Select
          name="minDaysOverdue"
          label="Overdue"
          options={withOwn(overdue, days, `${days}+ days`)}
          value={days}
        />
        <div class="field">
          <label for="f-minAmount">Amount from</label>
          <input
            id="f-minAmount"
            type="text"
            name="minAmount"
            inputMode="decimal"
            value={query.minAmount ?? ''}
            maxLength={20}
            autoComplete="off"
          />
        </div>
        <div class="field">
          <label for="f-currency">Currency</label>
          <input
            id="f-currency"
            type="text"
            name="currency"
            value={query.currency ?? ''}
            maxLength={3}
            placeholder="Any"
            autoComplete="off"
            list="currencies"
          />
          <datalist id="currencies">
            {currencies.map((code) => (
              <option key={code} value={code} />
            ))}
          </datalist>
        </div>
        <div class="sort-fields">
          <Select name="sort" label="Sort by" options={sorts} value={query.sort} />
          <Select name="order" label="Order" options={orders} value={query.order} />
        </div>
      </details>
      <Hidden values={{ limit: String(query.limit) }} />
      <div class="actions whole">
        <button type="submit" class="button">
          Apply
        </button>
        {isFiltered(query) && (
          <a class="button button-quiet" href={listHref({ ...query, ...noFilter })}>
            Clear
          </a>
        )}
      </div>
    </form>
  )
}

const noFilter = {
  q: undefined,
  eligibility: 'all',
  minDaysOverdue: undefined,
  minAmount: undefined,
  currency: undefined,
} as const

/** Page size, in a form of its own beside the pager. */
export const PageSize = ({ query }: { query: ListQuery }) => (
  <span class="actions small">
    <span class="muted">Rows per page</span>
    {sizes.map(({ value }) =>
      String(query.limit) === value ? (
        <b key={value} aria-current="true">
          {value}
        </b>
      ) : (
        <a key={value} href={listHref(query, { limit: Number(value) as ListQuery['limit'] })}>
          {value}
        </a>
      ),
    )}
  </span>
)
