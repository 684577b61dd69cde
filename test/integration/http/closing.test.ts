import { Agent, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { closeUnusedConnections } from '../../../src/portal/http/unused-connections.ts'

/** One request on a connection that the client would keep open. */
const ask = (port: number, agent: Agent) =>
  new Promise<number | undefined>((done, fail) => {
    get({ port, agent, path: '/slow' }, (answer) => {
      answer.resume().once('end', () => done(answer.statusCode))
    }).once('error', fail)
  })

it('a closing server answers what is under way and does not wait for the connection it came on', async () => {
  // Without an end of its own: a server that waits for the connection fails this test by its time-out.
  const app = Fastify({ keepAliveTimeout: 0 })
  closeUnusedConnections(app)
  let answer = () => {}
  const arrived = new Promise<void>((here) => {
    app.get('/slow', async () => {
      here()
      await new Promise<void>((next) => {
        answer = next
      })
      return 'done'
    })
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const agent = new Agent({ keepAlive: true })
  const answered = ask((app.server.address() as AddressInfo).port, agent)
  await arrived
  const closed = app.close()
  await new Promise((next) => setImmediate(next))
  answer()
  expect(await answered).toBe(200)
  await closed
  agent.destroy()
})
