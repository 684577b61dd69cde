/** A client that a generator makes of the interface document, compiled strictly, does the main job. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createPortalClient } from '../../../scripts/support/portal-client.ts'
import { type Portal, startPortal } from '../portal/support/portal.ts'

const run = promisify(execFile)

/** What the programmer of a host portal writes, with the names and types that the generator gives. */
const program = `
import { setTimeout as wait } from 'node:timers/promises'
import * as api from './client.ts'

const { PORTAL = '', TOKEN = '' } = process.env
Object.assign(api.defaults, { baseUrl: PORTAL, headers: { authorization: \`Bearer \${TOKEN}\` } })

const eventually = async <T>(look: () => Promise<T>, done: (seen: T) => boolean): Promise<T> => {
  for (;;) {
    const seen = await look()
    if (done(seen)) return seen
    await wait(100)
  }
}

await eventually(api.getConnection, ({ state, provenAt }) => state === 'active' && provenAt !== null)
const { items } = await api.getInvoices({ eligibility: 'eligible', limit: 3, sort: 'amount', order: 'desc' })
const chosen: string[] = items.map(({ zohoInvoiceId }: api.Invoice) => zohoInvoiceId)
const preview = await api.postCaseCommandsPreview({ zohoInvoiceIds: chosen })
const order = { zohoInvoiceIds: chosen, confirmUndisputed: true }
const { id } = await api.postCaseCommands(order, { idempotencyKey: 'generated' })
const again = await api.postCaseCommands(order, { idempotencyKey: 'generated' })
const command: api.CaseCommandDetail = await eventually(
  () => api.getCaseCommandsById(id),
  ({ state }) => state === 'completed',
)
const cases = (await api.getCases({ commandId: id })).items
const amounts: string[] = cases.map(({ amountToRecover, debtor }: api.Case) => (debtor.name ? amountToRecover : ''))
const [first] = cases
const withdrawn = first && (await api.postCasesByIdWithdraw(first.id, { reason: 'Paid in cash' }))
const refused = await api.postCaseCommands({ zohoInvoiceIds: chosen }).catch(({ status, data }) => ({ status, data }))
console.log(
  JSON.stringify({
    chosen: chosen.length,
    previewed: preview.counts.created,
    sameOrder: again.id === id,
    counts: command.counts,
    amounts: amounts.length,
    withdrawn: withdrawn?.status,
    refused,
  }),
)
`

const tsconfig = {
  compilerOptions: {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    noUncheckedIndexedAccess: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: ['node'],
    skipLibCheck: true,
  },
  include: ['*.ts'],
}

let portal: Portal
let directory: string
beforeAll(async () => {
  portal = await startPortal({ invoices: 60 })
  // Below the packages, so that the runtime of the client is found; git does not look there.
  await mkdir('node_modules/.cache', { recursive: true })
  directory = await mkdtemp('node_modules/.cache/generated-client-')
}, 120_000)
afterAll(async () => {
  await portal?.close()
  if (directory) await rm(directory, { recursive: true, force: true })
})

it('compiles without a complaint and does the main job', async () => {
  const file = (name: string) => join(directory, name)
  const answer = await fetch(`${portal.url}/docs/json`)
  expect(answer.status).toBe(200)
  await writeFile(file('openapi.json'), await answer.text())
  await run(process.execPath, [
    'node_modules/oazapfts/dist/cli.js',
    '--optimistic',
    file('openapi.json'),
    file('client.ts'),
  ])
  await writeFile(file('program.ts'), program)
  await writeFile(file('package.json'), '{"type":"module"}')
  await writeFile(file('tsconfig.json'), JSON.stringify(tsconfig))
  const compiled = await run(process.execPath, [
    'node_modules/typescript/bin/tsc',
    '-p',
    file('tsconfig.json'),
  ]).catch(({ stdout }: { stdout: string }) => ({ stdout }))
  expect(compiled.stdout).toBe('')

  const TOKEN = await connect()
  const { stdout } = await run(process.execPath, ['--import', 'tsx', file('program.ts')], {
    env: { PATH: process.env['PATH'], PORTAL: portal.url, TOKEN },
    timeout: 60_000,
  })
  expect(JSON.parse(stdout)).toEqual({
    chosen: 3,
    previewed: 3,
    sameOrder: true,
    counts: { total: 3, created: 3, duplicate: 0, ineligible: 0, failed: 0 },
    amounts: 3,
    withdrawn: 'withdrawn',
    refused: { status: 422, data: expect.objectContaining({ code: 'confirmation_required' }) },
  })
}, 180_000)

/** @returns a bearer token. */
const connect = async (): Promise<string> => {
  const client = createPortalClient({ url: portal.url, jwtSecret: portal.jwtSecret, clientId: 'client-a' })
  const { finalUrl } = await client.connect()
  expect(finalUrl.search).toBe('?connected=1')
  return client.token()
}
