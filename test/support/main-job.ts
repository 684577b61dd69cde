/** The main job as a host portal would drive it, over HTTP only: the same black-box check for every deployment. */
import { z } from 'zod'
import { createPortalClient, type PortalClient } from '../../scripts/support/portal-client.ts'
import { simulatorControl } from './simulator-control.ts'
import { waitFor } from './wait-for.ts'

export const connectionAnswer = z.object({
  state: z.string(),
  organization: z.object({ id: z.string(), name: z.string() }).nullish(),
  provenAt: z.string().nullish(),
  lastSyncedAt: z.string().nullish(),
  progress: z.object({ runId: z.string(), page: z.number(), rowsRead: z.number() }).nullish(),
  problem: z.object({ code: z.string(), message: z.string(), action: z.string().nullish() }).nullish(),
})
const invoiceAnswer = z.object({ zohoInvoiceId: z.string(), eligible: z.boolean() })
export const commandAnswer = z.object({
  state: z.string(),
  counts: z.object({
    total: z.number(),
    created: z.number(),
    duplicate: z.number(),
    ineligible: z.number(),
    failed: z.number(),
  }),
})

export interface Deployment {
  readonly url: string
  readonly jwtSecret: string
  readonly simulatorUrl: string
  readonly clientId?: string
}

export const clientOf = ({ url, jwtSecret, clientId = 'black-box' }: Deployment): PortalClient =>
  createPortalClient({ url, jwtSecret, clientId, clientName: 'Black Box Ltd' })

export const allItems = async <Item extends z.ZodType>(
  client: Pick<PortalClient, 'request'>,
  path: string,
  item: Item,
): Promise<z.output<Item>[]> => {
  const found: z.output<Item>[] = []
  const page = z.object({ items: z.array(item), next: z.string().nullable() })
  for (let cursor = ''; ; ) {
    const separator = path.includes('?') ? '&' : '?'
    const answer = await client.request(page, `${path}${separator}limit=200${cursor}`)
    found.push(...(answer.items as z.output<Item>[]))
    if (!answer.next) return found
    cursor = `&cursor=${encodeURIComponent(answer.next)}`
  }
}

export const untilProven = (client: PortalClient, timeoutMs = 60_000) =>
  waitFor(
    'a proven sync',
    async () => {
      const now = await client.request(connectionAnswer, '/api/connection')
      return now.state === 'active' && now.provenAt ? now : undefined
    },
    { timeoutMs, everyMs: 100 },
  )

export const submit = (client: PortalClient, zohoInvoiceIds: readonly string[], key: string) =>
  client.request(z.object({ id: z.string() }), '/api/case-commands', {
    method: 'POST',
    headers: { 'idempotency-key': key },
    body: { zohoInvoiceIds, confirmUndisputed: true },
  })

export const untilCompleted = (client: PortalClient, commandId: string, timeoutMs = 60_000) =>
  waitFor(
    'the command to complete',
    async () => {
      const now = await client.request(commandAnswer, `/api/case-commands/${commandId}`)
      return now.state === 'completed' ? now : undefined
    },
    { timeoutMs, everyMs: 100 },
  )

export interface MainJobResult {
  readonly unpaid: number
  readonly staged: number
  readonly eligible: number
  readonly first: z.infer<typeof commandAnswer>['counts']
  readonly second: z.infer<typeof commandAnswer>['counts']
  readonly cases: number
}

/** Connects, waits for the proven list, orders all eligible ones twice, and reports the counts. */
export const doMainJob = async (deployment: Deployment): Promise<MainJobResult> => {
  const client = clientOf(deployment)
  const control = simulatorControl(deployment.simulatorUrl)
  const { finalUrl } = await client.connect()
  if (finalUrl.searchParams.has('error')) throw new Error(`connect: ${finalUrl.searchParams.get('error')}`)
  const { organization } = await untilProven(client)
  const unpaid = await control<unknown[]>('unpaidTruth', { organizationId: organization?.id })
  const staged = await allItems(client, '/api/invoices?eligibility=all', invoiceAnswer)
  const eligible = staged.filter((one) => one.eligible).map((one) => one.zohoInvoiceId)
  const first = await untilCompleted(client, (await submit(client, eligible, 'first')).id)
  const second = await untilCompleted(client, (await submit(client, eligible, 'second')).id)
  const cases = await allItems(client, '/api/cases', z.object({ id: z.string(), zohoInvoiceId: z.string() }))
  return {
    unpaid: unpaid.length,
    staged: staged.length,
    eligible: eligible.length,
    first: first.counts,
    second: second.counts,
    cases: new Set(cases.map((one) => one.zohoInvoiceId)).size,
  }
}

/** What must be true of every main job, whatever it ran on. */
export const expectMainJobToAddUp = (result: MainJobResult): void => {
  expect(result.unpaid).toBeGreaterThan(0)
  expect(result.staged).toBe(result.unpaid)
  expect(result.eligible).toBeGreaterThan(0)
  const { first, second } = result
  expect({ ...first, sum: first.created + first.ineligible }).toMatchObject({
    total: result.eligible,
    duplicate: 0,
    failed: 0,
    sum: result.eligible,
  })
  expect(second).toMatchObject({
    created: 0,
    duplicate: first.created,
    ineligible: first.ineligible,
    failed: 0,
  })
  expect(result.cases).toBe(first.created)
}
