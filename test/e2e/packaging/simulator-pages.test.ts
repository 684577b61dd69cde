import { built, killAllScripts, startScript } from '../../support/processes.ts'

afterAll(killAllScripts)

it.each([
  ['development', 200],
  ['production', 404],
])('the simulator of the build answers its own pages with NODE_ENV=%s: %i', async (NODE_ENV, status) => {
  const simulator = startScript(built('simulator'), { NODE_ENV, PORT: '0' })
  const url = await simulator.ready
  expect((await fetch(`${url}/app`)).status).toBe(status)
  expect(await simulator.stop()).toBe(0)
})
