import { checkPage } from '../../../src/sync/check-page.ts'

const page = (ids: readonly string[], hasMore: boolean, number = 2) => ({
  ids,
  rowsRead: ids.length,
  hasMore,
  page: number,
})
const refused = expect.objectContaining({ code: 'zoho_answer_invalid' })

it('an empty page that announces more is refused, an empty last page is not', () => {
  expect(() => checkPage(page([], true), undefined)).toThrow(refused)
  expect(() => checkPage(page([], false), ['1', '2'])).not.toThrow()
})

it('the same page twice is refused', () => {
  expect(() => checkPage(page(['1', '2'], true), ['1', '2'])).toThrow(refused)
  expect(() => checkPage(page(['1', '2'], false), ['1', '2'])).toThrow(refused)
})

it('rows that slid over the boundary are no repetition', () => {
  expect(() => checkPage(page(['2', '3'], true), ['1', '2'])).not.toThrow()
  expect(() => checkPage(page(['2'], false), ['2'])).not.toThrow()
  expect(() => checkPage(page(['1'], true), ['1', '2'])).not.toThrow()
})

it('the first page, and one that shares a row with the one before, are no repetition', () => {
  expect(() => checkPage(page(['1', '2'], true, 1), undefined)).not.toThrow()
  expect(() => checkPage(page(['1', '9'], true), ['1', '2'])).not.toThrow()
  expect(() => checkPage(page([], false), [])).not.toThrow()
})

it('a refusal says which page it was, and why', () => {
  expect(() => checkPage(page([], true, 7), undefined)).toThrow(
    expect.objectContaining({ details: { page: 7, reason: 'more pages are announced after an empty one' } }),
  )
})

it('a list without end is refused', () => {
  expect(() => checkPage(page(['1'], true, 25_000), ['0'])).toThrow(refused)
})
