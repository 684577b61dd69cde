import { createHash, randomBytes } from 'node:crypto'
import { type Answer, jsonAnswer } from './answer.ts'
import type { AccessGrant, DataCenter, RefreshGrant, User, World } from './world.ts'

const TEN_MINUTES = 600_000
const TOKENS_PER_TEN_MINUTES = 10
const LIVE_ACCESS_TOKENS = 15
const REFRESH_TOKENS_PER_USER = 20
const CODE_LIFETIME = 120_000
const ACCESS_LIFETIME = 3_600_000

const newToken = (world: World): string => {
  const token = `1000.${randomBytes(16).toString('hex')}.${randomBytes(16).toString('hex')}`
  world.issued?.add(token)
  return token
}
/** Tokens are kept as hashes only, so that the state file holds nothing one could sign in with. */
export const tokenKey = (token: string) => createHash('sha256').update(token).digest('base64url')
const pair = (userId: string, clientId: string) => `${userId} ${clientId}`
const recent = (times: readonly number[], now: number) => times.filter((time) => time > now - TEN_MINUTES)

/** Answers of the token endpoint that say no: HTTP 200 with an `error` (contract 3). */
export function tokenError(error: string): Answer {
  return jsonAnswer(200, { error })
}

/** The throttle: 400 "Access Denied"; text and status can be switched (contract 3). */
export function throttled(world: World): Answer {
  const { throttleText, throttleStatus } = world.switches
  const body =
    throttleText === 'english'
      ? {
          error_description:
            'You have made too many requests continuously. Please try again after some time.',
          error: 'Access Denied',
          status: 'failure',
        }
      : { error_description: '您的请求过于频繁，请稍后再试。', error: '拒绝访问', status: 'failure' }
  return jsonAnswer(throttleStatus, body)
}

interface Consent {
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly redirectUri: string
  readonly offline: boolean
  readonly promptConsent: boolean
}

/**
 * Issues a code in the user's data centre, or undefined when the code throttle says no (contract 2). A refresh token
 * will come with it only for `offline`, and only on the first grant or with `prompt=consent`.
 */
export function issueCode(
  world: World,
  user: User,
  consent: Consent,
): { code: string; home: DataCenter } | undefined {
  const home = world.dataCenters.get(user.dataCenter)
  if (!home) throw new Error(`user ${user.id} lives in an unknown data centre ${user.dataCenter}`)
  const now = world.clock.now()
  const key = pair(user.id, consent.clientId)
  const times = recent(home.codeTimes.get(key) ?? [], now)
  if (world.switches.throttleCodes && times.length >= TOKENS_PER_TEN_MINUTES) return undefined
  home.codeTimes.set(key, [...times.slice(-50), now])
  for (const [code, grant] of home.codes) if (grant.expiresAt <= now) home.codes.delete(code)
  const code = newToken(world)
  home.codes.set(code, {
    userId: user.id,
    clientId: consent.clientId,
    scopes: consent.scopes,
    redirectUri: consent.redirectUri,
    withRefreshToken: consent.offline && (consent.promptConsent || !world.consents.has(key)),
    expiresAt: now + CODE_LIFETIME,
  })
  world.consents.add(key)
  return { code, home }
}

/** Drops access tokens whose hour is over, so that long runs do not grow. */
function sweepAccessTokens(home: DataCenter, now: number): void {
  if (home.accessTokens.size < 5000) return
  for (const [token, grant] of home.accessTokens) if (grant.expiresAt <= now) home.accessTokens.delete(token)
}

function storeAccess(world: World, home: DataCenter, grant: Omit<AccessGrant, 'expiresAt'>): string {
  const now = world.clock.now()
  sweepAccessTokens(home, now)
  const token = newToken(world)
  home.accessTokens.set(tokenKey(token), { ...grant, expiresAt: now + ACCESS_LIFETIME })
  return token
}

/** Mints an access token: the 11th in ten minutes is throttled, the 16th live one kills the oldest (contract 3). */
function mint(world: World, home: DataCenter, refresh: RefreshGrant): string | undefined {
  const now = world.clock.now()
  refresh.minted = recent(refresh.minted, now)
  if (world.switches.throttleTokens && refresh.minted.length >= TOKENS_PER_TEN_MINUTES) return undefined
  refresh.minted.push(now)
  const { userId, clientId, scopes } = refresh
  const token = storeAccess(world, home, { userId, clientId, scopes })
  refresh.live = [
    ...refresh.live.filter((live) => (home.accessTokens.get(live)?.expiresAt ?? 0) > now),
    tokenKey(token),
  ]
  while (refresh.live.length > LIVE_ACCESS_TOKENS) home.accessTokens.delete(refresh.live.shift() ?? '')
  return token
}

