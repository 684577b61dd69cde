/** What a loop reaches that only fetches, parses and validates: the measure for the sync. Reads its input from stdin. */
import { text } from 'node:stream/consumers'
import { rawInvoice, rawInvoicePage } from '../../src/zoho/schemas.ts'

interface Input {
  readonly url: string
  readonly accessToken: string
  readonly organizationId: string
}

const { url, accessToken, organizationId } = JSON.parse(await text(process.stdin)) as Input
const headers = { authorization: `Zoho-oauthtoken ${accessToken}` }
const started = performance.now()
const cpuBefore = process.cpuUsage()
let rows = 0
for (let page = 1, more = true; more; page += 1) {
  const query = `organization_id=${organizationId}&filter_by=Status.Unpaid&sort_column=created_time&sort_order=A&page=${page}&per_page=200`
  const answer = await fetch(`${url}/books/v3/invoices?${query}`, { headers })
  const { invoices, page_context: context } = rawInvoicePage.parse(JSON.parse(await answer.text()))
  for (const invoice of invoices) rows += rawInvoice.safeParse(invoice).success ? 1 : 0
  more = context.has_more_page
}
const cpu = process.cpuUsage(cpuBefore)
console.log(JSON.stringify({ rows, ms: performance.now() - started, cpuMs: (cpu.user + cpu.system) / 1000 }))
