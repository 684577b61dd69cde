import type { ComponentChildren } from 'preact'
import { AmountField, DateField, Hidden, Select } from '../../components/form.tsx'
import { useFormat } from '../../components/page-context.ts'
import { isFiltered, type ListQuery, listHref, noFilter } from './list-query.ts'
import { reasonName } from './reason-words.ts'

const overdue = [
  { value: '', label: 'Any' },
  { value: '1', label: '1 day or more' },
  { value: '14', label: '14 days or more' },
  { value: '30', label: '30 days or more' },
  { value: '60', label: '60 days or more' },
  { value: '90', label: '90 days or more' },
  { value: '180', label: '180 days or more' },
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

/** "from a to b", "from a", "up to b"; nothing while neither is given. */
const rangeText = (from: string | undefined, to: string | undefined) => {
  if (from !== undefined && to !== undefined) return `${from} – ${to}`
  if (from !== undefined) return `from ${from}`
  return to === undefined ? undefined : `up to ${to}`
}

/** A filter: closed it says what it is set to, open it has its fields; the cross takes it away. */
const Chip = ({
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

const Chips = ({
  query,
  currencies,
  customer,
}: {
  query: ListQuery
  currencies: readonly string[]
  customer: string | undefined
}) => {
  const format = useFormat()
  const days = String(query.minDaysOverdue ?? '')
  const money = (value: string | undefined) =>
    value === undefined ? undefined : format.money(value, query.currency ?? null)
  const day = (value: string | undefined) => (value === undefined ? undefined : format.day(value))
  return (
    <div class="chips">
      <Chip
        name="Overdue"
        value={days === '' ? undefined : `${days}+ days`}
        without={listHref(query, { minDaysOverdue: undefined })}
      >
        <Select
          name="minDaysOverdue"
          label="Overdue for"
          options={withOwn(overdue, days, `${days} days or more`)}
          value={days}
        />
      </Chip>
      <Chip
        name="Due date"
        value={rangeText(day(query.dueFrom), day(query.dueTo))}
        without={listHref(query, { dueFrom: undefined, dueTo: undefined })}
      >
        <DateField name="dueFrom" label="Due from" value={query.dueFrom} />
        <DateField name="dueTo" label="Due up to" value={query.dueTo} />
      </Chip>
      <Chip
        name="Invoice date"
        value={rangeText(day(query.invoiceDateFrom), day(query.invoiceDateTo))}
        without={listHref(query, { invoiceDateFrom: undefined, invoiceDateTo: undefined })}
      >
        <DateField name="invoiceDateFrom" label="Dated from" value={query.invoiceDateFrom} />
        <DateField name="invoiceDateTo" label="Dated up to" value={query.invoiceDateTo} />
      </Chip>
      <Chip
        name="Amount"
        value={rangeText(money(query.minAmount), money(query.maxAmount))}
        without={listHref(query, { minAmount: undefined, maxAmount: undefined })}
      >
        <AmountField name="minAmount" label="Amount from" value={query.minAmount} />
        <AmountField name="maxAmount" label="Amount up to" value={query.maxAmount} />
      </Chip>
      <Chip name="Currency" value={query.currency} without={listHref(query, { currency: undefined })}>
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
      </Chip>
      {query.customerId !== undefined && (
        <Chip
          name="Customer"
          value={customer ?? query.customerId}
          without={listHref(query, { customerId: undefined })}
        />
      )}
      {query.reason !== undefined && (
        <Chip
          name="Reason"
          value={reasonName(query.reason)}
          without={listHref(query, { reason: undefined })}
        />
      )}
      {isFiltered(query) && (
        <a class="button button-quiet button-small" href={listHref(query, noFilter)}>
          Clear
        </a>
      )}
    </div>
  )
}

const kept = ({ eligibility, limit, customerId, reason }: ListQuery): Record<string, string> => ({
  limit: String(limit),
  ...(eligibility && { eligibility }),
  ...(customerId && { customerId }),
  ...(reason && { reason }),
})

const countSet = (query: ListQuery) =>
  (Object.keys(noFilter) as (keyof typeof noFilter)[]).filter(
    (name) => name !== 'q' && query[name] !== undefined,
  ).length

/**
 * A plain GET form: the URL holds the filters, so that they can be shared and survive the back button.
 * On a narrow screen, where the table has no heads to sort by, all but the search folds away.
 */
export const Filters = ({
  query,
  currencies,
  customer,
}: {
  query: ListQuery
  currencies: readonly string[]
  /** Name of the customer whose invoices are shown. */
  customer: string | undefined
}) => {
  const set = countSet(query)
  return (
    <form class="toolbar" method="get" action="/bulk-import" data-filters>
      <div class="search">
        <label for="f-q" class="visually-hidden">
          Search
        </label>
        <input
          id="f-q"
          type="search"
          name="q"
          value={query.q ?? ''}
          maxLength={200}
          placeholder="Number, customer, amount"
          data-search
        />
        <button type="submit" class="button">
          Apply
        </button>
      </div>
      <details class="more-filters">
        <summary>Filter and sort{set > 0 && ` (${set})`}</summary>
        <Chips query={query} currencies={currencies} customer={customer} />
        <div class="sort-fields">
          <Select name="sort" label="Sort by" options={sorts} value={query.sort} />
          <Select name="order" label="Order" options={orders} value={query.order} />
        </div>
      </details>
      <Hidden values={kept(query)} />
    </form>
  )
}

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
