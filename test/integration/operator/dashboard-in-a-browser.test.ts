/** The queue dashboard and the operator's page as a browser sees them, under the strict headers. */
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { enqueue } from '../../../jobs/queues.ts'
import { AppError } from '../../../src/errors.ts'
import { aConnection } from '../../support/builders.ts'
import { aGrantedConnection, simulatorForContext } from '../../support/simulated-zoho.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { type OperatorPortal, signToken, startOperatorPortal, syncJob } from './operator-fixture.ts'

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
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
    await context.addInitScript({ path: axe })
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

  const failedSyncs = async (count: number) => {
    simulator.control.fail({
      match: { path: '/books/v3/invoices' },
      times: 3 * count,
      action: { status: 500, body: {} },
    })
    const made = await Promise.all(
      Array.from({ length: count }, () =>
        aGrantedConnection(portal.ctx, simulator, { nextSyncAt: new Date(0), nextSyncKind: 'full' }),
      ),
    )
    portal.work()
    const queue = portal.queues.queue('invoice-sync')
    const failed = async () => (await queue.getJobCounts('failed'))['failed'] ?? 0
    await waitFor('the failed jobs', async () => (await failed()) === count)
    return { made, queue, failed }
  }
  const expectRecovered = async (id: string) => {
    const { db } = portal.database
    await waitFor('the run to complete', async () => {
      const runs = await db.selectFrom('sync_runs').select('state').where('connection_id', '=', id).execute()
      return runs.some(({ state }) => state === 'completed')
    })
    await waitFor('the problem to clear', async () => (await problemOf(id)) === null)
  }
  const problemOf = async (id: string) => {
    const { db } = portal.database
    const { problem_code: problem } = await db
      .selectFrom('connections')
      .select('problem_code')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    return problem
  }

  it(
    'sees two syncs that failed, retries one of them on the dashboard, then all that are left',
    async () => {
      const { made, queue, failed } = await failedSyncs(2)
      await page.goto(`${origin}/operator`)
      const group = page.getByRole('row').filter({ hasText: 'zoho_unavailable' }).first()
      await group.getByText('2', { exact: true }).waitFor()

      await page.goto(`${origin}/operator/queues/queue/invoice-sync?status=failed`)
      const [job] = await queue.getFailed()
      const [mine, other] = [job?.data.connectionId, made.find(({ id }) => id !== job?.data.connectionId)?.id]
      // The innermost block with the job's link and buttons is its headline. The dashboard gives its icons no name: we do.
      const headline = page
        .locator('div')
        .filter({ has: page.getByRole('link', { name: `#${job?.id}` }) })
        .filter({ has: page.getByRole('button') })
        .last()
      const retry = headline.getByRole('button', { name: 'Retry' })
      await retry.waitFor()
      const unnamed = `axe.run(document, { runOnly: ['button-name', 'link-name'] }).then(({ violations }) =>
        violations.flatMap(({ nodes }) => nodes.map(({ html }) => html)))`
      expect(await page.evaluate(unnamed)).toEqual([])
      await retry.click()
      await page.getByRole('button', { name: 'Confirm' }).click()
      await waitFor('one failed job less', async () => (await failed()) === 1)
      await expectRecovered(mine)
      expect(await problemOf(other ?? '')).toBe('zoho_unavailable')

      await page.getByRole('button', { name: 'Retry all' }).click()
      await page.getByRole('button', { name: 'Confirm' }).click()
      await waitFor('no failed job', async () => (await failed()) === 0)
      await expectRecovered(other ?? '')
      expect(await portal.audited()).toEqual([
        expect.objectContaining({ action: 'queue.job_retried', actor: 'operator-1', subjectId: job?.id }),
        expect.objectContaining({
          action: 'queue.all_retried',
          actor: 'operator-1',
          subjectId: 'invoice-sync',
        }),
      ])
      expect(complaints).toEqual([])
    },
    patience,
  )

  it(
    'is offered no retry of a job that only the client can help, in the list and on its page',
    async () => {
      const { id } = await aConnection(portal.ctx)
      const job = syncJob(async () => {
        throw new AppError('reconnect_required')
      })
      portal.work([job])
      await enqueue(portal.queues, job, [{ data: { connectionId: id } }])
      const queue = portal.queues.queue('invoice-sync')
      await waitFor('the failed job', async () => (await queue.getJobCounts('failed'))['failed'] === 1)
      const [failed] = await queue.getFailed()
      for (const path of ['?status=failed', `/${failed?.id}?status=failed`]) {
        await page.goto(`${origin}/operator/queues/queue/invoice-sync${path}`)
        await page.getByText('Only the client can help', { exact: true }).waitFor()
        await page.getByRole('button', { name: 'Remove' }).first().waitFor()
        await expect(page.getByRole('button', { name: 'Retry', exact: true }).count()).resolves.toBe(0)
      }
      const link = page.getByRole('link', { name: 'Only the client can help' })
      await expect(link.getAttribute('href')).resolves.toBe('/docs/errors#reconnect_required')
      expect(complaints).toEqual([])
    },
    patience,
  )

  it(
    'retries all of a kind with the form, without JavaScript too',
    async () => {
      const { made } = await failedSyncs(1)
      const [{ id } = { id: '' }] = made
      const plain = await browser.newContext({ javaScriptEnabled: false })
      const quiet = await plain.newPage()
      await quiet.goto(`${origin}/session?token=${await signToken('operator')}&next=/operator`)
      await quiet.getByRole('button', { name: 'Retry all of this kind' }).click()
      await quiet.getByText('1 job is queued again').waitFor()
      await expectRecovered(id)
      await quiet.goto(`${origin}/operator/connections/${id}`)
      await quiet.getByRole('button', { name: 'Pause this connection' }).click()
      await quiet.getByText('The connection is paused.').waitFor()
      await plain.close()
      expect((await portal.audited()).map(({ action }) => action)).toEqual([
        'queue.kind_retried',
        'connection.paused',
      ])
      expect(complaints).toEqual([])
    },
    patience,
  )
})
