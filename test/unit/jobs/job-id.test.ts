import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { allJobs } from '../../../jobs/due-jobs.ts'
import { idOf } from '../../../jobs/inspection/failed-jobs.ts'

const fieldsOf = (schema: z.ZodType) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : [])

it.each(allJobs.map(({ name, data }) => [name, data] as const))(
  'a failed job %s is known by the row that it was for',
  (name, data) => {
    const id = randomUUID()
    const given = Object.fromEntries(
      fieldsOf(data).flatMap((field) => (field.endsWith('Id') ? [[field, id]] : [])),
    )
    expect(idOf({ name, data: given })).toBe(Object.keys(given).length === 0 ? undefined : id)
  },
)

it('a connection event is known by its row under each of its names', () => {
  const eventId = randomUUID()
  for (const name of ['connected', 'reconnected', 'disconnected'])
    expect(idOf({ name, data: { eventId } })).toBe(eventId)
})

it('data that is not ours names no row', () => {
  expect(idOf({ name: 'create-cases', data: { commandId: "'; drop table cases" } })).toBeUndefined()
  expect(idOf({ name: 'create-cases', data: null })).toBeUndefined()
  expect(idOf({ name: 'nobody', data: { connectionId: randomUUID() } })).toBeUndefined()
})
