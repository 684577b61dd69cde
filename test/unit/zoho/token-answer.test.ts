import { judgeTokenAnswer } from '../../../src/zoho/token-answer.ts'

const judge = (status: number, body: unknown) =>
  judgeTokenAnswer({ status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) })

const token = { access_token: '1000.a.b', api_domain: 'https://www.zohoapis.eu', token_type: 'Bearer' }
const throttle = { error_description: 'x', error: 'Access Denied', status: 'failure' }

it.each([
  [200, { ...token, expires_in: 3600 }, 3600],
  [200, { ...token, expires_in: '3600' }, 3600],
  [200, { ...token, expires_in: 3_600_000 }, 3600],
  [200, { ...token, expires_in: 3_600_000, expires_in_sec: 3600 }, 3600],
  [200, token, 3600],
])('%d %j is a token for %d seconds', (status, body, expiresIn) => {
  expect(judge(status, body)).toMatchObject({ verdict: 'token', expiresIn })
})

it.each([
  [200, { error: 'invalid_code' }],
  [400, { error: 'invalid_code' }],
])('%d %j means that the grant is dead', (status, body) => {
  expect(judge(status, body)).toEqual({ verdict: 'invalid_code' })
})

it.each([
  [200, 'invalid_client'],
  [401, 'invalid_client'],
  [200, 'invalid_client_secret'],
  [400, 'invalid_redirect_uri'],
])('%d with %s is our fault', (status, error) => {
  expect(judge(status, { error })).toEqual({ verdict: 'our_fault', reason: error })
})

it.each([
  [400, throttle],
  [200, throttle],
  [400, { error: '拒绝访问', error_description: '您的请求过于频繁', status: 'failure' }],
  [400, { error: 'access_denied' }],
  [400, {}],
  [429, { error: 'whatever' }],
  [429, 'slow down'],
])('%d %j is a throttle', (status, body) => {
  expect(judge(status, body)).toMatchObject({ verdict: 'inconclusive', throttled: true })
})

it.each([
  [200, ''],
  [200, '<html>Maintenance</html>'],
  [200, '{"access_token":"1000.a'],
  [200, '[]'],
  [200, 'null'],
  [200, {}],
  [200, { error: 'general_error' }],
  [200, { error: 'invalid_grant' }],
  [200, { access_token: '' }],
  [200, { access_token: 'line\nbreak', expires_in: 3600 }],
  [200, { access_token: 5, expires_in: 3600 }],
  [200, { ...token, expires_in: 'soon' }],
  [200, { ...token, expires_in: 0 }],
  [200, { ...token, expires_in: 0.5 }],
  [200, { ...token, expires_in: -1 }],
  [302, ''],
  [400, '<html>Bad Request</html>'],
  [404, '<html></html>'],
  [500, { error: 'invalid_code' }],
  [500, { ...token, expires_in: 3600 }],
  [502, '<html>Bad Gateway</html>'],
  [503, { error: 'invalid_client' }],
])('%d %j says nothing, so the grant is kept', (status, body) => {
  expect(judge(status, body)).toMatchObject({ verdict: 'inconclusive', throttled: false })
})

it('an error beside a token counts as an error', () => {
  expect(judge(200, { ...token, expires_in: 3600, error: 'invalid_code' })).toEqual({
    verdict: 'invalid_code',
  })
})
