import { type Answer, type Call, htmlAnswer, jsonAnswer } from './answer.ts'
import { renderConsentPage, renderErrorPage } from './consent-page.tsx'
import { hasJsonBody, readParameters } from './form-body.ts'
import { parseScopes } from './scopes.ts'
import { dropRefreshToken, issueCode, redeemCode, refreshAccess, tokenError, tokenKey } from './tokens.ts'
import type { Client, DataCenter, User, World } from './world.ts'

interface AuthorizationRequest {
  readonly client: Client
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly offline: boolean
  readonly promptConsent: boolean
  readonly state: string | undefined
  readonly parameters: readonly (readonly [string, string])[]
}

const carried = [
  'response_type',
  'client_id',
  'scope',
  'redirect_uri',
  'access_type',
  'prompt',
  'state',
] as const

/** The request as Zoho checks it; a string names what is wrong with it (contract 2). */
function parseAuthorization(
  world: World,
  read: (name: string) => string | undefined,
): AuthorizationRequest | string {
  if (read('response_type') !== 'code') return 'Invalid response type'
  const client = world.clients.get(read('client_id') ?? '')
  if (!client) return 'Invalid Client'
  const redirectUri = read('redirect_uri') ?? ''
  const registered = client.redirectUris.length === 0 || client.redirectUris.includes(redirectUri)
  if (!registered || !/^https?:$/.test(URL.canParse(redirectUri) ? new URL(redirectUri).protocol : '')) {
    return 'Invalid Redirect Uri'
  }
  const scopes = parseScopes(read('scope') ?? '')
  if (!scopes) return 'Invalid OAuth scope'
  return {
    client,
    redirectUri,
    scopes,
    offline: read('access_type') === 'offline',
    promptConsent: read('prompt') === 'consent',
    state: read('state'),
    parameters: carried.flatMap((name) => {
      const value = read(name)
      return value === undefined ? [] : [[name, value] as const]
    }),
  }
}

const errorPage = (problem: string) => htmlAnswer(400, renderErrorPage(problem))

function redirect(redirectUri: string, parameters: Readonly<Record<string, string | undefined>>): Answer {
  const target = new URL(redirectUri)
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) target.searchParams.append(name, value)
  }
  return { status: 302, headers: { Location: target.href }, body: '' }
}

/** Back to the application with a code, `location` and the `accounts-server` of the user's own data centre (contract 1). */
function accept(world: World, request: AuthorizationRequest, user: User): Answer {
  const { client, redirectUri, state } = request
  const issued = issueCode(world, user, { ...request, clientId: client.id })
  if (!issued) return redirect(redirectUri, { state, error: 'access_denied' })
  const { locationParameters, accountsServer } = world.switches
  const place = { location: issued.home.code, 'accounts-server': accountsServer ?? issued.home.origin }
  return redirect(redirectUri, { state, code: issued.code, ...(locationParameters ? place : {}) })
}

function reject(world: World, { redirectUri, state }: AuthorizationRequest): Answer {
  return redirect(redirectUri, {
    error: 'access_denied',
    state: world.switches.denyState ? state : undefined,
  })
}

function consentPage(world: World, request: AuthorizationRequest): Answer {
  const choices = [...world.users.values()].map(({ id, name, email, organizationIds }) => ({
    userId: id,
    name,
    email,
    organizations: organizationIds.map(
      (organizationId) => world.organizations.get(organizationId)?.name ?? '',
    ),
  }))
  const page = renderConsentPage({ ...request, clientId: request.client.id, choices })
  // Zoho does not let itself be framed.
  return htmlAnswer(200, page, { 'X-Frame-Options': 'SAMEORIGIN' })
}

