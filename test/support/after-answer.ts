import type { ZohoClient } from '../../src/zoho/client.ts'
import type { TestContext } from './context.ts'

/**
 * A context in which something happens between the nth answer of Zoho's and whoever asked for it: it is over before the
 * answer is heard, on a busy machine too.
 */
export const afterAnswer = (
  ctx: TestContext,
  call: 'getInvoice' | 'listInvoices' | 'listContacts',
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
  const { zoho } = ctx
  const calls = {
    getInvoice: { getInvoice: (asked) => heard(zoho.getInvoice(asked)) },
    listInvoices: { listInvoices: (asked) => heard(zoho.listInvoices(asked)) },
    listContacts: { listContacts: (asked) => heard(zoho.listContacts(asked)) },
  } satisfies Record<typeof call, Partial<ZohoClient>>
  return { ...ctx, zoho: { ...zoho, ...calls[call] } }
}
