import { AmountChip, Chip, CurrencyChip, DayRangeChip } from '../../components/chip.tsx'
import { Hidden, type Option, Select } from '../../components/form.tsx'
import { isFiltered, type ListQuery, listHref, noFilter } from './list-query.ts'
import { reasonName } from './reason-words.ts'
import { filters as words } from './words.tsx'

const ages = [
  { value: '', label: words.any },
  { value: '0-30', label: words.upToOneMonth },
  { value: '31-60', label: words.upToTwoMonths },
  { value: '61-90', label: words.upToThreeMonths },
  { value: '91-', label: words.moreThan90Days },
]

/** As the field of the form spells it; an address may also hold an age that the form does not offer. */
const ageOf = ({ minDaysOverdue, maxDaysOverdue }: ListQuery): string =>
  minDaysOverdue === undefined && maxDaysOverdue === undefined
    ? ''
    : `${minDaysOverdue ?? ''}-${maxDaysOverdue ?? ''}`

const ageText = (query: ListQuery): string | undefined => {
  const { minDaysOverdue: from, maxDaysOverdue: to } = query
  if (from === undefined && to === undefined) return undefined
  if (to !== undefined) return from === undefined ? words.upToDays(to) : `${from}–${to} days`
  return ages.find(({ value }) => value === ageOf(query))?.label.toLowerCase() ?? `${from}+ days`
}

const sorts = [
  { value: 'dueDate', label: words.dueDate },
  { value: 'amount', label: words.amount },
  { value: 'customer', label: words.customer },
  { value: 'invoiceNumber', label: words.invoiceNumber },
]

const orders = [
  { value: 'asc', label: words.ascending },
  { value: 'desc', label: words.descending },
]

const sizes = ['25', '50', '100'].map((value) => ({ value, label: `${value} rows` }))

const withOwn = (options: readonly Option[], value: string, label: string) =>
  options.some((option) => option.value === value) ? options : [...options, { value, label }]

const Chips = ({
  query,
  currencies,
  baseCurrency,
  customer,
}: {
  query: ListQuery
  currencies: readonly string[]
  baseCurrency: string | undefined
  customer: string | undefined
}) => {
  const age = ageText(query)
  // Over several currencies an amount is a value in the organization's own.
  const currency = query.currency ?? baseCurrency
  return (
    <div class="chips">
      <Chip
        name={words.overdue}
        value={age}
        without={listHref(query, { minDaysOverdue: undefined, maxDaysOverdue: undefined })}
      >
        <Select
          name="age"
          label={words.overdueFor}
          options={withOwn(ages, ageOf(query), age ?? '')}
          value={ageOf(query)}
        />
      </Chip>
      <DayRangeChip
        name={words.dueDate}
        from={{ field: 'dueFrom', label: words.dueFrom, value: query.dueFrom }}
        to={{ field: 'dueTo', label: words.dueUpTo, value: query.dueTo }}
        without={listHref(query, { dueFrom: undefined, dueTo: undefined })}
      />
      <DayRangeChip
        name={words.invoiceDate}
        from={{ field: 'invoiceDateFrom', label: words.datedFrom, value: query.invoiceDateFrom }}
        to={{ field: 'invoiceDateTo', label: words.datedUpTo, value: query.invoiceDateTo }}
        without={listHref(query, { invoiceDateFrom: undefined, invoiceDateTo: undefined })}
      />
      <AmountChip
        min={query.minAmount}
        max={query.maxAmount}
        currencyCode={currency}
        inCurrency={currency === undefined ? '' : `, ${currency}`}
        without={listHref(query, { minAmount: undefined, maxAmount: undefined })}
      />
      <CurrencyChip
        value={query.currency}
        codes={currencies}
        without={listHref(query, { currency: undefined })}
      />
      {query.customerId !== undefined && (
        <Chip
          name={words.customer}
          value={customer ?? query.customerId}
          without={listHref(query, { customerId: undefined })}
        />
      )}
      {query.reason !== undefined && (
        <Chip
          name={words.reason}
          value={reasonName(query.reason)}
          without={listHref(query, { reason: undefined })}
        />
      )}
      {isFiltered(query) && (
        <a class="button button-quiet button-small" href={listHref(query, noFilter)}>
          {words.clear}
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
  baseCurrency,
  customer,
}: {
  query: ListQuery
  currencies: readonly string[]
  /** Of the organization, once it is known. */
  baseCurrency: string | undefined
  /** Name of the customer whose invoices are shown. */
  customer: string | undefined
}) => {
  const set = countSet(query)
  return (
    <form class="toolbar" method="get" action="/bulk-import" data-filters>
      <div class="search">
        <label for="f-q" class="visually-hidden">
          {words.search}
        </label>
        <input
          id="f-q"
          type="search"
          name="q"
          value={query.q ?? ''}
          maxLength={200}
          placeholder={words.numberCustomerAmount}
          data-search
        />
        <button type="submit" class="button">
          {words.apply}
        </button>
      </div>
      <details class="more-filters">
        <summary>
          {words.filterAndSort}
          {set > 0 && ` (${set})`}
        </summary>
        <Chips query={query} currencies={currencies} baseCurrency={baseCurrency} customer={customer} />
        <div class="sort-fields">
          <Select name="sort" label={words.sortBy} options={sorts} value={query.sort} />
          <Select name="order" label={words.order} options={orders} value={query.order} />
        </div>
      </details>
      <Hidden values={kept(query)} />
    </form>
  )
}

/** Page size, in a form of its own beside the pager. */
export const PageSize = ({ query }: { query: ListQuery }) => (
  <span class="actions small">
    <span class="muted">{words.rowsPerPage}</span>
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