function success(
  world: World,
  home: DataCenter,
  access: string,
  scopes: readonly string[],
  refresh?: string,
): Answer {
  const { apiDomain, scopeKey } = world.switches
  return jsonAnswer(200, {
    access_token: access,
    ...(refresh === undefined ? {} : { refresh_token: refresh }),
    ...(scopeKey ? { scope: scopes.join(' ') } : {}),
    ...(apiDomain === 'own' ? { api_domain: home.origin } : {}),
    ...(apiDomain === 'generic' ? { api_domain: 'https://api.zoho.com' } : {}),
    token_type: 'Bearer',
    expires_in: ACCESS_LIFETIME / 1000,
  })
}

/** At most 20 refresh tokens per user and client; the oldest is deleted silently, in use or not (contract 2). */
function storeRefresh(home: DataCenter, refresh: RefreshGrant): void {
  home.refreshTokens.set(refresh.key, refresh)
  const own = [...home.refreshTokens.values()].filter(
    (other) => other.userId === refresh.userId && other.clientId === refresh.clientId,
  )
  for (const oldest of own.slice(0, -REFRESH_TOKENS_PER_USER)) dropRefreshToken(home, oldest.key)
}

/** Redeems a code once, within two minutes, at the data centre that issued it (contract 3). */
export function redeemCode(
  world: World,
  home: DataCenter,
  { clientId, code, redirectUri }: { clientId: string; code: string; redirectUri: string },
): Answer {
  const grant = home.codes.get(code)
  if (!grant || grant.clientId !== clientId || grant.expiresAt <= world.clock.now())
    return tokenError('invalid_code')
  if (grant.redirectUri !== redirectUri) return tokenError('invalid_redirect_uri')
  home.codes.delete(code)
  const { userId, scopes } = grant
  if (!grant.withRefreshToken) {
    return success(world, home, storeAccess(world, home, { userId, clientId, scopes }), scopes)
  }
  const token = newToken(world)
  const refresh: RefreshGrant = { key: tokenKey(token), userId, clientId, scopes, minted: [], live: [] }
  storeRefresh(home, refresh)
  world.onGrant()
  const access = mint(world, home, refresh)
  return access === undefined ? throttled(world) : success(world, home, access, scopes, token)
}

/** Refreshes; the answer never holds a refresh token (contract 3). */
export function refreshAccess(world: World, home: DataCenter, clientId: string, token: string): Answer {
  const refresh = home.refreshTokens.get(tokenKey(token))
  if (!refresh || refresh.clientId !== clientId) return tokenError('invalid_code')
  const access = mint(world, home, refresh)
  return access === undefined ? throttled(world) : success(world, home, access, refresh.scopes)
}

/** Forgets a refresh token (named by its key) and kills its access tokens. */
export function dropRefreshToken(home: DataCenter, key: string): boolean {
  const refresh = home.refreshTokens.get(key)
  if (!refresh) return false
  for (const live of refresh.live) home.accessTokens.delete(live)
  return home.refreshTokens.delete(key)
}

/** The user takes the app off Connected Apps: all grants of that client die, the next consent is a first one. */
export function removeApp(world: World, userId: string, clientId?: string): number {
  let dropped = 0
  for (const home of world.dataCenters.values()) {
    for (const refresh of [...home.refreshTokens.values()]) {
      if (refresh.userId !== userId || (clientId !== undefined && refresh.clientId !== clientId)) continue
      dropRefreshToken(home, refresh.key)
      dropped += 1
    }
    for (const [key, access] of home.accessTokens) {
      if (access.userId === userId && (clientId === undefined || access.clientId === clientId))
        home.accessTokens.delete(key)
    }
  }
  for (const key of [...world.consents]) {
    if (clientId === undefined ? key.startsWith(`${userId} `) : key === pair(userId, clientId))
      world.consents.delete(key)
  }
  return dropped
}
