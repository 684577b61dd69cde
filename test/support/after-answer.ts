import type { TestContext } from './context.ts'

/**
 * A context in which something happens between the nth answer of Zoho's and whoever asked for it: it is over before the
 * answer is heard, on a busy machine too.
 */
export const afterAnswer = (
  ctx: TestContext,
  call: 'getInvoice' | 'listInvoices',
  nth: number,
  act: () => Promise<unknown>,
): TestContext => {
  let answers = 0
  const heard = async <T>(answering: Promise<T>): Promise<T> => {
    const answer = await answering
    answers += 1
    if (answers === nth) await act()
    return answer
  }
  const { getInvoice, listInvoices } = ctx.zoho
  return {
    ...ctx,
    zoho: {
      ...ctx.zoho,
      ...(call === 'getInvoice'
        ? { getInvoice: (asked) => heard(getInvoice(asked)) }
        : { listInvoices: (asked) => heard(listInvoices(asked)) }),
    },
  }
}
