import { randomUUID } from 'node:crypto'
import { enqueue } from '../../../jobs/queues.ts'
import { AppError } from '../../../src/errors.ts'
import { backends } from '../../support/backends.ts'
import { aClient, aConnection } from '../../support/builders.ts'
import { aCommandRow } from '../../support/command-rows.ts'
import { waitFor } from '../../support/wait-for.ts'
import {
  csrfOf,
  type OperatorPortal,
  signIn,
  signToken,
  startOperatorPortal,
  syncJob,
} from './operator-fixture.ts'

const redisDatabase = 7

describe.each(backends)('the operator part on %s', (backend) => {
  let portal: OperatorPortal
  beforeEach(async () => {
    portal = await startOperatorPortal(backend, redisDatabase)
  }, 20_000)
  afterEach(() => portal.close(), 20_000)

  const failing = async (count: number, code: 'zoho_unavailable' | 'zoho_permission_missing') => {
    const connections = await Promise.all(Array.from({ length: count }, () => aConnection(portal.ctx)))
    const state = { broken: true, rearmed: [] as string[] }
    const job = syncJob(
      async () => {
        if (state.broken) throw new AppError(code)
      },
      async (_ctx, data) => {
        state.rearmed.push((data as { connectionId: string }).connectionId)
      },
    )
    await portal.database.db
      .updateTable('connections')
      .set({ problem_code: code, problem_at: new Date() })
      .execute()
    const worker = portal.work([job])
    await enqueue(
      portal.queues,
      job,
      connections.map(({ id }) => ({ data: { connectionId: id } })),
    )
    await waitFor('the failed jobs', async () => (await failedCount()) === count)
    return { connections, state, worker }
  }
  const failedCount = async () => (await portal.queues.queue('invoice-sync').getJobCounts('failed'))['failed']

  it('says on an empty installation that nothing is wrong but that no worker runs', async () => {
    const answer = await portal.get('/operator')
    expect(answer.statusCode).toBe(200)
    expect(answer.body).toContain('Nothing is failing')
    expect(answer.body).toContain('No connection is in trouble')
    expect(answer.body).toContain('No worker is alive')
    expect(answer.headers['content-security-policy']).not.toContain('unsafe-inline')
  })

  it('shows its pages and the dashboard to operators only', async () => {
    const headers = { authorization: `Bearer ${await signToken('client', 'acme')}` }
    for (const url of [
      '/operator',
      '/operator/connections',
      '/operator/queues',
      '/operator/queues/api/queues',
    ]) {
      const [stranger, client, operator] = [
        await portal.app.inject({ url }),
        await portal.app.inject({ url, headers }),
        await portal.get(url),
      ]
      const statuses = [stranger, client, operator].map(({ statusCode }) => statusCode)
      expect([url, statuses, client.json().code]).toEqual([url, [401, 403, 200], 'forbidden'])
    }
  })

  it('groups failed jobs by code, with hint, link to the docs and to the connection', async () => {
    const { connections } = await failing(3, 'zoho_permission_missing')
    const { body } = await portal.get('/operator')
    expect(body).toContain('href="/docs/errors#zoho_permission_missing"')
    expect(body).toContain('a scope was not granted')
    for (const { id } of connections) expect(body).toContain(`/operator/connections/${id}`)
    expect(body).toContain('<strong>3</strong>')
  })

  it('offers no retry where only the client can help, and says so', async () => {
    await failing(1, 'zoho_permission_missing')
    const { body } = await portal.get('/operator')
    expect(body).toContain('Only the client can help')
    expect(body).not.toContain('name="code" value="zoho_permission_missing"')
  })

  it('retries all of a kind: rows are made due first, the jobs complete, the order is audited', async () => {
    const { connections, state } = await failing(3, 'zoho_unavailable')
    state.broken = false
    const fields = { queue: 'invoice-sync', kind: 'sync-connection', code: 'zoho_unavailable' }
    const answer = await portal.submit('/operator', '/operator/failed/retry', fields)
    expect(answer.statusCode).toBe(303)
    expect(answer.headers.location).toBe('/operator?done=retried&count=3')
    await waitFor('no failed job', async () => (await failedCount()) === 0)
    await waitFor('all rows made due', () => state.rearmed.length === 3)
    expect([...state.rearmed].sort()).toEqual(connections.map(({ id }) => id).sort())
    expect((await portal.get(String(answer.headers.location))).body).toContain('3 jobs are queued again')
    expect(await portal.audited()).toContainEqual({
      action: 'queue.kind_retried',
      actor: 'operator-1',
      subjectId: 'invoice-sync',
      details: expect.objectContaining({ code: 'zoho_unavailable', jobs: 3 }),
    })
  })

  it('tells recovered work from failing work, and clears only what has recovered', async () => {
    const { connections } = await failing(2, 'zoho_unavailable')
    await portal.database.db
      .updateTable('connections')
      .set({ problem_code: null, sync_failures: 0 })
      .where('id', '=', connections[0]?.id ?? '')
      .execute()
    expect((await portal.get('/operator')).body).toContain('1 recovered since')
    const fields = { queue: 'invoice-sync', kind: 'sync-connection', code: 'zoho_unavailable' }
    await portal.submit('/operator', '/operator/failed/clear', fields)
    const left = await portal.queues.queue('invoice-sync').getJobs(['failed'])
    expect(left.map((job) => job.data)).toEqual([{ connectionId: connections[1]?.id }])
  })

  it('retries one job from the dashboard, audited with who, which job and its state before', async () => {
    const { connections, state } = await failing(1, 'zoho_unavailable')
    state.broken = false
    const [job] = await portal.queues.queue('invoice-sync').getJobs(['failed'])
    const answer = await portal.app.inject({
      method: 'PUT',
      url: `/operator/queues/api/queues/invoice-sync/${job?.id}/retry`,
      headers: { cookie: portal.cookie, 'sec-fetch-site': 'same-origin' },
    })
    expect(answer.statusCode).toBe(204)
    await waitFor('the row to be made due', () => state.rearmed.length === 1)
    await waitFor('no failed job', async () => (await failedCount()) === 0)
    expect(await portal.audited()).toEqual([
      {
        action: 'queue.job_retried',
        actor: 'operator-1',
        subjectId: job?.id,
        details: {
          queue: 'invoice-sync',
          jobId: job?.id,
          job: 'sync-connection',
          state: 'failed',
          subject: connections[0]?.id,
          code: 'zoho_unavailable',
        },
      },
    ])
  })

  it('retries from the dashboard nothing that only the client can help: one is refused, of all it stays, and both are told', async () => {
    const [lost, broken] = [await aConnection(portal.ctx), await aConnection(portal.ctx)]
    const rearmed: unknown[] = []
    const state = { broken: true }
    const job = syncJob(
      async (_ctx, data) => {
        const { connectionId } = data as { connectionId: string }
        if (connectionId === lost.id) throw new AppError('reconnect_required')
        if (state.broken) throw new AppError('zoho_unavailable')
      },
      async (_ctx, data) => void rearmed.push(data),
    )
    portal.work([job])
    await enqueue(
      portal.queues,
      job,
      [lost, broken].map(({ id }) => ({ data: { connectionId: id } })),
    )
    await waitFor('the failed jobs', async () => (await failedCount()) === 2)
    state.broken = false
    const queue = portal.queues.queue('invoice-sync')
    const put = (what: string) =>
      portal.app.inject({
        method: 'PUT',
        url: `/operator/queues/api/queues/invoice-sync/${what}`,
        headers: { cookie: portal.cookie, 'sec-fetch-site': 'same-origin' },
      })
    const hopeless = (await queue.getJobs(['failed'])).find(({ data }) => data.connectionId === lost.id)
    const { queues: shown } = (
      await portal.get('/operator/queues/api/queues?activeQueue=invoice-sync&status=failed')
    ).json()
    const jobs = shown.flatMap(
      (one: { jobs: { id: string; isFailed: boolean; externalUrl?: unknown }[] }) => one.jobs,
    )
    // The dashboard offers a retry of those that say so.
    for (const { id, isFailed, externalUrl } of jobs)
      expect({ isFailed, externalUrl }).toEqual(
        id === hopeless?.id
          ? {
              isFailed: false,
              externalUrl: {
                displayText: 'Only the client can help',
                href: '/docs/errors#reconnect_required',
              },
            }
          : { isFailed: true },
      )
    expect(jobs).toHaveLength(2)
    const refused = await put(`${hopeless?.id}/retry`)
    // `error` is what the dashboard shows.
    expect(refused.json()).toMatchObject({
      status: 409,
      code: 'only_client_can_help',
      error: 'Only the client can help with this. It goes on by itself after that.',
    })
    expect(await portal.audited()).toEqual([])

    expect((await put('retry/failed')).json()).toEqual({ retried: 1, skipped: 1 })
    await waitFor('the other one to be carried out', () => rearmed.length > 0)
    expect(rearmed).toEqual([{ connectionId: broken.id }])
    expect((await queue.getJobs(['failed'])).map(({ data }) => data)).toEqual([{ connectionId: lost.id }])
    expect((await portal.audited()).map(({ action }) => action)).toEqual(['queue.all_retried'])
    const words = await portal.get('/operator/queues/static/locales/de-DE/messages.json')
    expect(words.json().QUEUE.ACTIONS.TOAST.RETRY_SKIPPED).toContain('only the client can help')
    expect((await portal.get('/operator/queues/static/locales/..%2Fx/messages.json')).statusCode).toBe(404)

    const fields = { queue: 'invoice-sync', kind: 'sync-connection', code: 'reconnect_required' }
    expect((await portal.submit('/operator', '/operator/failed/retry', fields)).statusCode).toBe(409)
  })

  it('says in the trail when a write was refused by the queue', async () => {
    const answer = await portal.app.inject({
      method: 'PUT',
      url: '/operator/queues/api/queues/invoice-sync/no-such-job/retry',
      headers: { cookie: portal.cookie, 'sec-fetch-site': 'same-origin' },
    })
    expect(answer.statusCode).toBe(404)
    await waitFor('both rows', async () => (await portal.audited()).length === 2)
    expect((await portal.audited()).map(({ action }) => action)).toEqual([
      'queue.job_retried',
      'queue.job_retried.refused',
    ])
  })

  it('refuses writes from another origin and without proof of origin, and audits nothing', async () => {
    const url = '/operator/queues/api/queues/invoice-sync/pause'
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, {}]) {
      const answer = await portal.app.inject({
        method: 'PUT',
        url,
        headers: { cookie: portal.cookie, ...headers },
      })
      expect(answer.json()).toMatchObject({ status: 403, code: 'csrf_failed' })
    }
    const form = await portal.app.inject({
      method: 'POST',
      url: '/operator/queue/pause',
      headers: { cookie: portal.cookie, 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'queue=invoice-sync&_csrf=wrong',
    })
    expect(form.statusCode).toBe(403)
    expect(await portal.queues.queue('invoice-sync').isPaused()).toBe(false)
    expect(await portal.audited()).toEqual([])
  })

  it('does not let anyone make or edit jobs by hand', async () => {
    for (const [method, what, payload] of [
      ['POST', 'add', { name: 'x', data: {}, options: {} }],
      ['PUT', 'obliterate', undefined],
      ['PUT', 'concurrency', { concurrency: 1 }],
      ['PATCH', '1/update-data', { jobData: {} }],
    ] as const) {
      const answer = await portal.app.inject({
        method,
        url: `/operator/queues/api/queues/invoice-sync/${what}`,
        headers: { cookie: portal.cookie, 'sec-fetch-site': 'same-origin' },
        ...(payload && { payload }),
      })
      expect([what, answer.json()]).toMatchObject([what, { status: 403, code: 'forbidden' }])
    }
    expect(await portal.audited()).toEqual([])
  })

  it('pauses and resumes a queue: nothing is taken meanwhile, nothing is lost', async () => {
    const ran: string[] = []
    const job = syncJob(async (_ctx, data) => {
      ran.push((data as { connectionId: string }).connectionId)
    })
    const question = '/operator/queue/pause?queue=invoice-sync'
    expect((await portal.get('/operator')).body).toContain(`href="${question}"`)
    expect((await portal.get(question)).body).toContain('Pause invoice-sync for all clients?')
    const paused = await portal.submit(question, '/operator/queue/pause', { queue: 'invoice-sync' })
    expect(paused.headers.location).toBe('/operator?done=queue_paused')
    portal.work([job])
    await enqueue(portal.queues, job, [{ data: { connectionId: 'a' } }])
    const { body } = await portal.get('/operator')
    expect(body).toContain('Paused queues')
    expect(body).toMatch(/invoice-sync, by operator-1 <time/)
    expect(body).toContain('aria-label="Resume invoice-sync"')
    expect(ran).toEqual([])
    await portal.submit('/operator', '/operator/queue/resume', { queue: 'invoice-sync' })
    await waitFor('the job', () => ran.length === 1)
    expect((await portal.audited()).map(({ action }) => action)).toEqual(['queue.paused', 'queue.resumed'])
  })

  it('shows ids only on the dashboard: no stack, no cause, nothing of the data of a failure', async () => {
    const secret = 'Jane Debtor, 1000.secret-token'
    const job = syncJob(async () => {
      throw new AppError('zoho_request_invalid', {
        cause: new Error(secret),
        details: { path: secret },
        message: 'Zoho Books refused our request.',
      })
    })
    portal.work([job])
    await enqueue(portal.queues, job, [{ data: { connectionId: 'a' } }])
    await waitFor('the failed job', async () => (await failedCount()) === 1)
    const answer = await portal.get(
      '/operator/queues/api/queues?activeQueue=invoice-sync&status=failed&page=1&jobsPerPage=10',
    )
    expect(answer.statusCode).toBe(200)
    expect(answer.body).toContain('zoho_request_invalid')
    expect(answer.body).not.toContain('Jane')
    expect(answer.body).not.toContain('/jobs/')
  })

  it('asks nobody else for the dashboard and keeps its scripts strict', async () => {
    const answer = await portal.get('/operator/queues')
    expect(answer.body).not.toContain('googleapis')
    expect(answer.body).not.toMatch(/ style="|<style/)
    expect(answer.body).toContain('<base href="/operator/queues/"')
    const script = /script-src[^;]*/.exec(String(answer.headers['content-security-policy']))?.[0]
    expect(script).toBe("script-src 'self'")
    const file = /src="(static\/js\/main[^"]+)"/.exec(answer.body)?.[1]
    expect((await portal.get(`/operator/queues/${file}`)).statusCode).toBe(200)
  })
})

