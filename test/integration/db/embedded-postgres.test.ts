import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { killAllScripts, type Script, startScript } from '../../support/processes.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'embedded-'))
})
afterEach(async () => {
  await killAllScripts()
  await rm(directory, { recursive: true, force: true })
})

const owner = (): Script => startScript('test/support/embedded-owner.ts', {}, [directory])

const query = async (url: string, sql: string) => {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const postmaster = () =>
  Number(readFileSync(join(directory, 'postgres/postmaster.pid'), 'utf8').split('\n')[0])

it('keeps its data over a clean stop and leaves nothing running', async () => {
  const first = owner()
  await query(await first.ready, 'create table kept as select 42 as answer')
  expect(await first.stop()).toBe(0)
  expect(existsSync(join(directory, 'postgres/postmaster.pid'))).toBe(false)
  const second = owner()
  expect(await query(await second.ready, 'select answer from kept')).toEqual([{ answer: 42 }])
  await second.stop()
})

it('recovers from a kill -9 of the whole process tree', async () => {
  const first = owner()
  await query(await first.ready, 'create table kept as select 42 as answer')
  process.kill(postmaster(), 'SIGKILL')
  await first.stop('SIGKILL')
  const second = owner()
  expect(await query(await second.ready, 'select answer from kept')).toEqual([{ answer: 42 }])
  await second.stop()
})

it('takes over from an owner that was killed while its postmaster lived on', async () => {
  const first = owner()
  await query(await first.ready, 'create table kept as select 42 as answer')
  process.kill(first.pid, 'SIGKILL')
  await first.exited
  const second = owner()
  expect(await query(await second.ready, 'select answer from kept')).toEqual([{ answer: 42 }])
  await second.stop()
})

it('says which process holds the folder when a second one starts on it, and harms nothing', async () => {
  const first = owner()
  const url = await first.ready
  await query(url, 'create table kept as select 42 as answer')
  const second = owner()
  await expect(second.ready).rejects.toThrow(
    `is in use by process ${first.pid}. Stop that process, or set DATA_DIR`,
  )
  expect(await second.exited).not.toBe(0)
  expect(await query(url, 'select answer from kept')).toEqual([{ answer: 42 }])
  await first.stop()
})
