/** A client of our own HTTP interface, as a host portal would be one: used by the demo and by black-box tests. */
import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { z } from 'zod'

export interface PortalClientOptions {
  readonly url: string
  readonly jwtSecret: string
  readonly clientId: string
  readonly subject?: string
  readonly clientName?: string
  /** Default: client. */
  readonly role?: Role
}

type Role = 'client' | 'operator' | 'host'

export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
}

interface PortalClaims {
  readonly clientId: string
  readonly subject: string
  readonly role?: Role
  readonly clientName?: string
}

const sign = (
  secret: string,
  claims: PortalClaims,
  expiresIn: string,
  more: Record<string, string> = {},
): Promise<string> =>
  new SignJWT({
    client_id: claims.clientId,
    role: claims.role ?? 'client',
    ...(claims.clientName ? { client_name: claims.clientName } : {}),
    ...more,
  })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(claims.subject)
    // A token works once as a hand-over: two of one second must differ.
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(expiresIn)
    .sign(new TextEncoder().encode(secret))

/** Signs what a host portal would sign for one of its people: a bearer token. */
export const signPortalToken = (secret: string, claims: PortalClaims, expiresIn = '1h'): Promise<string> =>
  sign(secret, claims, expiresIn)

/** Signs a sign-in link's token: good for one hand-over within two minutes, and no bearer token. */
export const signSignInToken = (secret: string, claims: PortalClaims): Promise<string> =>
  sign(secret, claims, '2m', { purpose: 'sign-in' })

const problem = z.object({ code: z.string(), detail: z.string().optional() })
const formAction = /<form[^>]*action="([^"]+)"[^>]*>([\s\S]*?)<\/form>/g
const hiddenField = /<input[^>]*type="hidden"[^>]*>/g
const attribute = (tag: string, name: string) => new RegExp(`${name}="([^"]*)"`).exec(tag)?.[1]
const decodeEntities = (text: string) =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')

/** Opens a browser-like session and calls the API with a bearer token. */
export const createPortalClient = (options: PortalClientOptions) => {
  const subject = options.subject ?? 'demo@example.test'
  const claims = {
    clientId: options.clientId,
    subject,
    ...(options.role ? { role: options.role } : {}),
    ...(options.clientName ? { clientName: options.clientName } : {}),
  }
  const token = (expiresIn?: string) => signPortalToken(options.jwtSecret, claims, expiresIn)

  const call = async (
    path: string,
    init: { method?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<ApiAnswer> => {
    const response = await fetch(new URL(path, options.url), {
      method: init.method ?? 'GET',
      headers: {
        authorization: `Bearer ${await token()}`,
        ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...init.headers,
      },
      ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? null : JSON.parse(text) }
  }

  /** Calls and parses; anything but 2xx is an error with the problem's code. */
  const request = async <Schema extends z.ZodType>(
    schema: Schema,
    path: string,
    init?: { method?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<z.output<Schema>> => {
    const { status, body } = await call(path, init)
    if (status >= 300) {
      const known = problem.safeParse(body)
      throw new Error(
        `${init?.method ?? 'GET'} ${path}: ${status} ${known.success ? `${known.data.code} ${known.data.detail ?? ''}` : ''}`,
      )
    }
    return schema.parse(body)
  }

  /** Walks the OAuth redirects with cookies, as a browser does, and presses Accept (or Reject) on the consent page. */
  const connect = async (
    decision: 'accept' | 'reject' = 'accept',
  ): Promise<{ finalUrl: URL; status: number }> => {
    const cookies = new Map<string, string>()
    const follow = async (url: URL, init: RequestInit = {}): Promise<Response> => {
      const ours = url.origin === new URL(options.url).origin
      const response = await fetch(url, {
        ...init,
        redirect: 'manual',
        headers: {
          ...(init.headers as Record<string, string> | undefined),
          ...(ours ? { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } : {}),
        },
      })
      if (ours)
        for (const line of response.headers.getSetCookie()) {
          const [pair = ''] = line.split(';')
          cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
        }
      const location = response.headers.get('location')
      if (response.status >= 300 && response.status < 400 && location) return follow(new URL(location, url))
      Object.defineProperty(response, 'url', { value: url.href })
      return response
    }
    const start = new URL('/session', options.url)
    start.searchParams.set('token', await signSignInToken(options.jwtSecret, claims))
    await follow(start)
    const consent = await follow(new URL('/integrations/zoho-books/connect', options.url))
    const html = await consent.text()
    for (const [, action = '', inner = ''] of html.matchAll(formAction)) {
      const button = [...inner.matchAll(/<button[^>]*>/g)]
        .map(([tag]) => tag)
        .find((tag) => attribute(tag, 'id') === decision)
      if (!button) continue
      const body = new URLSearchParams()
      for (const [tag] of inner.matchAll(hiddenField))
        body.append(
          decodeEntities(attribute(tag, 'name') ?? ''),
          decodeEntities(attribute(tag, 'value') ?? ''),
        )
      const name = attribute(button, 'name')
      if (name) body.append(name, attribute(button, 'value') ?? '')
      const end = await follow(new URL(decodeEntities(action), consent.url), { method: 'POST', body })
      return { finalUrl: new URL(end.url), status: end.status }
    }
    throw new Error(`No consent page at ${new URL(consent.url).pathname} (${consent.status})`)
  }

  return { call, request, connect, token }
}

export type PortalClient = ReturnType<typeof createPortalClient>
