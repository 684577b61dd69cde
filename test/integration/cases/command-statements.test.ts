/** Leases of commands and what proves an item, statement by statement. */
import { randomUUID } from 'node:crypto'
import { type RawBuilder, sql } from 'kysely'
import { decideItems, failUndecided, findUndecided } from '../../../db/cases/case-command-items.repo.ts'
import {
  claimCommand,
  completeCommand,
  deferCommand,
  fullRunWait,
  holdCommand,
  noteCommandError,
  releaseCommand,
} from '../../../db/cases/case-commands.repo.ts'
import { insertCases } from '../../../db/cases/cases.repo.ts'
import type { CaseCommand } from '../../../db/core/schema.ts'
import { aConnection, type BuiltConnection } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { stage } from '../../support/staged.ts'

let test: TestDatabase
let connection: BuiltConnection
let id: string
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())
beforeEach(async () => {
  connection = await aConnection(createTestContext({ db: test.db }))
  const { rows } = await sql<{ id: string }>`
    with made as (
      insert into case_commands (client_id, connection_id, request_hash, requested_by, confirm_undisputed, selection, total, created_at)
      values (${connection.client_id}, ${connection.id}, 'x', 'u', true, '{}', 1, now() - interval '10 seconds') returning *)
    , item as (
      insert into case_command_items (command_id, ordinal, client_id, zoho_organization_id, zoho_invoice_id)
      select id, 1, client_id, ${connection.zoho_organization_id}, '1' from made)
    select id from made`.execute(test.db)
  id = rows[0]?.id ?? ''
})

const row = (): Promise<CaseCommand> =>
  test.db.selectFrom('case_commands').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const lockSeconds = 30
const claim = async () => {
  const leaseToken = randomUUID()
  return { leaseToken, command: await claimCommand(test.db, id, { leaseToken, lockSeconds }) }
}
const expireLease = () =>
  sql`update case_commands set lease_until = now() - interval '1 second' where id = ${id}`.execute(test.db)
const secondsFromNow = (at: Date | null) => ((at?.getTime() ?? 0) - Date.now()) / 1000
const complete = (leaseToken: string) =>
  test.db.transaction().execute((trx) => completeCommand(trx, id, leaseToken))

describe('a command', () => {
  it('is taken by one worker, by another after the lease, and stays due all the while', async () => {
    const first = await claim()
    expect(first.command).toMatchObject({ state: 'running', attempts: 1 })
    expect((await claim()).command).toBeUndefined()
    const { next_attempt_at: due } = await row()
    expect(due).toBeInstanceOf(Date)
    expect(secondsFromNow(due)).toBeLessThanOrEqual(5)
    await expireLease()
    expect((await claim()).command).toMatchObject({ attempts: 2, started_at: first.command?.started_at })
  })

  it('that is completed is taken by nobody', async () => {
    const { leaseToken } = await claim()
    await sql`update case_commands set created = 1 where id = ${id}`.execute(test.db)
    expect(await complete(leaseToken)).toMatchObject({ state: 'completed', next_attempt_at: null })
    expect((await claim()).command).toBeUndefined()
    expect(await holdCommand(test.db, id, { leaseToken, lockSeconds })).toBe(false)
    await noteCommandError(test.db, id, 'zoho_unavailable')
    await deferCommand(test.db, id, { code: 'zoho_unavailable', until: { seconds: 60 } })
    expect(await row()).toMatchObject({ error_code: null, next_attempt_at: null })
  })

  it('is held by its worker, which prolongs the lease, and not when the lease has run out', async () => {
    const { leaseToken } = await claim()
    await sql`update case_commands set lease_until = now() + interval '1 second' where id = ${id}`.execute(
      test.db,
    )
    expect(await holdCommand(test.db, id, { leaseToken, lockSeconds })).toBe(true)
    expect(secondsFromNow((await row()).lease_until)).toBeGreaterThan(20)
    await expireLease()
    expect(await holdCommand(test.db, id, { leaseToken, lockSeconds })).toBe(false)
  })

  it('of another worker is not completed, let go or put off', async () => {
    const { leaseToken } = await claim()
    const other = randomUUID()
    await sql`update case_commands set created = 1 where id = ${id}`.execute(test.db)
    const known = await row()
    expect(await complete(other)).toBeUndefined()
    expect(await holdCommand(test.db, id, { leaseToken: other, lockSeconds })).toBe(false)
    await releaseCommand(test.db, id, { leaseToken: other, dueInSeconds: 99, code: 'x' })
    await deferCommand(test.db, id, { code: 'x', until: { seconds: 99 } })
    expect(await row()).toEqual(known)
    await releaseCommand(test.db, id, { leaseToken, dueInSeconds: 99, code: 'x' })
    expect(await row()).toMatchObject({ lease_token: null, lease_until: null, error_code: 'x' })
    expect(secondsFromNow((await row()).next_attempt_at)).toBeGreaterThan(90)
  })

  it('that a worker let go or lost can be put off', async () => {
    await claim()
    await expireLease()
    await deferCommand(test.db, id, { code: 'zoho_unavailable', until: { seconds: 60 } })
    expect(await row()).toMatchObject({ error_code: 'zoho_unavailable', enqueued_at: null })
    expect(secondsFromNow((await row()).next_attempt_at)).toBeGreaterThan(50)
  })
})

