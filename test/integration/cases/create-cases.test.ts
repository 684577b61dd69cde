/** Create Cases against the simulator: nobody who has paid gets a case, no invoice gets two, every item says why. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { claimCommand } from '../../../db/cases/case-commands.repo.ts'
import { listAttempts } from '../../../db/operator/work-history.repo.ts'
import { createCasesFailed } from '../../../src/cases/create-cases.ts'
import { getBalanceNow, getCase } from '../../../src/cases/get-case.ts'
import { type Chunk, insertChunk } from '../../../src/cases/insert-chunk.ts'
import { retryCommand } from '../../../src/cases/retry-command.ts'
import { submitCommand } from '../../../src/cases/submit-command.ts'
import { builtInPolicy } from '../../../src/eligibility/policy.ts'
import { AppError } from '../../../src/errors.ts'
import { afterAnswer } from '../../support/after-answer.ts'
import type { BuiltConnection } from '../../support/builders.ts'
import type { TestConfig, TestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { waitingForLocks } from '../../support/forced-order.ts'
import { simulatedContext } from '../../support/simulated-zoho.ts'
import { type Simulator, startSimulator } from '../../zoho-simulator/index.ts'
import {
  attempt as attemptSync,
  connectTo,
  makeDue,
  settle as settleSync,
  stagedOf,
  syncNow,
} from '../sync/support.ts'
import {
  attempt,
  casesOf,
  commandOf,
  countsOf,
  itemsOf,
  loseProgress,
  outcomesOf,
  settle,
} from './support.ts'

let test: TestDatabase
let simulator: Simulator
let ctx: TestContext
let organizationId: string
let connection: BuiltConnection

const context = (config: TestConfig = {}) =>
  simulatedContext(test.db, simulator, {
    policy: builtInPolicy,
    config: { ...config, zoho: { requestsPerMinute: 1_000_000, ...config.zoho } },
  })

beforeAll(async () => {
  test = await createTestDatabase({ poolSize: 10 })
  simulator = await startSimulator({ invoices: 0, switches: { throttleTokens: false } })
})
afterAll(async () => {
  await simulator.close()
  await test.drop()
})
beforeEach(async () => {
  simulator.control.clearRules()
  ctx = context()
  organizationId = simulator.control.addOrganization({ invoices: 0 })
  connection = await connectTo(ctx, simulator, organizationId)
})

const add = (fields: Parameters<Simulator['control']['addInvoice']>[0] = {}) =>
  simulator.control.addInvoice({ organization_id: organizationId, ...fields })

const order = (zohoInvoiceIds: readonly string[], acceptPaymentInProgress: readonly string[] = []) =>
  submitCommand(ctx, {
    clientId: connection.client_id,
    subject: 'user-1',
    selection: { zohoInvoiceIds },
    confirmUndisputed: true,
    acceptPaymentInProgress,
  }).then(({ id }) => id)

const makeProofsOld = async () => {
  await test.db
    .updateTable('staged_invoices')
    .set({ proven_at: new Date(0) })
    .where('connection_id', '=', connection.id)
    .execute()
  await test.db.updateTable('connections').set({ proven_at: null }).where('id', '=', connection.id).execute()
}

const reread = () => simulator.control.requests({ path: '/invoices/\\d+$' }).length
const myCases = async () => (await casesOf(test.db)).filter((row) => row.client_id === connection.client_id)

describe('the proof', () => {
  it('is asked for after the command, though a full run has just ended; the case keeps the answer', async () => {
    const ids = [add(), add(), add()]
    await syncNow(ctx, connection.id, 'full')
    const before = reread()
    const id = await order(ids)
    expect(await settle(ctx, id)).toEqual([])
    expect(await countsOf(test.db, id)).toMatchObject({ state: 'completed', total: 3, created: 3 })
    expect(reread()).toBe(before + 3)
    const { created_at: acceptedAt } = await commandOf(test.db, id)
    const [made] = await myCases()
    expect(made?.proof).toMatchObject({
      source: 'invoice',
      amount: '690',
      currencyCode: 'EUR',
      zohoStatus: made?.zoho_status,
    })
    expect(made?.amount_to_recover).toBe('690')
    expect(made?.proven_at.getTime()).toBeGreaterThan(acceptedAt.getTime())
    expect(new Date(made?.proof.requestedAt ?? 0)).toEqual(made?.proven_at)
    expect(Math.abs(Date.parse(made?.proof.zohoTime ?? '') - Date.now())).toBeLessThan(60_000)
    const linked = (await stagedOf(test.db, connection.id)).map((row) => row.case_id)
    expect(linked.sort()).toEqual((await myCases()).map((row) => row.id).sort())
  })

  it.each([
    ['paid', (id: string) => simulator.control.pay(id)],
    ['voided', (id: string) => simulator.control.void(id)],
    ['deleted', (id: string) => simulator.control.delete(id)],
  ])('an invoice %s right after a full run gets no case from a command right after that', async (_, deed) => {
    const id = add()
    await syncNow(ctx, connection.id, 'full')
    deed(id)
    const command = await order([id])
    const { created_at: acceptedAt } = await commandOf(test.db, command)
    expect(await settle(ctx, command)).toEqual([])
    const [item] = await itemsOf(test.db, command)
    expect(item).toMatchObject({ outcome: 'ineligible', reasons: [{ code: 'not_unpaid' }] })
    const asked = simulator.control.requests({ path: `/invoices/${id}$` })
    expect(asked.some(({ at }) => at >= acceptedAt.getTime())).toBe(true)
    expect(await myCases()).toEqual([])
  })

  it('for a command of 5,000 invoices takes no more calls than a full run and ten', async () => {
    organizationId = simulator.control.addOrganization({ invoices: 0 })
    connection = await connectTo(ctx, simulator, organizationId)
    const ids = Array.from({ length: 5_000 }, () => add())
    await syncNow(ctx, connection.id, 'full')
    const calls = () =>
      simulator.control.requests({ path: '/invoices', query: { organization_id: organizationId } }).length
    const before = calls()
    await syncNow(ctx, connection.id, 'full')
    const fullRun = calls() - before
    simulator.control.pay(ids[7] as string)
    const id = await order(ids)
    await attempt(ctx, id)
    await settleSync(ctx, connection.id)
    expect(await settle(ctx, id)).toEqual([])
    expect(await countsOf(test.db, id)).toMatchObject({ created: 4_999, ineligible: 1 })
    expect(calls() - before - fullRun).toBeLessThanOrEqual(fullRun + 10)
    const { created_at: acceptedAt } = await commandOf(test.db, id)
    for (const row of await myCases()) {
      expect(row.proof.source).toBe('full_run')
      expect(row.proven_at.getTime()).toBeGreaterThan(acceptedAt.getTime())
    }
  })

  it('is not that of a full run that began before the command, though it ends after it', async () => {
    const ids = Array.from({ length: 3 }, () => add())
    await syncNow(ctx, connection.id, 'full')
    ctx = context({ tokenEncryptionKeys: ctx.config.tokenEncryptionKeys, zoho: { perPage: 1 } })
    let command: Promise<string> | undefined
    const [first] = ids as [string]
    // The first page has shown it as unpaid; the second is answered after the command.
    simulator.control.before(
      { path: '/invoices$', query: { organization_id: organizationId, page: '2' } },
      1,
      () => {
        command = order([first])
      },
    )
    await syncNow(ctx, connection.id, 'full')
    const id = (await command) ?? ''
    const before = reread()
    expect(await settle(ctx, id)).toEqual([])
    expect(reread()).toBe(before + 1)
    expect((await myCases()).map((row) => row.proof.source)).toEqual(['invoice'])
  })

  it('that is old is renewed: paid, voided and deleted invoices get no case, a changed balance is the case’s', async () => {
    const [paid, voided, deleted, partPaid, same] = [add(), add(), add(), add(), add()] as const
    await syncNow(ctx, connection.id, 'full')
    await makeProofsOld()
    simulator.control.pay(paid)
    simulator.control.void(voided)
    simulator.control.delete(deleted)
    simulator.control.pay(partPaid, '100.00')
    const id = await order([paid, voided, deleted, partPaid, same])
    expect(await settle(ctx, id)).toEqual([])
    expect(await outcomesOf(test.db, id)).toEqual({
      [paid]: 'ineligible',
      [voided]: 'ineligible',
      [deleted]: 'ineligible',
      [partPaid]: 'created',
      [same]: 'created',
    })
    const items = await itemsOf(test.db, id)
    expect(items.slice(0, 3).map((item) => item.reasons.map((reason) => reason.code))).toEqual([
      ['not_unpaid'],
      ['not_unpaid'],
      ['not_unpaid'],
    ])
    const amounts = Object.fromEntries(
      (await myCases()).map((row) => [row.zoho_invoice_id, row.amount_to_recover]),
    )
    expect(amounts).toEqual({ [partPaid]: '590', [same]: '690' })
    const staged = await stagedOf(test.db, connection.id)
    expect(
      Object.fromEntries(staged.map((row) => [row.zoho_invoice_id, [row.state, row.amount_to_recover]])),
    ).toMatchObject({
      [paid]: ['paid', expect.anything()],
      [voided]: ['void', expect.anything()],
      [deleted]: ['removed', expect.anything()],
      [partPaid]: ['open', '590'],
    })
    for (const row of await myCases()) expect(row.proof.source).toBe('invoice')
  })

  it('comes from a full list when that takes fewer calls than re-reading', async () => {
    const ids = Array.from({ length: 40 }, () => add())
    await syncNow(ctx, connection.id, 'full')
    await makeProofsOld()
    simulator.control.pay(ids[0] as string)
    const before = reread()
    const id = await order(ids)
    expect(await attempt(ctx, id)).toBeNull()
    expect(await countsOf(test.db, id)).toMatchObject({ state: 'running', created: 0 })
    expect(ctx.nudged).toContainEqual({ job: 'sync-connection', id: connection.id })
    await settleSync(ctx, connection.id)
    expect(await settle(ctx, id)).toEqual([])
    expect(await countsOf(test.db, id)).toMatchObject({ state: 'completed', created: 39, ineligible: 1 })
    // the full run re-read the one it missed
    expect(reread() - before).toBeLessThanOrEqual(1)
  })

  it('that grows too old while the command waits for its turn is renewed before the case is made', async () => {
    const id = add()
    await syncNow(ctx, connection.id, 'full')
    const command = await order([id])
    let waited: Promise<unknown> = Promise.resolve()
    const held = afterAnswer(ctx, 'getInvoice', 1, async () => {
      const trx = await test.db.startTransaction().execute()
      await sql`select 1 from case_commands where id = ${command} for update`.execute(trx)
      const letGo = async () => {
        simulator.control.pay(id)
        await sql`
          update staged_invoices set looked_at = now() - interval '301 seconds' where zoho_invoice_id = ${id}`.execute(
          trx,
        )
      }
      waited = waitingForLocks(test, 1)
        .then(letGo)
        .finally(() => trx.commit().execute())
      // Heard below, after the attempt that it lets go on.
      waited.catch(() => undefined)
    })
    await attempt(held, command)
    await waited
    await settle(ctx, command)
    expect(await outcomesOf(test.db, command)).toEqual({ [id]: 'ineligible' })
    expect(await myCases()).toEqual([])
  })

  it('by id still works when the clocks of Zoho and here cannot be compared', async () => {
    const ids = [add(), add()]
    await syncNow(ctx, connection.id, 'full')
    simulator.control.advanceClock(-40 * 60_000)
    try {
      await makeProofsOld()
      const id = await order(ids)
      expect(await settle(ctx, id)).toEqual([])
      expect(await countsOf(test.db, id)).toMatchObject({ state: 'completed', created: 2 })
    } finally {
      simulator.control.advanceClock(40 * 60_000)
    }
  })
})

describe('a payment under way', () => {
  it('holds the invoice, unless the client accepts it for this one', async () => {
    const [held, accepted] = [add(), add()] as const
    simulator.control.startPayment(held, '690.00')
    simulator.control.startPayment(accepted, '690.00')
    await syncNow(ctx, connection.id, 'full')
    await makeProofsOld()
    const id = await order([held, accepted], [accepted])
    await settle(ctx, id)
    expect(await outcomesOf(test.db, id)).toEqual({ [held]: 'ineligible', [accepted]: 'created' })
    const [item] = await itemsOf(test.db, id)
    expect(item?.reasons).toMatchObject([{ code: 'payment_in_progress' }])
    const [made] = await myCases()
    expect(made?.warnings.map((warning) => warning.code)).toContain('payment_in_progress')
  })
})

describe('duplicates', () => {
  it('a second order makes no second case, it links the first', async () => {
    const ids = [add(), add()]
    await syncNow(ctx, connection.id, 'full')
    await settle(ctx, await order(ids))
    const made = await myCases()
    const again = await order(ids)
    await settle(ctx, again)
    expect(await countsOf(test.db, again)).toMatchObject({ created: 0, duplicate: 2 })
    expect((await itemsOf(test.db, again)).map((item) => item.case_id)).toEqual(made.map((row) => row.id))
    expect(await myCases()).toEqual(made)
  })

  it('of another client of the same organization are named by reference only', async () => {
    const other = await connectTo(ctx, simulator, organizationId)
    const invoice = add()
    await syncNow(ctx, connection.id, 'full')
    await syncNow(ctx, other.id, 'full')
    await settle(ctx, await order([invoice]))
    const [made] = await myCases()
    const { id } = await submitCommand(ctx, {
      clientId: other.client_id,
      subject: 'user-2',
      selection: { zohoInvoiceIds: [invoice] },
      confirmUndisputed: true,
    })
    await settle(ctx, id)
    expect(await itemsOf(test.db, id)).toMatchObject([
      {
        outcome: 'duplicate',
        case_id: null,
        existing_case_reference: made?.reference,
        reasons: [{ code: 'already_a_case' }],
      },
    ])
    expect((await stagedOf(test.db, other.id))[0]?.case_id).toBe(made?.id)
    await expect(getCase(ctx, { clientId: other.client_id, caseId: made?.id ?? '' })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('orders of two clients at the same time: one case each invoice, whoever was first', async () => {
    const other = await connectTo(ctx, simulator, organizationId)
    const ids = Array.from({ length: 30 }, () => add())
    await syncNow(ctx, connection.id, 'full')
    await syncNow(ctx, other.id, 'full')
    const mine = await order(ids)
    const theirs = await submitCommand(ctx, {
      clientId: other.client_id,
      subject: 'user-2',
      selection: { zohoInvoiceIds: [...ids].reverse() },
      confirmUndisputed: true,
    })
    await Promise.all([settle(ctx, mine), settle(ctx, theirs.id)])
    const [a, b] = [await countsOf(test.db, mine), await countsOf(test.db, theirs.id)]
    expect([a.created + b.created, a.duplicate + b.duplicate]).toEqual([30, 30])
    const made = (await casesOf(test.db)).filter((row) => row.zoho_organization_id === organizationId)
    expect(made).toHaveLength(30)
  })
})

describe('when things go wrong', () => {
  it('one invoice that Zoho cannot serve waits, and fails alone in the end; a retry touches only that', async () => {
    const [good, bad, fine] = [add(), add(), add()] as const
    await syncNow(ctx, connection.id, 'full')
    simulator.control.fail({ match: { path: `/invoices/${bad}$` }, times: 0, action: 'html502' })
    const id = await order([good, bad, fine])
    expect(await attempt(ctx, id)).toBe('zoho_unavailable')
    expect(await outcomesOf(test.db, id)).toEqual({ [good]: 'created', [bad]: null, [fine]: 'created' })
    expect(await commandOf(test.db, id)).toMatchObject({ state: 'running', error_code: 'zoho_unavailable' })
    await loseProgress(test.db, id)
    await settle(ctx, id)
    expect(await outcomesOf(test.db, id)).toEqual({ [good]: 'created', [bad]: 'failed', [fine]: 'created' })
    const failed = (await itemsOf(test.db, id)).find((item) => item.zoho_invoice_id === bad)
    expect(failed?.reasons).toMatchObject([{ code: 'not_proven' }])

    simulator.control.clearRules()
    const retry = await retryCommand(ctx, {
      clientId: connection.client_id,
      subject: 'user-1',
      commandId: id,
    })
    const twice = await retryCommand(ctx, {
      clientId: connection.client_id,
      subject: 'user-1',
      commandId: id,
    })
    expect(twice).toEqual(retry)
    await settle(ctx, retry.id)
    expect(await outcomesOf(test.db, retry.id)).toEqual({ [bad]: 'created' })
    expect(await countsOf(test.db, id)).toMatchObject({ created: 2, failed: 1 })
    await expect(
      retryCommand(ctx, { clientId: connection.client_id, subject: 'user-1', commandId: retry.id }),
    ).rejects.toMatchObject({ code: 'selection_empty' })
  })

  it('Zoho as a whole is sat out: nothing fails, the row waits and says why', async () => {
    const ids = [add(), add(), add(), add()]
    await syncNow(ctx, connection.id, 'full')
    await makeProofsOld()
    simulator.control.fail({ match: { path: '/invoices/' }, times: 0, action: 'html502' })
    const id = await order(ids)
    expect(await attempt(ctx, id)).toBe('zoho_unavailable')
    expect(await commandOf(test.db, id)).toMatchObject({
      state: 'running',
      failed: 0,
      error_code: 'zoho_unavailable',
      lease_token: null,
    })
    simulator.control.clearRules()
    await settle(ctx, id)
    expect(await commandOf(test.db, id)).toMatchObject({ state: 'completed', created: 4, error_code: null })
    const attempts = await listAttempts(test.db, id)
    expect(attempts.map(({ outcome, errorCode }) => [outcome, errorCode])).toEqual([
      ['completed', null],
      ['failed', 'zoho_unavailable'],
    ])
  })

  it('an outage in the middle of a command fails nothing: what it left undecided is carried out after it', async () => {
    ctx = context({ tokenEncryptionKeys: ctx.config.tokenEncryptionKeys, zoho: { maxInFlight: 2 } })
    const ids = Array.from({ length: 11 }, () => add())
    await syncNow(ctx, connection.id, 'full')
    const outage = simulator.control.fail({
      match: { path: '/invoices/' },
      after: 4,
      times: 0,
      action: 'reset',
    })
    const id = await order(ids)
    expect(await attempt(ctx, id)).toBe('zoho_unavailable')
    const during = await commandOf(test.db, id)
    // said at once, not only when the queue has tried in vain
    await sql`update case_commands set error_code = null where id = ${id}`.execute(test.db)
    expect(await attempt(ctx, id, { last: false })).toBe('zoho_unavailable')
    expect(await commandOf(test.db, id)).toMatchObject({ error_code: 'zoho_unavailable' })
    expect(during).toMatchObject({ state: 'running', failed: 0, error_code: 'zoho_unavailable' })
    expect(during.created).toBeGreaterThan(0)
    simulator.control.pay(ids[10] as string)
    expect(await attempt(ctx, id)).toBe('zoho_unavailable')
    simulator.control.removeRule(outage)
    await settle(ctx, id)
    expect(await countsOf(test.db, id)).toMatchObject({
      state: 'completed',
      created: 10,
      ineligible: 1,
      failed: 0,
    })
  })

  it('an outage that outlasts the patience fails what it left as not proven', async () => {
    const ids = [add(), add()]
    await syncNow(ctx, connection.id, 'full')
    simulator.control.fail({ match: { path: '/invoices/' }, times: 0, action: 'reset' })
    const id = await order(ids)
    expect(await attempt(ctx, id)).toBe('zoho_unavailable')
    await loseProgress(test.db, id)
    await settle(ctx, id)
    expect(await countsOf(test.db, id)).toMatchObject({ state: 'completed', created: 0, failed: 2 })
    for (const { reasons } of await itemsOf(test.db, id))
      expect(reasons).toMatchObject([{ code: 'not_proven' }])
  })

  it('Zoho’s daily limit makes the command wait until it is over', async () => {
    const ids = [add(), add()]
    await syncNow(ctx, connection.id, 'full')
    await makeProofsOld()
    simulator.control.fail({
      match: { path: '/invoices/' },
      times: 1,
      action: {
        status: 429,
        body: JSON.stringify({ code: 45, message: 'limit' }),
        headers: { 'x-rate-limit-reset': '3600' },
      },
    })
    const id = await order(ids)
    expect(await attempt(ctx, id)).toBe('zoho_day_limit')
    const waiting = await commandOf(test.db, id)
    expect(waiting).toMatchObject({ state: 'running', error_code: 'zoho_day_limit' })
    expect((waiting.next_attempt_at?.getTime() ?? 0) - Date.now()).toBeGreaterThan(60_000)
    await test.db.deleteFrom('organization_budgets').execute()
    await settle(ctx, id)
    expect(await countsOf(test.db, id)).toMatchObject({ state: 'completed', created: 2 })
  })

  it('what delays the full run that a command waits for is said of the command too', async () => {
    const ids = Array.from({ length: 40 }, () => add())
    await syncNow(ctx, connection.id, 'full')
    simulator.control.fail({
      match: { path: '/invoices$' },
      action: {
        status: 429,
        body: JSON.stringify({ code: 45, message: 'limit' }),
        headers: { 'x-rate-limit-reset': '3600' },
      },
    })
    const id = await order(ids)
    await attempt(ctx, id)
    await makeDue(test.db, connection.id)
    await attemptSync(ctx, connection.id)
    await attempt(ctx, id)
    expect(await commandOf(test.db, id)).toMatchObject({ state: 'running', error_code: 'zoho_day_limit' })
    await test.db.deleteFrom('organization_budgets').execute()
    await makeDue(test.db, connection.id)
    await settle(ctx, id)
    expect(await countsOf(test.db, id)).toMatchObject({ state: 'completed', created: 40 })
    expect(await commandOf(test.db, id)).toMatchObject({ error_code: null })
  })

  it('a revoked grant completes the command: proven items are cases, the rest failed with reconnect_required', async () => {
    const [proven, other, third] = [add(), add(), add()] as const
    await syncNow(ctx, connection.id, 'full')
    await makeProofsOld()
    simulator.control.revoke()
    simulator.control.expireAccessTokens()
    const id = await order([other, proven, third])
    await test.db
      .updateTable('staged_invoices')
      .set({ looked_at: sql<Date>`now()` })
      .where('zoho_invoice_id', '=', proven)
      .execute()
    await settle(ctx, id)
    expect(await countsOf(test.db, id)).toMatchObject({ state: 'completed', created: 1, failed: 2 })
    const [failed] = await itemsOf(test.db, id)
    expect(failed).toMatchObject({ outcome: 'failed', reasons: [{ code: 'reconnect_required' }] })
  })

  it('a grant revoked between two answers completes the command: what was read before is a case, the rest failed', async () => {
    ctx = context({ tokenEncryptionKeys: ctx.config.tokenEncryptionKeys, zoho: { maxInFlight: 1 } })
    const ids = Array.from({ length: 6 }, () => add())
    await syncNow(ctx, connection.id, 'full')
    await makeProofsOld()
    simulator.control.before({ path: '/invoices/\\d+$' }, 3, () => {
      simulator.control.revoke()
      simulator.control.expireAccessTokens()
    })
    const id = await order(ids)
    await settle(ctx, id)
    expect(await countsOf(test.db, id)).toMatchObject({
      state: 'completed',
      total: 6,
      created: 2,
      failed: 4,
    })
    for (const { reasons } of (await itemsOf(test.db, id)).slice(2))
      expect(reasons).toMatchObject([{ code: 'reconnect_required' }])
  })

  it('a disconnect completes the command with connection_gone', async () => {
    const invoice = add()
    await syncNow(ctx, connection.id, 'full')
    const id = await order([invoice])
    await test.db
      .updateTable('connections')
      .set({ state: 'disconnected' })
      .where('id', '=', connection.id)
      .execute()
    await settle(ctx, id)
    expect(await itemsOf(test.db, id)).toMatchObject([
      { outcome: 'failed', reasons: [{ code: 'connection_gone' }] },
    ])
  })

  it('a full run that never comes is waited for as long as patience lasts; then the rest is not proven', async () => {
    const ids = Array.from({ length: 40 }, () => add())
    await syncNow(ctx, connection.id, 'full')
    const id = await order(ids)
    expect(await attempt(ctx, id)).toBeNull()
    expect(await countsOf(test.db, id)).toMatchObject({ state: 'running', failed: 0 })
    await loseProgress(test.db, id)
    expect(await attempt(ctx, id)).toBeNull()
    expect(await countsOf(test.db, id)).toMatchObject({ state: 'completed', created: 0, failed: 40 })
    expect((await itemsOf(test.db, id))[0]).toMatchObject({ reasons: [{ code: 'not_proven' }] })
  })

  it('while the connection has a problem no full run is waited for; of sixty read again, fifty are cases before the others are asked for', async () => {
    ctx = context({ tokenEncryptionKeys: ctx.config.tokenEncryptionKeys, zoho: { maxInFlight: 1 } })
    const ids = Array.from({ length: 60 }, () => add())
    await syncNow(ctx, connection.id, 'full')
    await test.db
      .updateTable('connections')
      .set({ state: 'error', problem_code: 'zoho_unavailable' })
      .where('id', '=', connection.id)
      .execute()
    const id = await order(ids)
    let before: number | undefined
    await attempt(
      afterAnswer(ctx, 'getInvoice', 51, async () => {
        before = (await myCases()).length
      }),
      id,
    )
    expect(before).toBe(50)
    expect(await commandOf(test.db, id)).toMatchObject({
      state: 'completed',
      created: 60,
      full_run_armed_at: null,
    })
  })

  it('some invoices without an answer do not keep another from being asked for', async () => {
    ctx = context({ tokenEncryptionKeys: ctx.config.tokenEncryptionKeys, zoho: { maxInFlight: 1 } })
    const silent = Array.from({ length: 4 }, () => add())
    const good = add()
    await syncNow(ctx, connection.id, 'full')
    simulator.control.fail({
      match: { path: `/invoices/(${silent.join('|')})$` },
      times: 0,
      action: 'reset',
    })
    const id = await order([...silent, good])
    for (let at = 0; at < 4; at += 1) await attempt(ctx, id)
    expect(await outcomesOf(test.db, id)).toMatchObject({ [good]: 'created' })
    expect(await commandOf(test.db, id)).toMatchObject({ state: 'running', created: 1, failed: 0 })
  })

  it('an attempt that lost its lease leaves the row to whoever has it', async () => {
    const id = await order([add()])
    const before = await commandOf(test.db, id)
    await createCasesFailed(ctx, id, new AppError('lease_lost'), { last: true })
    expect(await commandOf(test.db, id)).toEqual(before)
  })

  it('what never gets better fails what is left with its own code', async () => {
    const id = await order([add()])
    await createCasesFailed(ctx, id, new AppError('zoho_permission_missing'), { last: true })
    expect(await countsOf(test.db, id)).toMatchObject({ state: 'completed', failed: 1 })
    expect(await itemsOf(test.db, id)).toMatchObject([{ reasons: [{ code: 'zoho_permission_missing' }] }])
  })

  describe('a chunk', () => {
    const held = async (ids: readonly string[]) => {
      const commandId = await order(ids)
      const leaseToken = randomUUID()
      await claimCommand(test.db, commandId, { leaseToken, lockSeconds: 30 })
      const origin = {
        commandId,
        clientId: connection.client_id,
        connectionId: connection.id,
        organizationId,
        dataCenter: connection.data_center,
        createdBy: 'user-1',
        proofMaxAgeSeconds: 300,
      }
      return { commandId, insert: (chunk: Chunk) => insertChunk(ctx, origin, leaseToken, chunk) }
    }
    const nothing: Chunk = { ready: [], duplicates: [], decided: [] }

    it('that is decided twice is counted once', async () => {
      const { commandId, insert } = await held([add()])
      const decided: Chunk['decided'] = [{ ordinal: 1, outcome: 'ineligible', reasons: [] }]
      await insert({ ...nothing, decided })
      await insert({ ...nothing, decided })
      expect(await countsOf(test.db, commandId)).toMatchObject({ ineligible: 1 })
    })

    it('whose invoice became a case a moment before links that case, and the list shows it', async () => {
      const invoice = add()
      await syncNow(ctx, connection.id, 'full')
      await settle(ctx, await order([invoice]))
      const [made] = await myCases()
      await test.db
        .updateTable('staged_invoices')
        .set({ case_id: null })
        .where('zoho_invoice_id', '=', invoice)
        .execute()
      const [staged] = await stagedOf(test.db, connection.id)
      const { commandId, insert } = await held([invoice])
      await insert({
        ...nothing,
        ready: [
          {
            ordinal: 1,
            zohoInvoiceId: invoice,
            contentHash: staged?.content_hash ?? '',
            warnings: [],
            evidence: { required: [], present: [], complete: true } as never,
          },
        ],
      })
      expect(await itemsOf(test.db, commandId)).toMatchObject([{ outcome: 'duplicate', case_id: made?.id }])
      expect(await stagedOf(test.db, connection.id)).toMatchObject([{ case_id: made?.id }])
    })
  })

  it('a row that the database refuses fails alone', async () => {
    const ids = [add(), add({ customer_name: 'Poison Ltd' }), add()]
    await syncNow(ctx, connection.id, 'full')
    await sql`alter table cases add constraint no_poison check (debtor_name <> 'Poison Ltd')`.execute(test.db)
    try {
      const id = await order(ids)
      await settle(ctx, id)
      expect((await itemsOf(test.db, id)).map((item) => item.outcome)).toEqual([
        'created',
        'failed',
        'created',
      ])
      expect(await countsOf(test.db, id)).toMatchObject({ state: 'completed', created: 2, failed: 1 })
    } finally {
      await sql`alter table cases drop constraint no_poison`.execute(test.db)
    }
  })

  it('a worker that stops in the middle loses nothing: another goes on where it was', async () => {
    ctx = context({ tokenEncryptionKeys: ctx.config.tokenEncryptionKeys, zoho: { maxInFlight: 1 } })
    const ids = Array.from({ length: 6 }, () => add())
    await syncNow(ctx, connection.id, 'full')
    const id = await order(ids)
    const before = reread()
    const stop = new AbortController()
    simulator.control.before({ path: '/invoices/\\d+$' }, 3, () => stop.abort())
    await attempt(ctx, id, { signal: stop.signal })
    const { state, created } = await countsOf(test.db, id)
    expect(state).toBe('running')
    expect(created).toBeGreaterThan(0)
    expect(created).toBeLessThan(6)
    await settle(ctx, id)
    expect(await countsOf(test.db, id)).toMatchObject({ state: 'completed', created: 6 })
    // the one that was asked for when it was told to stop may have been asked for twice
    expect(reread() - before).toBeLessThanOrEqual(7)
  })

  it('a worker that slept through its lease writes nothing, though nobody has taken the command over', async () => {
    const id = add()
    await syncNow(ctx, connection.id, 'full')
    await makeProofsOld()
    const command = await order([id])
    const sleeping = afterAnswer(ctx, 'getInvoice', 1, () =>
      sql`update case_commands set lease_until = now() where id = ${command}`.execute(test.db),
    )
    expect(await attempt(sleeping, command)).toBe('lease_lost')
    expect(await myCases()).toEqual([])
    expect(await outcomesOf(test.db, command)).toEqual({ [id]: null })
    await settle(ctx, command)
    expect(await outcomesOf(test.db, command)).toEqual({ [id]: 'created' })
  })

  it('four workers on one command: one works, the others find nothing to do', async () => {
    const ids = Array.from({ length: 10 }, () => add())
    await syncNow(ctx, connection.id, 'full')
    const id = await order(ids)
    const before = reread()
    expect(await Promise.all(Array.from({ length: 4 }, () => attempt(ctx, id)))).toEqual([
      null,
      null,
      null,
      null,
    ])
    expect(await listAttempts(test.db, id)).toHaveLength(1)
    expect(reread()).toBe(before + 10)
    expect(await countsOf(test.db, id)).toMatchObject({ state: 'completed', created: 10 })
    expect(await myCases()).toHaveLength(10)
  })
})

describe('a case', () => {
  it('shows its source, proof and trail, and what Zoho says now; its claim does not change', async () => {
    const invoice = add()
    await syncNow(ctx, connection.id, 'full')
    await settle(ctx, await order([invoice]))
    const [made] = await myCases()
    const caseId = made?.id ?? ''
    const clientId = connection.client_id
    simulator.control.pay(invoice, '90.00')
    expect(await getBalanceNow(ctx, { clientId, caseId })).toMatchObject({
      state: 'found',
      balance: '600.00',
    })
    expect(await getCase(ctx, { clientId, caseId })).toMatchObject({
      id: caseId,
      zohoInvoiceId: invoice,
      zohoOrganizationId: organizationId,
      reference: expect.stringMatching(/^[A-Z\d]{8}$/),
      status: 'pending_verification',
      amountToRecover: '690.00',
      createdBy: 'user-1',
      proof: { amount: '690.00' },
      trail: [
        { action: 'case_command.submitted' },
        { action: 'case_command.completed', details: { created: 1 } },
      ],
      invoiceState: 'partly_paid',
      outstanding: '600.00',
    })
    simulator.control.delete(invoice)
    expect(await getBalanceNow(ctx, { clientId, caseId })).toMatchObject({ state: 'removed' })
  })
})
