import { startPortal, type TestPortal } from './portal-fixture.ts'

interface Operation {
  readonly operationId?: string
  readonly tags?: readonly string[]
  readonly summary?: string
  readonly responses: Readonly<Record<string, unknown>>
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

let portal: TestPortal
let document: Document
beforeAll(async () => {
  portal = await startPortal({ config: { demoSignIn: true } })
  document = (await portal.app.inject('/docs/json')).json()
})
afterAll(() => portal.close())

it.each([
  'get /integrations/zoho-books/connect',
  'get /integrations/zoho-books/callback',
  'get /session',
  'post /sign-in',
  'post /sign-out',
  'get /api/connection',
  'delete /api/connection',
  'post /api/connection/sync',
  'get /api/connection/organizations',
  'put /api/connection/organization',
  'get /api/sync-runs',
  'get /api/set-aside-rows',
  'get /api/invoices',
  'get /api/invoices/summary',
  'get /api/invoices/{zohoInvoiceId}',
  'post /api/case-commands',
  'get /api/case-commands',
  'post /api/case-commands/preview',
  'get /api/case-commands/{id}',
  'get /api/case-commands/{id}/result.csv',
  'post /api/case-commands/{id}/retry',
  'get /api/cases',
  'get /api/cases/{id}',
  'get /api/cases/{id}/balance-now',
  'get /api/events',
  'post /webhooks/zoho-books/{token}',
  'get /healthz',
  'get /readyz',
  'get /metrics',
])('describes %s', (route) => {
  const [method = '', path = ''] = route.split(' ')
  const operation = document.paths[path]?.[method]
  expect(operation?.summary).toBeTruthy()
  expect(operation?.tags).toHaveLength(1)
})

it('every operation below /api names its errors', () => {
  const operations = Object.entries(document.paths)
    .filter(([path]) => path.startsWith('/api/'))
    .flatMap(([, methods]) => Object.values(methods))
  expect(operations.length).toBeGreaterThan(20)
  for (const { responses } of operations)
    expect(responses['default']).toMatchObject({
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    })
})

it('names its shapes and gives examples', () => {
  const names = Object.keys(document.components.schemas)
  for (const name of ['Invoice', 'Case', 'Connection', 'CaseCommand', 'Problem', 'Finding'])
    expect(names).toContain(name)
  expect(JSON.stringify(document.components.schemas['Invoice'])).toContain('INV-00042')
})

interface Schema {
  readonly type?: unknown
  readonly properties?: unknown
}

/** Every object type that stands where it is used instead of under a name. */
const unnamed = (value: unknown, at: string): string[] => {
  if (typeof value !== 'object' || value === null) return []
  const { type, properties } = value as Schema
  const own = type === 'object' && properties !== undefined ? [at] : []
  return [
    ...own,
    ...Object.entries(value)
      .filter(([key]) => !key.startsWith('example'))
      .flatMap(([key, inner]) => unnamed(inner, `${at}/${key}`)),
  ]
}

it('every object has a name, and no two names mean the same', () => {
  expect(unnamed(document.paths, 'paths')).toEqual([])
  const inside = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
    unnamed(schema, name).filter((at) => at !== name),
  )
  expect(inside).toEqual([])
  const shapes = Object.entries(document.components.schemas).map(([, schema]) => JSON.stringify(schema))
  expect(new Set(shapes).size).toBe(shapes.length)
  expect(Object.keys(document.components.schemas).filter((name) => name.endsWith('Input'))).toEqual([])
})

it('every reference leads somewhere, and every name is in use', () => {
  const text = JSON.stringify(document)
  const used = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name)
  expect([...new Set(used)].sort()).toEqual(Object.keys(document.components.schemas).sort())
})

it('every operation has an id of its own, made of its method and path', () => {
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  )
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toEqual(
    expect.arrayContaining([
      'getInvoices',
      'postCaseCommands',
      'getCaseCommandsById',
      'getCaseCommandsByIdResultCsv',
      'deleteConnection',
    ]),
  )
})

it('the pages are no part of it', () => {
  expect(Object.keys(document.paths)).not.toContain('/integrations')
})

it('its browser works under our headers: no inline script', async () => {
  const page = await portal.app.inject('/docs')
  expect(page.statusCode).toBe(200)
  expect(page.body).not.toMatch(/<script(?![^>]*src=)[^>]*>\s*\S/)
  expect(page.headers['content-security-policy']).toContain("script-src 'self';")
  const script = /src="([^"]*swagger-initializer\.js)"/.exec(page.body)?.[1] ?? ''
  const loaded = await portal.app.inject(new URL(script, 'http://x/docs/').pathname)
  expect(loaded.statusCode).toBe(200)
})
