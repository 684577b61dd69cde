import fc from 'fast-check'
import {
  exceptionsOf,
  filterOf,
  isFiltered,
  listHref,
  parseIds,
  parseListQuery,
  tabOf,
} from '../../../src/portal/pages/bulk-import/list-query.ts'

describe('the filters in the URL', () => {
  it('an address without parameters is the list as usual', () => {
    const query = parseListQuery({})
    expect(tabOf(query)).toBe('eligible')
    expect(query).toMatchObject({ sort: 'dueDate', order: 'asc', limit: 50 })
    expect(isFiltered(query)).toBe(false)
    expect(listHref(query)).toBe('/bulk-import')
  })

  it('what cannot be understood is left out instead of refused', () => {
    const query = parseListQuery({
      limit: '7',
      sort: 'drop table',
      minAmount: 'a lot',
      currency: 'EURO',
      q: ' ',
    })
    expect(query).toEqual(parseListQuery({}))
  })

  it.each([
    ['1000', '1000'],
    ['1 000,50', '1000.50'],
    ['1.000,50', '1000.50'],
    ['1,000.50', '1000.50'],
    ['12,5', '12.5'],
    ['1’000', '1000'],
  ])('an amount typed as %s is %s', (typed, amount) => {
    expect(parseListQuery({ minAmount: typed }).minAmount).toBe(amount)
  })

  it('a change of filter or order begins at the first page and drops “all selected”', () => {
    const query = parseListQuery({ q: 'gmbh', cursor: 'abc', select: 'all', limit: '25' })
    expect(listHref(query, { sort: 'amount' })).toBe('/bulk-import?q=gmbh&sort=amount&limit=25')
  })

  it('an address reads back as the query it was made from', () => {
    const queries = fc.record({
      q: fc.string({ maxLength: 40 }),
      eligibility: fc.constantFrom('eligible', 'blocked', 'case', 'all'),
      minDaysOverdue: fc.integer({ min: 0, max: 400 }).map(String),
      currency: fc.constantFrom('EUR', 'USD', ''),
      sort: fc.constantFrom('dueDate', 'amount', 'customer', 'invoiceNumber'),
      order: fc.constantFrom('asc', 'desc'),
      limit: fc.constantFrom('25', '50', '100'),
    })
    fc.assert(
      fc.property(queries, (given) => {
        const query = parseListQuery(given)
        const again = new URL(listHref(query), 'http://localhost').searchParams
        expect(parseListQuery(Object.fromEntries(again))).toEqual(query)
      }),
    )
  })

  it('an age is the fewest and the most days overdue', () => {
    expect(parseListQuery({ age: '31-60' })).toMatchObject({ minDaysOverdue: 31, maxDaysOverdue: 60 })
    expect(listHref(parseListQuery({ age: '91-' }))).toBe('/bulk-import?minDaysOverdue=91')
    expect(parseListQuery({ age: 'old' })).toEqual(parseListQuery({}))
  })

  it('the filter for the domain holds nothing about paging', () => {
    expect(Object.keys(filterOf(parseListQuery({ cursor: 'x', select: 'all' }))).sort()).toEqual([
      'currency',
      'customerId',
      'dueFrom',
      'dueTo',
      'eligibility',
      'invoiceDateFrom',
      'invoiceDateTo',
      'maxAmount',
      'maxDaysOverdue',
      'minAmount',
      'minDaysOverdue',
      'q',
      'reason',
    ])
  })
})

describe('all that match, but some', () => {
  const query = parseListQuery({ select: 'all', except: '1,2' })

  it('what was shown and is no longer ticked is taken out; what is ticked again comes back', () => {
    expect(exceptionsOf({ shown: '2,3,4', ids: ['2', '4'] }, query)).toEqual(['1', '3'])
    expect(exceptionsOf({}, query)).toEqual(['1', '2'])
  })

  it('a change of filter forgets them, paging keeps them', () => {
    expect(listHref(query, { sort: 'amount' })).toBe('/bulk-import?sort=amount')
    expect(listHref(query, { select: 'all', except: query.except, cursor: 'x', at: 51 })).toBe(
      '/bulk-import?cursor=x&select=all&except=1%2C2&at=51',
    )
  })

  it('a button of the pager carries the number of its first row', () => {
    expect(parseListQuery({ cursor: 'abc~51' })).toMatchObject({ cursor: 'abc', at: 51 })
  })
})

describe('selected ids', () => {
  it('come repeated or joined, each counts once, and nothing else passes', () => {
    expect(parseIds(['1,2', '2', '3', '<b>', ''])).toEqual(['1', '2', '3'])
    expect(parseIds('1')).toEqual(['1'])
    expect(parseIds(undefined)).toEqual([])
    expect(parseIds({ a: 1 })).toEqual([])
  })
})
