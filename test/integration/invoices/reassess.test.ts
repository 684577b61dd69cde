import { submitCommand } from '../../../src/cases/submit-command.ts'
import { builtInPolicy, parsePolicy } from '../../../src/eligibility/policy.ts'
import { listClientInvoices } from '../../../src/invoices/list-invoices.ts'
import { reassessStagedInvoices } from '../../../src/invoices/reassess.ts'
import { aConnection } from '../../support/builders.ts'
import { aClock, createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { ids, stage } from '../../support/staged.ts'
import { countsOf, settle } from '../cases/support.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await createTestDatabase()
})
afterAll(() => test.drop())

const stricter = parsePolicy({ rules: { email_missing: 'blocker' } })
const context = (policy = builtInPolicy) => createTestContext({ db: test.db, policy, clock: aClock() })

it('a new policy reaches all staged rows, and each of them once', async () => {
  const ctx = context(stricter)
  const connection = await aConnection(ctx)
  await stage(
    test.db,
    connection,
    ids(1, 1200).map((zohoInvoiceId, at) => ({
      zohoInvoiceId,
      invoice: { debtor: { email: at % 2 === 0 ? null : 'a@b.example' } },
    })),
  )
  expect(await reassessStagedInvoices(ctx)).toBe(1200)
  expect(await reassessStagedInvoices(ctx)).toBe(0)
  const { items } = await listClientInvoices(ctx, connection.client_id, {
    filter: { eligibility: 'blocked' },
    limit: 1,
  })
  expect(items[0]?.blockers).toMatchObject([{ code: 'email_missing' }])
})

it('stops when asked to and goes on next time', async () => {
  const ctx = context(parsePolicy({ minDaysOverdue: 3 }))
  const stop = AbortSignal.abort()
  expect(await reassessStagedInvoices(ctx, { signal: stop })).toBe(0)
  expect(await reassessStagedInvoices(ctx)).toBe(1200)
})

it('a command judges by the policy of today even before the rows were assessed again', async () => {
  const ctx = context(stricter)
  const connection = await aConnection(ctx)
  await stage(test.db, connection, [
    { zohoInvoiceId: 'a1', proven: true, invoice: { debtor: { email: null } } },
  ])
  const { id } = await submitCommand(ctx, {
    clientId: connection.client_id,
    subject: 'u',
    selection: { filter: { eligibility: 'eligible' } },
    confirmUndisputed: true,
  })
  await settle(ctx, id)
  expect(await countsOf(test.db, id)).toMatchObject({ created: 0, ineligible: 1 })
})
