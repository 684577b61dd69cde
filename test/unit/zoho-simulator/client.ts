import { SIMULATOR_CLIENT_ID, SIMULATOR_CLIENT_SECRET, type Simulator } from '../../zoho-simulator/index.ts'

/** What these tests know of Zoho: plain HTTP, nothing of the simulator's insides. */
export const redirectUri = 'http://app.example/oauth/zoho?from=zoho'

export type Json = Record<string, unknown>
export type Row = Record<string, string>

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Json
}

export async function request(url: string, init: RequestInit = {}): Promise<Reply> {
  const answer = await fetch(url, { redirect: 'manual', ...init })
  const text = await answer.text()
  const isJson = (answer.headers.get('content-type') ?? '').includes('json') && text !== ''
  return { status: answer.status, headers: answer.headers, text, json: isJson ? JSON.parse(text) : {} }
}

export function consentUrl(origin: string, change: Record<string, string | undefined> = {}): string {
  const url = new URL('/oauth/v2/auth', origin)
  const parameters = {
    response_type: 'code',
    client_id: SIMULATOR_CLIENT_ID,
    scope: 'ZohoBooks.invoices.READ,ZohoBooks.settings.READ',
    redirect_uri: redirectUri,
    access_type: 'offline',
    prompt: 'consent',
    state: 's3cr3t',
    ...change,
  }
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return url.href
}

/** Reads the consent page and submits its form, as a browser without JavaScript would. */
export async function decide(
  origin: string,
  decision: 'accept' | 'reject',
  change: Record<string, string | undefined> = {},
): Promise<URL> {
  const page = await request(consentUrl(origin, change))
  if (page.status === 302) return new URL(page.headers.get('location') ?? '')
  const form = new URLSearchParams({ decision })
  for (const [tag] of page.text.matchAll(/<input[^>]*>/g)) {
    const [, name = ''] = /name="([^"]*)"/.exec(tag) ?? []
    const [, value = ''] = /value="([^"]*)"/.exec(tag) ?? []
    const wanted = tag.includes('type="hidden"') || / checked/.test(tag)
    if (wanted) form.set(name, value.replaceAll('&amp;', '&').replaceAll('&quot;', '"'))
  }
  const answer = await request(new URL('/oauth/v2/auth', origin).href, { method: 'POST', body: form })
  return new URL(answer.headers.get('location') ?? '')
}

export function callToken(origin: string, fields: Record<string, string>): Promise<Reply> {
  const body = new URLSearchParams({
    client_id: SIMULATOR_CLIENT_ID,
    client_secret: SIMULATOR_CLIENT_SECRET,
    ...fields,
  })
  return request(`${origin}/oauth/v2/token`, { method: 'POST', body })
}

export function redeem(origin: string, callback: URL, change: Record<string, string> = {}): Promise<Reply> {
  const code = callback.searchParams.get('code') ?? ''
  return callToken(origin, { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...change })
}

export function refresh(
  origin: string,
  refreshToken: unknown,
  change: Record<string, string> = {},
): Promise<Reply> {
  return callToken(origin, { grant_type: 'refresh_token', refresh_token: String(refreshToken), ...change })
}

export interface Books {
  readonly token: string
  readonly organizationId: string
  /** GET below /books/v3 with the organization set. */
  get(path: string, query?: Record<string, string>, init?: RequestInit): Promise<Reply>
  rows(query?: Record<string, string>): Promise<Row[]>
}

/** A client of the first organization (or another one) with a token of its own. */
export function openBooks(simulator: Simulator, organizationId?: string): Books {
  const granted = simulator.control.grant()
  const id = organizationId ?? simulator.control.organizations()[0]?.organizationId ?? ''
  const get: Books['get'] = (path, query = {}, init = {}) =>
    request(`${granted.origin}/books/v3${path}?${new URLSearchParams({ organization_id: id, ...query })}`, {
      headers: { authorization: `Zoho-oauthtoken ${granted.accessToken}` },
      ...init,
    })
  return {
    token: granted.accessToken,
    organizationId: id,
    get,
    rows: async (query) => (await get('/invoices', query)).json['invoices'] as Row[],
  }
}
