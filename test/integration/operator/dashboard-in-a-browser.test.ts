/** The queue dashboard and the operator's page as a browser sees them, under the strict headers. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { aGrantedConnection, simulatorForContext } from '../../support/simulated-zoho.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { type OperatorPortal, signToken, startOperatorPortal } from './operator-fixture.ts'

const executablePath = process.env['TEST_CHROMIUM']
const withBrowser = executablePath ? describe : describe.skip
const patience = 60_000

withBrowser('an operator with a browser', () => {
  let simulator: Simulator
  let portal: OperatorPortal
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let origin: string
  const complaints: string[] = []

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
  }, patience)
  afterAll(async () => {
    await browser?.close()
  })
  beforeEach(async () => {
    complaints.length = 0
    simulator = await startSimulator({ invoices: 12, seed: 3 })
    portal = await startOperatorPortal('postgres', 0, { simulator: simulatorForContext(simulator) })
    origin = await portal.app.listen({ host: '127.0.0.1', port: 0 })
    context = await browser.newContext()
    page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('request', (request) => {
      if (!request.url().startsWith(origin) && !request.url().startsWith('data:'))
        complaints.push(`asks ${new URL(request.url()).origin}`)
    })
    await page.goto(`${origin}/session?token=${await signToken('operator')}&next=/operator`)
  }, patience)
  afterEach(async () => {
    await context?.close()
    await portal?.close()
    await simulator?.close()
  })

  const failedSync = async () => {
    simulator.control.fail({
      match: { path: '/books/v3/invoices' },
      times: 3,
      action: { status: 500, body: {} },
    })
    const made = await aGrantedConnection(portal.ctx, simulator, {
      nextSyncAt: new Date(0),
      nextSyncKind: 'full',
    })
    const worker = portal.work()
    const queue = portal.queues.queue('invoice-sync')
    await waitFor('the failed job', async () => (await queue.getJobCounts('failed'))['failed'] === 1)
    return { made, queue, worker }
  }
  const stateOf = (id: string) =>
    portal.database.db
      .selectFrom('connections')
      .select(['problem_code as problem', 'last_synced_at as syncedAt'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()

  it(
    'retries a failed sync from the dashboard; the run completes and the problem clears',
    async () => {
      const { made, queue } = await failedSync()
      await page.goto(`${origin}/operator/queues/queue/invoice-sync?status=failed`)
      await page.getByText('zoho_unavailable').first().waitFor()
      // The button of a single job is an icon without a name, so the test presses the one above the list.
      await page.getByRole('button', { name: 'Retry all' }).click()
      await page.getByRole('button', { name: 'Confirm' }).click()
      await waitFor('no failed job', async () => (await queue.getJobCounts('failed'))['failed'] === 0)
      await waitFor('the problem to clear', async () => {
        const { problem, syncedAt } = await stateOf(made.id)
        return problem === null && syncedAt !== null
      })
      expect((await portal.audited()).map(({ action }) => action)).toContain('queue.all_retried')
      expect(complaints).toEqual([])
    },
    patience,
  )

  it(
    'retries all of a kind with the form, without JavaScript too',
    async () => {
      const { made } = await failedSync()
      const plain = await browser.newContext({ javaScriptEnabled: false })
      const quiet = await plain.newPage()
      await quiet.goto(`${origin}/session?token=${await signToken('operator')}&next=/operator`)
      await quiet.getByRole('button', { name: 'Retry all of this kind' }).click()
      await quiet.getByText('put back').waitFor()
      await waitFor('the problem to clear', async () => (await stateOf(made.id)).problem === null)
      await quiet.goto(`${origin}/operator/connections/${made.id}`)
      await quiet.getByRole('button', { name: 'Pause this connection' }).click()
      await quiet.getByText('The connection is paused.').waitFor()
      await plain.close()
      expect(complaints).toEqual([])
    },
    patience,
  )
})
