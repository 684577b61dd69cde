/** One order can be followed through the log: from the request that took it to its last outcome. */
import { aGrantedConnection, simulatorForContext } from '../../support/simulated-zoho.ts'
import { waitFor } from '../../support/wait-for.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import { type OperatorPortal, signToken, startOperatorPortal } from '../operator/operator-fixture.ts'

let simulator: Simulator
let portal: OperatorPortal
beforeAll(async () => {
  simulator = await startSimulator({ invoices: 10, seed: 2 })
  portal = await startOperatorPortal('postgres', 0, { simulator: simulatorForContext(simulator) })
}, 20_000)
afterAll(async () => {
  await portal.close()
  await simulator.close()
})

it('ties request, order, job and outcome together by ids', async () => {
  const connection = await aGrantedConnection(portal.ctx, simulator, {
    nextSyncAt: new Date(0),
    nextSyncKind: 'full',
  })
  portal.work()
  await waitFor('the first run', async () =>
    portal.database.db
      .selectFrom('sync_runs')
      .selectAll()
      .where('state', '=', 'completed')
      .executeTakeFirst(),
  )
  const answer = await portal.app.inject({
    method: 'POST',
    url: '/api/case-commands',
    headers: { authorization: `Bearer ${await signToken('client', connection.client_id)}` },
    payload: { filter: { eligibility: 'eligible' }, confirmUndisputed: true },
  })
  expect(answer.statusCode).toBe(202)
  const { id: commandId } = answer.json<{ id: string }>()
  const lines = () => portal.logged.map((line) => JSON.parse(line) as Record<string, unknown>)
  await waitFor('the end of the job', () =>
    lines().some((line) => line['event'] === 'job.completed' && line['commandId'] === commandId),
  )
  const ofCommand = lines().filter((line) => line['commandId'] === commandId)
  expect(ofCommand).toContainEqual(
    expect.objectContaining({
      event: 'cases.command_submitted',
      requestId: answer.headers['x-request-id'],
    }),
  )
  expect(ofCommand.map((line) => line['event'])).toEqual(
    expect.arrayContaining(['cases.command_submitted', 'cases.command_completed', 'job.completed']),
  )
  const ofRun = lines().filter((line) => line['event'] === 'sync.run_completed')
  expect(ofRun[0]).toMatchObject({
    connectionId: connection.id,
    runId: expect.any(String),
    jobId: expect.any(String),
  })
}, 20_000)
