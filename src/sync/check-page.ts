import { AppError } from '../errors.ts'

/** 5 million invoices; no run of Zoho's pages is longer, so a list that is has no end. */
export const maxPages = 25_000

interface CheckedPage {
  readonly page: number
  readonly hasMore: boolean
  readonly rowsRead: number
  /** Of the rows that could be read, each once. */
  readonly ids: readonly string[]
}

/**
 * Refuses a page that contradicts itself or the one before it; a run never draws conclusions from such a page.
 *
 * @throws AppError zoho_answer_invalid: more pages announced after an empty one, the same page twice, no end.
 */
export const checkPage = (
  { page, hasMore, rowsRead, ids }: CheckedPage,
  previousIds: readonly string[] | undefined,
): void => {
  const refuse = (reason: string): never => {
    throw new AppError('zoho_answer_invalid', { details: { reason, page } })
  }
  if (rowsRead === 0 && hasMore) refuse('more pages are announced after an empty one')
  if (hasMore && page >= maxPages) refuse('the list has no end')
  if (isSamePage(ids, previousIds) && (ids.length > 1 || hasMore)) refuse('the same page came twice')
}

/** One row that slid over a page boundary may come again, alone on the last page: that is no repetition. */
const isSamePage = (ids: readonly string[], previous: readonly string[] | undefined): boolean =>
  previous !== undefined &&
  ids.length > 0 &&
  ids.length === previous.length &&
  ids.every((id, at) => id === previous[at])