describe('an outcome', () => {
  const decide = (outcome: 'failed' | 'duplicate') =>
    test.db.transaction().execute((trx) => decideItems(trx, id, [{ ordinal: 1, outcome }]))
  const outcome = async () =>
    (
      await test.db
        .selectFrom('case_command_items')
        .select('outcome')
        .where('command_id', '=', id)
        .executeTakeFirst()
    )?.outcome

  it('is written once and stays', async () => {
    expect([...(await decide('duplicate'))]).toEqual([1])
    expect([...(await decide('failed'))]).toEqual([])
    const reason = { code: 'not_proven', message: 'x' }
    expect(await test.db.transaction().execute((trx) => failUndecided(trx, id, reason))).toBe(0)
    expect(await outcome()).toBe('duplicate')
  })
})

describe('the proof of an invoice', () => {
  const proofMaxAgeSeconds = 300
  beforeEach(() => stage(test.db, connection, [{ zohoInvoiceId: '1' }]))
  const change = (table: 'staged_invoices' | 'connections' | 'case_commands', set: RawBuilder<unknown>) =>
    sql`update ${sql.table(table)} set ${set} where ${sql.ref(table === 'staged_invoices' ? 'connection_id' : 'id')} = ${table === 'case_commands' ? id : connection.id}`.execute(
      test.db,
    )
  const proven = async () => {
    const [item] = await findUndecided(test.db, id, {
      connectionId: connection.id,
      proofMaxAgeSeconds,
      after: 0,
      limit: 10,
    })
    return item?.staged?.proven
  }
  const insert = async (contentHash = 'hash-1') =>
    test.db.transaction().execute((trx) =>
      insertCases(
        trx,
        {
          commandId: id,
          clientId: connection.client_id,
          connectionId: connection.id,
          organizationId: connection.zoho_organization_id,
          dataCenter: 'us',
          createdBy: 'u',
          proofMaxAgeSeconds,
        },
        [
          {
            zohoInvoiceId: '1',
            reference: randomUUID().slice(0, 8),
            contentHash,
            warnings: [],
            evidence: { required: [], described: false },
          },
        ],
      ),
    )
  const ago = (seconds: number) => sql`now() - make_interval(secs => ${seconds})`

  it.each<[string, boolean, () => Promise<unknown>]>([
    ['a look by id after the command', true, () => change('staged_invoices', sql`looked_at = ${ago(5)}`)],
    [
      'a look by id at the very moment of the command',
      false,
      () =>
        sql`update staged_invoices s set looked_at = m.created_at from case_commands m where m.id = ${id} and s.connection_id = ${connection.id}`.execute(
          test.db,
        ),
    ],
    ['a look by id before the command', false, () => change('staged_invoices', sql`looked_at = ${ago(15)}`)],
    [
      'a look by id after the command that is too old by now',
      false,
      async () => {
        await change('case_commands', sql`created_at = ${ago(900)}`)
        await change('staged_invoices', sql`looked_at = ${ago(301)}`)
      },
    ],
    [
      'an old command’s look by id within the age of a proof',
      true,
      async () => {
        await change('case_commands', sql`created_at = ${ago(900)}`)
        await change('staged_invoices', sql`looked_at = ${ago(290)}`)
      },
    ],
    [
      'a full run that began after the command, of a row that stood before',
      true,
      async () => {
        await change('staged_invoices', sql`changed_at = ${ago(60)}`)
        await change('connections', sql`proven_at = ${ago(5)}`)
      },
    ],
    [
      'a full run that began before the command',
      false,
      async () => {
        await change('staged_invoices', sql`changed_at = ${ago(60)}`)
        await change('connections', sql`proven_at = ${ago(15)}`)
      },
    ],
    [
      'a full run after whose begin an older answer wrote the row',
      false,
      async () => {
        await change('staged_invoices', sql`changed_at = ${ago(2)}, proven_at = ${ago(6)}`)
        await change('connections', sql`proven_at = ${ago(5)}`)
      },
    ],
    [
      'a full run that wrote the row itself',
      true,
      async () => {
        await change('staged_invoices', sql`changed_at = ${ago(2)}, proven_at = ${ago(4)}`)
        await change('connections', sql`proven_at = ${ago(5)}`)
      },
    ],
  ])('%s: %p; the item is judged so, and the case is made so', async (_what, expected, arrange) => {
    await arrange()
    expect(await proven()).toBe(expected)
    expect(await insert()).toHaveLength(expected ? 1 : 0)
  })

  it.each<[string, RawBuilder<unknown>]>([
    ['closed', sql`state = 'paid'`],
    ['became unreadable', sql`unreadable = true`],
    ['changed its content', sql`content_hash = 'another'`],
    ['belongs to another organization', sql`zoho_organization_id = 'another'`],
  ])('is worth nothing when the row %s since it was judged', async (_what, set) => {
    await change('staged_invoices', sql`looked_at = ${ago(5)}, ${set}`)
    expect(await insert()).toEqual([])
  })

  it('makes one case for an invoice and no second', async () => {
    await change('staged_invoices', sql`looked_at = ${ago(5)}`)
    expect(await insert()).toHaveLength(1)
    expect(await insert()).toEqual([])
  })

  describe('by a full run that the command asked for', () => {
    const wait = () => fullRunWait(test.db, id, { connectionId: connection.id, patienceSeconds: 60 })
    const asked = () => change('case_commands', sql`full_run_armed_at = ${ago(8)}`)

    it('is waited for until one came that began after the command', async () => {
      expect(await wait()).toBe('not_asked')
      await asked()
      expect(await wait()).toBe('waiting')
      await change('connections', sql`proven_at = ${ago(15)}`)
      expect(await wait()).toBe('waiting')
      await change('connections', sql`proven_at = ${ago(5)}`)
      expect(await wait()).toBe('over')
    })

    it('is waited for no longer than patience lasts', async () => {
      await change('case_commands', sql`full_run_armed_at = ${ago(61)}`)
      expect(await wait()).toBe('over')
    })

    it.each([
      ['failed since', 'failed', 'full', 1, 'over'],
      ['failed before', 'failed', 'full', 30, 'waiting'],
      ['was an incremental one', 'failed', 'incremental', 1, 'waiting'],
      ['is under way', 'running', 'full', 1, 'waiting'],
      ['was cancelled', 'cancelled', 'full', 1, 'over'],
    ])('that %s', async (_what, state, kind, secondsAgo, expected) => {
      await asked()
      await sql`insert into sync_runs (connection_id, client_id, zoho_organization_id, kind, trigger, state, started_at)
        values (${connection.id}, ${connection.client_id}, '1', ${kind}, 'command', ${state}, ${ago(secondsAgo)})`.execute(
        test.db,
      )
      expect(await wait()).toBe(expected)
    })
  })
})
