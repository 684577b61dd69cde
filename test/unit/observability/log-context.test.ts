import { setImmediate as turn } from 'node:timers/promises'
import { traced } from '../../../src/observability/log-context.ts'
import { createLogger } from '../../../src/observability/logger.ts'

const aLog = () => {
  const lines: string[] = []
  const log = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } })
  return { log, lines, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

it('puts the ids of the work under way on every line, also on those of a logger built before', async () => {
  const { log, parsed } = aLog()
  const child = log.child({ part: 'zoho' })
  await traced({ requestId: 'r1' }, async () => {
    await turn()
    await traced({ commandId: 'c1' }, async () => {
      await turn()
      child.info({ event: 'inner' })
    })
    log.info({ event: 'outer' })
  })
  log.info({ event: 'after' })
  expect(parsed()).toEqual([
    expect.objectContaining({ event: 'inner', part: 'zoho', requestId: 'r1', commandId: 'c1' }),
    expect.not.objectContaining({ commandId: 'c1' }),
    expect.not.objectContaining({ requestId: 'r1' }),
  ])
})

it('keeps works at the same time apart and never writes an id twice', async () => {
  const { log, lines, parsed } = aLog()
  await Promise.all(
    ['a', 'b'].map((commandId) =>
      traced({ commandId }, async () => {
        await turn()
        log.info({ event: 'step', own: commandId, commandId })
      }),
    ),
  )
  for (const line of parsed()) expect(line['commandId']).toBe(line['own'])
  for (const line of lines) expect(line.match(/commandId/g)).toHaveLength(1)
})