async function authorize(world: World, call: Call): Promise<Answer> {
  const parameters = await readParameters(call)
  const request = parseAuthorization(world, (name) => parameters.get(name))
  if (typeof request === 'string') return errorPage(request)
  const [onlyUser, another] = world.users.values()
  if (call.method === 'GET') {
    const consented = onlyUser && !another && world.consents.has(`${onlyUser.id} ${request.client.id}`)
    return consented && !request.promptConsent
      ? accept(world, request, onlyUser)
      : consentPage(world, request)
  }
  const user = world.users.get(parameters.get('user') ?? onlyUser?.id ?? '')
  const decision = parameters.get('decision')
  if (!user || (decision !== 'accept' && decision !== 'reject')) return errorPage('An error occurred')
  return decision === 'accept' ? accept(world, request, user) : reject(world, request)
}

/** The client named by the request, or the error Zoho answers (contract 3). */
function authenticate(
  world: World,
  home: DataCenter,
  parameters: ReadonlyMap<string, string>,
): Client | Answer {
  const client = world.clients.get(parameters.get('client_id') ?? '')
  if (!client) return tokenError('invalid_client')
  const secret = client.secrets[home.code] ?? client.secrets['*']
  return parameters.get('client_secret') === secret ? client : tokenError('invalid_client_secret')
}

async function token(world: World, call: Call): Promise<Answer> {
  const { dataCenter: home } = call
  const parameters = await readParameters(call)
  const read = (name: string) => parameters.get(name) ?? ''
  if (call.method !== 'POST') return htmlAnswer(400, renderErrorPage('Request method not supported'))
  if (hasJsonBody(call) && !parameters.has('grant_type')) return tokenError('invalid_client')
  if (!parameters.has('grant_type')) return htmlAnswer(400, renderErrorPage('server error'))
  const client = authenticate(world, home, parameters)
  if ('status' in client) return client
  if (read('grant_type') === 'refresh_token')
    return refreshAccess(world, home, client.id, read('refresh_token'))
  if (read('grant_type') !== 'authorization_code') return tokenError('invalid_client')
  return redeemCode(world, home, {
    clientId: client.id,
    code: read('code'),
    redirectUri: read('redirect_uri'),
  })
}

/** The body of a refused revocation is not known (contract 3). */
function revoked(found: boolean): Answer {
  return found
    ? jsonAnswer(200, { status: 'success' })
    : jsonAnswer(400, { error: 'invalid_token', status: 'failure' })
}

function drop(home: DataCenter, value: string): Answer {
  const key = tokenKey(value)
  const found = dropRefreshToken(home, key)
  return revoked(home.accessTokens.delete(key) || found)
}

/** The older form: no client authentication (contract 3, form A). */
async function revokeByQuery(call: Call): Promise<Answer> {
  return drop(call.dataCenter, (await readParameters(call)).get('token') ?? '')
}

/** The newer form: Basic client authentication (contract 3, form B). */
async function revokeByForm(world: World, call: Call): Promise<Answer> {
  const parameters = await readParameters(call)
  const client = authenticate(world, call.dataCenter, parameters)
  return 'status' in client
    ? jsonAnswer(400, { error: 'invalid_client' })
    : drop(call.dataCenter, parameters.get('token') ?? '')
}

function serverInfo(world: World): Answer {
  const locations = [...world.dataCenters.values()].map(({ code, origin }) => [code, origin])
  return jsonAnswer(200, { result: 'success', locations: Object.fromEntries(locations) })
}

/** Answers everything under /oauth (contract 1 to 3). */
export async function answerAccounts(world: World, call: Call): Promise<Answer> {
  await call.pause()
  const route = `${call.method} ${call.path}`
  if (call.path === '/oauth/v2/token') return token(world, call)
  if (route === 'GET /oauth/v2/auth' || route === 'POST /oauth/v2/auth') return authorize(world, call)
  if (route === 'POST /oauth/v2/token/revoke') return revokeByQuery(call)
  if (route === 'POST /oauth/v2/revoke/token') return revokeByForm(world, call)
  if (route === 'GET /oauth/serverinfo') return serverInfo(world)
  return htmlAnswer(404, renderErrorPage('URL not found'))
}
