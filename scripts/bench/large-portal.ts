/** What the benchmarks of pages share: the large client's portal over HTTP, its cases, and how long an address takes. */
import { submitCommand } from '../../src/cases/submit-command.ts'
import type { Ctx } from '../../src/context.ts'
import { listClientInvoices } from '../../src/invoices/list-invoices.ts'
import { buildApp } from '../../src/portal/app.ts'
import { createSession } from '../../src/portal/auth/sessions.ts'
import { pagesPlugin } from '../../src/portal/pages/index.ts'
import { completeOrder, largeClient, timed } from './many-rows.ts'

const warmUp = 5

export interface LargePortal {
  readonly origin: string
  /** Of a session of the large client. */
  readonly cookie: string
}

/** Gives `work` the whole server, listening, and somebody who is signed in. */
export const withLargePortal = async <T>(ctx: Ctx, work: (portal: LargePortal) => Promise<T>): Promise<T> => {
  const app = await buildApp(ctx, {
    subscribe: () => () => undefined,
    checkQueue: () => Promise.resolve(),
    pages: pagesPlugin(ctx),
  })
  try {
    const origin = await app.listen({ host: '127.0.0.1', port: 0 })
    const secret = await createSession(ctx, {
      clientId: largeClient,
      subject: 'bench',
      name: 'Bench',
      role: 'client',
    })
    return await work({ origin, cookie: `portal_session=${secret}` })
  } finally {
    await app.close()
  }
}

export const headersOf = ({ cookie }: LargePortal) => ({ cookie, accept: 'text/html' })

/** Asks for an address again and again, one request after the other. @returns milliseconds of each, and the longest answer. */
export const timeAddress = async (
  portal: LargePortal,
  address: (n: number) => string,
  requests: number,
): Promise<{ readonly ms: readonly number[]; readonly bytes: number }> => {
  const ms: number[] = []
  let bytes = 0
  for (let n = 0; n < requests + warmUp; n += 1) {
    const path = address(n)
    const took = await timed(async () => {
      const answer = await fetch(`${portal.origin}${path}`, { headers: headersOf(portal), redirect: 'error' })
      const html = await answer.arrayBuffer()
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`)
      bytes = Math.max(bytes, html.byteLength)
    })
    if (n >= warmUp) ms.push(took)
  }
  return { ms, bytes }
}

/** Commands cases of eligible invoices, `most` or some more. @returns the command's id. */
export const orderCases = async (ctx: Ctx, most: number): Promise<string> => {
  const zohoInvoiceIds: string[] = []
  for (let cursor: string | undefined; zohoInvoiceIds.length < most; ) {
    const page = await listClientInvoices(ctx, largeClient, {
      filter: { eligibility: 'eligible' },
      limit: 200,
      cursor,
    })
    zohoInvoiceIds.push(...page.items.map((item) => item.zohoInvoiceId))
    if (page.next === null) break
    cursor = page.next
  }
  const { id } = await submitCommand(ctx, {
    clientId: largeClient,
    subject: 'bench',
    selection: { zohoInvoiceIds },
    confirmUndisputed: true,
  })
  if ((await completeOrder(ctx, id)) === 0) throw new Error('no cases were created')
  return id
}
