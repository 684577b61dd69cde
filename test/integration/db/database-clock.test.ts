import { createDatabaseClock } from '../../../db/core/database-clock.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())

it.each([2, 0, -2])(
  'tells the time of the database on a machine whose clock is %i hours off',
  async (hours) => {
    const clock = await createDatabaseClock(test.db, () => Date.now() + hours * 3_600_000)
    // hours off, and a busy machine may take seconds to ask
    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(60_000)
  },
)

it('says so at once when there is no database to ask', async () => {
  const gone = await createTestDatabase()
  await gone.drop()
  await expect(createDatabaseClock(gone.db)).rejects.toThrow()
})
