import { setImmediate as nextTurn } from 'node:timers/promises'
import Fastify from 'fastify'
import { installErrorHandling } from '../../../src/portal/http/error-handler.ts'
import { installOverloadProtection } from '../../../src/portal/http/overload.ts'
import { collectRoutes } from '../../../src/portal/http/route-table.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase } from '../../support/database.ts'
import { waitFor } from '../../support/wait-for.ts'

const blockFor = (milliseconds: number) => {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

it('one long pause turns nobody away: it is over when it is noticed', async () => {
  const database = await createTestDatabase()
  const ctx = createTestContext({ db: database.db })
  const app = Fastify()
  collectRoutes(app)
  installErrorHandling(app, ctx)
  // Three times of what a busy machine is late by.
  installOverloadProtection(app, ctx, { maxDelayMs: 150, sampleMs: 100 })
  app.get('/work', async () => 'done')
  await app.ready()
  // The measurement begins with the second turn of its timer.
  const begun = performance.now() + 60
  while (performance.now() < begun) await nextTurn()
  blockFor(900)
  // Until the sample with the pause has been taken, and the one after it.
  const until = performance.now() + 250
  const seen = new Set<number>()
  while (performance.now() < until) {
    await nextTurn()
    seen.add((await app.inject('/work')).statusCode)
  }
  expect(seen).toEqual(new Set([200]))
  await app.close()
  await database.drop()
})

it('requests are turned away while the event loop is late, and let in again afterwards', async () => {
  const database = await createTestDatabase()
  const ctx = createTestContext({ db: database.db })
  const app = Fastify()
  collectRoutes(app)
  installErrorHandling(app, ctx)
  installOverloadProtection(app, ctx, { maxDelayMs: 50, sampleMs: 100 })
  app.get('/work', async () => 'done')
  app.get('/healthz', async () => 'ok')

  const refused = await waitFor('a refusal', async () => {
    blockFor(250)
    const answer = await app.inject('/work')
    return answer.statusCode === 503 && answer
  })
  expect(refused.json()).toMatchObject({ code: 'overloaded', retryAfter: 2 })
  expect(refused.headers['retry-after']).toBe('2')
  await waitFor('work to be done again', async () => (await app.inject('/work')).statusCode === 200)
  await app.close()
  await database.drop()
})