describe('connections', () => {
  let portal: OperatorPortal
  beforeAll(async () => {
    portal = await startOperatorPortal('postgres', 0)
  }, 20_000)
  afterAll(() => portal.close(), 20_000)

  it('are counted by the state that clients see', async () => {
    await aConnection(portal.ctx, { state: 'error' })
    await aConnection(portal.ctx, { state: 'disconnected' })
    const delayed = await aConnection(portal.ctx)
    await portal.database.db
      .updateTable('connections')
      .set({ delayed_until: new Date(Date.now() + 60_000), delayed_code: 'zoho_day_limit' })
      .where('id', '=', delayed.id)
      .execute()
    const { body } = await portal.get('/operator')
    expect(body).toMatch(/<strong>1<\/strong><span>Error<\/span>/)
    expect(body).toMatch(/<strong>1<\/strong><span>Delayed<\/span>/)
    expect(body).toContain('href="/operator/connections?code=zoho_day_limit"')
    const list = await portal.get('/operator/connections?code=zoho_day_limit')
    expect(list.body).toContain(delayed.client_id)
    expect(list.body.match(/class="row-link"/g)).toHaveLength(1)
  })

  it('are paused and resumed by an operator, audited, without showing tokens or invoices', async () => {
    const connection = await aConnection(portal.ctx)
    const page = `/operator/connections/${connection.id}`
    expect((await portal.submit(page, `${page}/pause`)).statusCode).toBe(303)
    const shown = await portal.get(`${page}?done=connection_paused`)
    expect(shown.body).toContain('The connection is paused.')
    expect(shown.body).toContain('Resume this connection')
    expect(shown.body).toContain('connection.paused')
    expect(shown.body).not.toContain(connection.accessToken)
    expect(shown.body).not.toContain('eyJ')
    expect((await portal.submit(page, `${page}/resume`)).statusCode).toBe(303)
    expect((await portal.get(page)).body).toContain('Pause this connection')
    expect(await portal.audited()).toEqual([
      expect.objectContaining({ action: 'connection.paused', actor: 'operator-1', subjectId: connection.id }),
      expect.objectContaining({
        action: 'connection.resumed',
        actor: 'operator-1',
        subjectId: connection.id,
      }),
    ])
    expect(portal.ctx.nudged).toContainEqual({ job: 'sync-connection', id: connection.id })
  })

  it('that nobody knows are not found, and a text in the address never reaches the page', async () => {
    expect((await portal.get('/operator/connections/0198f2c4-5f0e-4d9c-b1a4-0d3c2b1a0f9e')).statusCode).toBe(
      404,
    )
    const answer = await portal.get('/operator?done=%3Cscript%3E&count=%3Cb%3E')
    expect(answer.statusCode).toBe(200)
    expect(answer.body).not.toContain('%3Cscript%3E')
    expect(answer.body).not.toContain('<b>')
  })

  it('are explained by the page that every problem and every group links to', async () => {
    const { body } = await portal.app.inject('/docs/errors')
    expect(body).toContain('id="zoho_unavailable"')
    expect(body).toContain('saves the waiting')
  })

  it('lead to their commands: what each attempt ran into, and what became of each invoice', async () => {
    const { db } = portal.database
    const connection = await aConnection(portal.ctx, { organizationId: '700123' })
    const commandId = await aCommandRow(db, connection.id, {
      errorCode: 'zoho_unavailable',
      nextAttemptAt: new Date(Date.now() + 60_000),
    })
    const requestId = randomUUID()
    await db
      .updateTable('case_commands')
      .set({ request_id: requestId, attempts: 2 })
      .where('id', '=', commandId)
      .execute()
    const [first, second] = [randomUUID(), randomUUID()]
    const ended = { command_id: commandId, outcome: 'deferred' as const, error_code: 'zoho_day_limit' }
    await db
      .insertInto('case_command_attempts')
      .values({ id: first, ...ended, started_at: new Date(Date.now() - 9_000), ended_at: new Date() })
      .execute()
    // Neither ended nor the holder of the command: its worker died.
    await db.insertInto('case_command_attempts').values({ id: second, command_id: commandId }).execute()
    await db
      .insertInto('case_command_items')
      .values({
        command_id: commandId,
        ordinal: 1,
        client_id: connection.client_id,
        zoho_organization_id: '700123',
        zoho_invoice_id: '550001',
        outcome: 'failed',
        reasons: JSON.stringify([{ code: 'not_proven' }]),
      })
      .execute()
    const list = await portal.get(`/operator/commands?show=open&client=${connection.client_id}`)
    expect(list.body).toContain(`/operator/commands/${commandId}`)
    const { body } = await portal.get(`/operator/commands/${commandId}`)
    for (const text of [requestId, first, second, 'zoho_day_limit', 'Put off', 'Worker lost', 'not_proven'])
      expect(body).toContain(text)
    const invoice = await portal.get('/operator/invoices/700123/550001')
    expect(invoice.body).toContain(`/operator/commands/${commandId}`)
    for (const said of [commandId, requestId, second]) {
      const found = await portal.get(`/operator/find?q=${said}`)
      expect(found.headers.location).toBe(`/operator/commands/${commandId}`)
    }
    expect((await portal.get(`/operator/commands/${randomUUID()}`)).statusCode).toBe(404)
    expect((await portal.get('/operator/invoices/700123/1')).statusCode).toBe(404)
  })

  it('are found by the number of an invoice, a case’s reference, and a client’s name', async () => {
    const { db } = portal.database
    const name = `Fjord ${randomUUID().slice(0, 8)}`
    const clientId = await aClient(db, { name })
    const connection = await aConnection(portal.ctx, { clientId, organizationId: '700456' })
    const staged = {
      connection_id: connection.id,
      client_id: clientId,
      zoho_organization_id: '700456',
      amount_to_recover: '100',
      zoho_status: 'overdue',
      policy_version: 'x',
      content_hash: 'x',
      proven_at: new Date(),
      debtor_name: 'Secret Debtor',
    }
    await db
      .insertInto('staged_invoices')
      .values([
        { ...staged, zoho_invoice_id: '560001', creditor_reference: 'FJ-77' },
        { ...staged, zoho_invoice_id: '560002', creditor_reference: 'FJ-78' },
      ])
      .execute()
    expect((await portal.get('/operator/find?q=FJ-77')).headers.location).toBe(
      '/operator/invoices/700456/560001',
    )
    expect((await portal.get('/operator/find?q=560002')).headers.location).toBe(
      '/operator/invoices/700456/560002',
    )
    expect(
      (await portal.get(`/operator/find?q=${encodeURIComponent(name.toLowerCase())}`)).headers.location,
    ).toBe(`/operator/commands?client=${clientId}`)
    const invoice = await portal.get('/operator/invoices/700456/560001')
    expect(invoice.body).toContain('Staged for')
    expect(invoice.body).not.toContain('Secret Debtor')
    const nothing = await portal.get('/operator/find?q=%25')
    expect(nothing.body).toContain('Nothing fits')
  })

  it('have a page each that a client cannot open', async () => {
    const connection = await aConnection(portal.ctx)
    const cookie = await signIn(portal.app, 'client', connection.client_id)
    const answer = await portal.app.inject({
      url: `/operator/connections/${connection.id}`,
      headers: { cookie },
    })
    expect(answer.statusCode).toBe(403)
    expect(csrfOf(answer.body)).toBe('')
  })
})
