import pg from 'pg'
import { built, startScript } from '../../support/processes.ts'

const admin = async (statement: string) => {
  const client = new pg.Client({ connectionString: process.env['TEST_POSTGRES_URL'] })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

it('five migrations that start at once all succeed, and only one has something to do', async () => {
  for (let round = 0; round < 6; round += 1) {
    const name = `migrated_at_once_${process.pid}_${round}`
    await admin(`create database ${name}`)
    const url = new URL(process.env['TEST_POSTGRES_URL'] as string)
    url.pathname = `/${name}`
    const five = Array.from({ length: 5 }, () => startScript(built('migrate'), { DATABASE_URL: url.href }))
    const codes = await Promise.all(five.map((script) => script.exited))
    const said = five.map((script) => script.output().trim()).sort()
    expect([codes, said]).toEqual([
      [0, 0, 0, 0, 0],
      [expect.stringMatching(/^Applied: /), ...Array(4).fill('The schema is up to date.')],
    ])
    await admin(`drop database ${name} with (force)`)
  }
})
