import { type JWTPayload, SignJWT } from 'jose'
import type { Ctx } from '../../../src/context.ts'
import { verifyToken } from '../../../src/portal/auth/verify-token.ts'
import { aClock, type TestConfig, testConfig } from '../../support/context.ts'

const secret = 'a secret of the host portal, long enough'
const clock = aClock('2026-06-10T12:00:00Z')
const now = clock.now().getTime() / 1000
const hour = 3_600

const sign = (claims: Record<string, unknown>, { by = secret, alg = 'HS256' } = {}) =>
  new SignJWT({
    sub: 'user-1',
    client_id: 'acme',
    role: 'client',
    iat: now,
    exp: now + hour,
    ...claims,
  } as JWTPayload)
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(by))

/** `ok`, or the code of the refusal. */
const verdict = async (
  claims: Record<string, unknown>,
  {
    use = 'bearer',
    config = {},
    ...signing
  }: { use?: 'bearer' | 'sign-in'; config?: TestConfig; by?: string; alg?: string } = {},
): Promise<string> => {
  const ctx = { config: testConfig({ portalJwtSecret: secret, ...config }), clock } as unknown as Ctx
  return verifyToken(ctx, await sign(claims, signing), use).then(
    () => 'ok',
    (error: { code: string }) => error.code,
  )
}
const link = { purpose: 'sign-in', exp: now + 120 }

it('says who is asking', async () => {
  const ctx = { config: testConfig({ portalJwtSecret: secret }), clock } as unknown as Ctx
  const token = await sign({ name: 'Ann', client_name: 'Acme', jti: 'x', sign_in_nonce: 'n' })
  expect(await verifyToken(ctx, token, 'bearer')).toEqual({
    identity: { clientId: 'acme', subject: 'user-1', role: 'client', name: 'Ann', sessionId: undefined },
    clientName: 'Acme',
    expiresAt: new Date((now + hour) * 1000),
    nonce: 'n',
    isUnique: true,
  })
  expect(await verifyToken(ctx, await sign({}), 'bearer')).toMatchObject({
    identity: { name: null },
    isUnique: false,
  })
})

it.each<[string, Record<string, unknown>, Parameters<typeof verdict>[1], string]>([
  ['of this portal', {}, {}, 'ok'],
  ['signed with another secret', {}, { by: `${secret}!` }, 'token_invalid'],
  ['signed by another algorithm', {}, { alg: 'HS512' }, 'token_invalid'],
  ['that has expired', { iat: now - hour, exp: now - 1 }, {}, 'token_expired'],
  ['without an end', { exp: undefined }, {}, 'token_invalid'],
  ['without a client', { client_id: undefined }, {}, 'token_invalid'],
  ['without a person', { sub: undefined }, {}, 'token_invalid'],
  ['without a role', { role: undefined }, {}, 'token_invalid'],
  ['of a role that is none', { role: 'root' }, {}, 'token_invalid'],
  ['of a person with a line break in the name', { name: 'a\nb' }, {}, 'token_invalid'],
  ['for 24 hours', { exp: now + 24 * hour }, {}, 'ok'],
  ['for 24 hours by a clock that is a minute ahead', { iat: now + 60, exp: now + 24 * hour + 60 }, {}, 'ok'],
  ['for longer', { exp: now + 24 * hour + 61 }, {}, 'token_invalid'],
  ['for longer by a clock that is ahead', { iat: now + 60, exp: now + 24 * hour + 61 }, {}, 'token_invalid'],
  ['for longer since it was issued', { iat: now - 2 * hour, exp: now + 23 * hour }, {}, 'token_invalid'],
  [
    'for longer that does not say when it was issued',
    { iat: undefined, exp: now + 25 * hour },
    {},
    'token_invalid',
  ],
  ['issued a minute ahead of our clock', { iat: now + 60 }, {}, 'ok'],
  ['issued further ahead', { iat: now + 61 }, {}, 'token_invalid'],
  ['of the audience that is asked for', { aud: 'us' }, { config: { portalJwtAudience: 'us' } }, 'ok'],
  ['of another audience', { aud: 'them' }, { config: { portalJwtAudience: 'us' } }, 'token_invalid'],
  ['of the issuer that is asked for', { iss: 'us' }, { config: { portalJwtIssuer: 'us' } }, 'ok'],
  ['of another issuer', { iss: 'them' }, { config: { portalJwtIssuer: 'us' } }, 'token_invalid'],
  ['that is a sign-in link', link, {}, 'token_invalid'],
])('a bearer token %s: %j', async (_what, claims, options, expected) => {
  expect(await verdict(claims, options)).toBe(expected)
})

it.each<[string, Record<string, unknown>, TestConfig, string]>([
  ['for two minutes', link, {}, 'ok'],
  ['for two minutes by a clock that is a minute ahead', { ...link, iat: now + 60, exp: now + 180 }, {}, 'ok'],
  ['for longer', { ...link, exp: now + 121 }, {}, 'token_invalid'],
  ['for longer from now on', { ...link, iat: now + 60, exp: now + 181 }, {}, 'token_invalid'],
  ['that does not say when it was issued', { ...link, iat: undefined }, {}, 'token_invalid'],
  ['for another purpose', { ...link, purpose: 'reset' }, {}, 'token_invalid'],
  ['without a purpose', {}, {}, 'ok'],
  ['without a purpose where one is asked for', {}, { signInPurposeRequired: true }, 'token_invalid'],
  ['with its purpose where one is asked for', link, { signInPurposeRequired: true }, 'ok'],
])('a sign-in link %s', async (_what, claims, config, expected) => {
  expect(await verdict(claims, { use: 'sign-in', config })).toBe(expected)
})
