/** How a process of ours ends: told to, told twice, or by an error that nobody caught. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Starts a program that has `last` to do before it ends. */
const start = (last: string, env: Record<string, string> = {}) => {
  const program = `
    import { createLogger } from './src/observability/logger.ts'
    import { closeOnStop } from './scripts/support/until-stopped.ts'
    closeOnStop(createLogger({ level: 'info' }), async () => {
      console.log('closing')
      ${last}
    })
    setInterval(() => {}, 1000)
    console.log('ready')
    if (process.env.CRASH) setTimeout(() => { throw new Error('nobody caught this') })`
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  })
  let said = ''
  const waiting = new Map<string, () => void>()
  const note = (chunk: Buffer) => {
    said += chunk.toString()
    for (const [text, go] of waiting) if (said.includes(text)) go()
  }
  child.stdout.on('data', note)
  child.stderr.on('data', note)
  return {
    child,
    ended: once(child, 'close') as Promise<[number | null, string | null]>,
    says: (text: string) =>
      new Promise<void>((go) => {
        waiting.set(text, go)
        note(Buffer.from(''))
      }),
    output: () => said,
  }
}

it('ends with 0 when it was told to', async () => {
  const { child, says, ended } = start('')
  await says('ready')
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

it('ends at once when it is told a second time, whatever it still waits for', async () => {
  const { child, says, ended } = start('await new Promise(() => {})')
  await says('ready')
  child.kill('SIGTERM')
  await says('closing')
  child.kill('SIGTERM')
  const [code, signal] = await ended
  expect(code !== 0 || signal !== null).toBe(true)
})

it('ends with 1 and a fatal line after an error that nobody caught: a crash never looks like a stop', async () => {
  const { ended, output } = start('', { CRASH: '1' })
  expect(await ended).toEqual([1, null])
  expect(output()).toMatch(/"level":60.*"event":"process.crashed".*nobody caught this/)
})
