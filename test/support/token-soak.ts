/**
 * Many connections over simulated days: the simulator's clock and the rows' times move together in steps, due tokens
 * are refreshed, people look at organizations, and a share of the token calls fails in every known way.
 */
import { sql } from 'kysely'
import { listOrganizations } from '../../src/connections/organizations.ts'
import { isAppError } from '../../src/errors.ts'
import { refreshAccessToken, tokenRefreshFailed } from '../../src/tokens/refresh-access-token.ts'
import type { FailureAction, Simulator } from '../zoho-simulator/index.ts'
import type { BuiltConnection } from './builders.ts'
import type { TestContext } from './context.ts'
import { aGrantedConnection } from './simulated-zoho.ts'
import { passTime } from './token-rows.ts'

export interface SoakOptions {
  readonly connections: number
  readonly hours: number
  /** Share of the refreshes that meet a fault. */
  readonly faults: number
  readonly seed: number
}

export interface SoakReport {
  readonly refreshes: number
  readonly faultsPlanned: number
  /** Throttle answers that no planned fault explains: we minted too often. */
  readonly throttledByUs: number
  /** What callers were told, by code, and how often; the rest got their answer. */
  readonly refusals: Readonly<Record<string, number>>
  /** Connections by state at the end. */
  readonly states: Readonly<Record<string, number>>
  /** Connections that could not be used after an hour without faults. */
  readonly unusable: number
}

const stepMinutes = 5
const faultActions: readonly FailureAction[] = [
  'html502',
  'empty',
  'truncate',
  'reset',
  'hang',
  { status: 500, body: { code: 1000 } },
  { status: 200, body: { error: 'general_error' } },
  { status: 400, body: { error: '拒绝访问', status: 'failure' } },
]

/** mulberry32: small, seeded, good enough to choose faults. */
const seededRandom = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const inParallel = async <T>(items: readonly T[], width: number, work: (item: T) => Promise<void>) => {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: width }, worker))
}

export const soakTokens = async (
  ctx: TestContext,
  simulator: Simulator,
  { connections: count, hours, faults, seed }: SoakOptions,
): Promise<SoakReport> => {
  const random = seededRandom(seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const { control } = simulator
  const organization = control.organizations()[0]?.organizationId ?? ''
  const connections: BuiltConnection[] = []
  for (let at = 0; at < count; at++) {
    // A user of Zoho has at most 20 grants per client (contract 2).
    const userId = control.addUser({ organizationIds: [organization] })
    connections.push(
      await aGrantedConnection(ctx, simulator, { userId, expiresInSeconds: 3600 * (at / count) }),
    )
  }
  await sql`update oauth_tokens set next_refresh_at = now()`.execute(ctx.db)

  const refusals: Record<string, number> = {}
  const refused = (error: unknown) => {
    if (!isAppError(error) || error.retry === 'never') throw error
    refusals[error.code] = (refusals[error.code] ?? 0) + 1
  }
  let faultsPlanned = 0
  let throttlesPlanned = 0
  const planFault = (share: number) => {
    if (random() >= share) return
    const action = pick(faultActions)
    faultsPlanned += 1
    if (typeof action === 'object' && 'status' in action && action.status === 400) throttlesPlanned += 1
    control.fail({ match: { grantType: 'refresh_token' }, action })
  }

  const step = async (share: number) => {
    control.advanceClock(stepMinutes * 60_000)
    await passTime(ctx.db, stepMinutes * 60)
    const { rows: due } = await sql<{ id: string }>`
      select connection_id as id from oauth_tokens where next_refresh_at <= now()`.execute(ctx.db)
    if (random() < share) control.expireAccessTokens(pick(control.users()).id)
    await inParallel(due, 8, async ({ id }) => {
      planFault(share)
      try {
        await refreshAccessToken(ctx, id)
      } catch (error) {
        refused(error)
        if (isAppError(error)) await tokenRefreshFailed(ctx, id, error, { last: true })
      }
    })
    await inParallel([pick(connections), pick(connections)], 2, async ({ client_id: clientId }) => {
      await listOrganizations(ctx, { clientId }).catch(refused)
    })
  }

  const steps = (hours * 60) / stepMinutes
  for (let at = 0; at < steps; at++) await step(faults)
  const throttledByUs = control.counters().tokensThrottled - throttlesPlanned

  // One quiet hour heals everything.
  control.clearRules()
  for (let at = 0; at < 60 / stepMinutes; at++) await step(0)
  let unusable = 0
  await inParallel(connections, 8, async ({ client_id: clientId }) => {
    await listOrganizations(ctx, { clientId }).catch(() => {
      unusable += 1
    })
  })
  const { rows: states } = await sql<{ state: string; n: number }>`
    select state, count(*) as n from connections group by state`.execute(ctx.db)
  return {
    refreshes: control.counters().tokenCallsByGrant['refresh_token'] ?? 0,
    faultsPlanned,
    throttledByUs,
    refusals,
    states: Object.fromEntries(states.map(({ state, n }) => [state, n])),
    unusable,
  }
}
