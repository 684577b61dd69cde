/** What a page weighs over the wire, and what a browser may keep. */
import { createHash } from 'node:crypto'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { aConnection } from '../../support/builders.ts'
import { stage } from '../../support/staged.ts'
import { bearer, signIn, startPortal, type TestPortal } from './portal-fixture.ts'

let portal: TestPortal
let cookie: string
let clientId: string

const words = [
  'Nordlys',
  'Möbel',
  'Atelier',
  'Fjord',
  'Brandt',
  'Lumière',
  'Kontor',
  'Hansen',
  'Sol',
  'Clarke',
]

beforeAll(async () => {
  portal = await startPortal()
  const connection = await aConnection(portal.ctx)
  clientId = connection.client_id
  await stage(
    portal.database.db,
    connection,
    Array.from({ length: 60 }, (_, at) => ({
      zohoInvoiceId: `98200000056${7000 + at * 37}`,
      invoice: {
        creditorReference: `INV-${4500 + at * 7}`,
        amountToRecover: `${900 + ((at * 7919) % 90_000)}.${10 + (at % 90)}`,
        claimDescription: `PO ${8800 + at * 13}, ${words[(at * 3) % 10]}`,
        zohoCustomerId: `98200000000${1000 + at * 11}`,
        debtor: { name: `${words[at % 10]} & ${words[(at * 7 + 3) % 10]} ${at} GmbH` },
      },
    })),
  )
  cookie = await signIn(portal, { client_id: clientId })
})
afterAll(() => portal.close())

const get = (url: string, encoding: string) =>
  portal.app.inject({ url, headers: { cookie, 'accept-encoding': encoding, accept: 'text/html' } })

it('Bulk Import of 50 rows with its styles stays within 25 kB, its scripts within 20 kB, and nothing holds up its first sight', async () => {
  const page = await get('/bulk-import', 'br')
  expect(page.headers['content-encoding']).toBe('br')
  const html = brotliDecompressSync(page.rawPayload).toString()
  expect(html.match(/data-row=/g)).toHaveLength(50)
  const weigh = async (kind: RegExp) => {
    const addresses = [...html.matchAll(kind)].map(([, address = '']) => address)
    expect(addresses).not.toEqual([])
    const answers = await Promise.all(addresses.map((address) => get(address, 'br')))
    return answers.reduce((sum, answer) => sum + answer.rawPayload.length, 0)
  }
  const shared = await get('/assets/shared.js', 'br')
  const weights = {
    html: page.rawPayload.length,
    scripts: (await weigh(/<script[^>]* src="([^"]+)"/g)) + shared.rawPayload.length,
  }
  expect(weights.html).toBeLessThan(25_000)
  expect(weights.scripts).toBeLessThan(20_000)
  // A style sheet, or a script that is no module, would be one more way to the server and back before anything is seen.
  expect(html).not.toMatch(/<link rel="stylesheet"|<script(?! type="module")/)
  expect(html.match(/<script /g)).toHaveLength(5)
})

it.each(['/bulk-import', '/cases', '/integrations'])(
  'the policy of %s allows its styles, and no others',
  async (path) => {
    const page = await get(path, 'identity')
    const [, styles = ''] = /<style>(.*?)<\/style>/s.exec(page.body) ?? []
    expect(styles).toContain('.topbar')
    const sum = createHash('sha256').update(styles).digest('base64')
    expect(page.headers['content-security-policy']).toContain(`style-src 'self' 'sha256-${sum}';`)
  },
)

it('a script asks for the middle of a page only', async () => {
  const part = await portal.app.inject({ url: '/bulk-import', headers: { cookie, 'x-part': '1' } })
  expect(part.body).toContain('data-row=')
  expect(part.body).not.toContain('<nav class="nav"')
  expect(part.body).not.toContain('<script')
  expect(part.headers.vary).toMatch(/X-Part/)
})

it('the API answers in what is asked for: brotli, gzip, or plain', async () => {
  const ask = async (encoding: string) =>
    portal.app.inject({
      url: '/api/invoices?limit=50',
      headers: { ...(await bearer({ client_id: clientId })), 'accept-encoding': encoding },
    })
  const [plain, gzip, br] = await Promise.all([ask('identity'), ask('gzip'), ask('gzip, br')])
  expect(plain.headers['content-encoding']).toBeUndefined()
  expect(gunzipSync(gzip.rawPayload).toString()).toBe(plain.body)
  expect(brotliDecompressSync(br.rawPayload).toString()).toBe(plain.body)
  expect(gzip.headers.vary).toMatch(/accept-encoding/i)
})

it('the lists are files too, as filtered', async () => {
  const headers = await bearer({ client_id: clientId })
  const invoices = await portal.app.inject({ url: '/api/invoices.csv?minAmount=1000&sort=amount', headers })
  expect(invoices.headers).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="unpaid-invoices.csv"',
  })
  const amounts = invoices.body
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => Number(/,(\d+\.\d\d),EUR/.exec(line)?.[1]))
  expect(amounts).toHaveLength(59)
  expect(amounts).toEqual([...amounts].sort((a, b) => a - b))
  const cases = await portal.app.inject({ url: '/api/cases.csv?status=withdrawn', headers })
  expect(cases.body.trim()).toMatch(/^\uFEFF?reference,status,/)
  const refused = await portal.app.inject({ url: '/api/invoices.csv?dueFrom=yesterday', headers })
  expect(refused.statusCode).toBe(400)
})

it('what carries its hash in the address is kept for a year', async () => {
  const html = (await get('/bulk-import', 'identity')).body
  const [, address = ''] = /<script[^>]* src="([^"]+)"/.exec(html) ?? []
  expect((await get(address, 'br')).headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-encoding': 'br',
  })
})

it('the token of a form is another one in each page, and each is good', async () => {
  const tokens = await Promise.all(
    [1, 2].map(async () => /name="_csrf" value="([^"]+)"/.exec((await get('/cases', 'identity')).body)?.[1]),
  )
  expect(new Set(tokens).size).toBe(2)
  for (const token of tokens) {
    const answer = await portal.app.inject({
      method: 'POST',
      url: '/bulk-import/review',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({ _csrf: token ?? '', ids: '' }).toString(),
    })
    expect(answer.statusCode).toBe(200)
  }
})
