/** What every page keeps to, whatever data it is given. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pageStyles, pageStylesSource } from '../../../src/portal/http/page-styles.ts'
import { assetAddress, assetsDirectory } from '../../../src/portal/pages/assets.ts'
import { BulkImportPage } from '../../../src/portal/pages/bulk-import/bulk-import-page.tsx'
import { type CommandItemView, CommandPage } from '../../../src/portal/pages/bulk-import/command-page.tsx'
import { InvoicePage } from '../../../src/portal/pages/bulk-import/invoice-page.tsx'
import { CasePage } from '../../../src/portal/pages/cases/case-page.tsx'
import { outcomeOf } from '../../../src/portal/pages/integrations/outcome.ts'
import { renderPage } from '../../../src/portal/pages/render.tsx'
import { aCase, bulkImport, command, invoice, now, previewContext, previews } from './previews.tsx'

const attack = '"><script>alert(1)</script>\'&amp;'
const render = (page: Parameters<typeof renderPage>[1]) => renderPage(previewContext(), page)

describe.each(Object.keys(previews))('page %s', (name) => {
  const page = previews[name]
  const html = page ? render(page()) : ''

  it('needs no inline script, and no inline style but the one that the policy names', () => {
    const rest = html.replace(`<style>${pageStyles}</style></head>`, '')
    expect(rest).not.toBe(html)
    expect(rest).not.toMatch(/<script(?![^>]* src=)/)
    expect(rest).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/)
  })

  it('is seen without waiting for another answer: no style sheet, no script that holds up the parser', () => {
    expect(html).not.toContain('rel="stylesheet"')
    expect(html.replaceAll('<script type="module" ', '')).not.toContain('<script')
  })

  it('has one h1, one title, and no two elements with one id', () => {
    expect(html.match(/<h1/g)).toHaveLength(1)
    expect(html.match(/<title>/g)).toHaveLength(1)
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('stays under 100 kB', () => {
    expect(html.length - pageStyles.length).toBeLessThan(100_000)
  })

  it('a form that writes carries the CSRF token', () => {
    const forms = html.match(/<form[^>]*method="post"[^>]*>.*?<\/form>/gs) ?? []
    const guarded = forms.filter((form) => !form.includes('action="/sign-in"'))
    for (const form of guarded) expect(form).toContain('name="_csrf" value="csrf-token"')
  })
})

it('forms that write are found in the pages at all', () => {
  const html = Object.values(previews).map((page) => render(page()))
  expect(html.join('').match(/<form[^>]*method="post"/g)?.length).toBeGreaterThan(20)
})

describe('what comes from Zoho', () => {
  const hostile = invoice({
    creditorReference: attack,
    claimDescription: attack,
    debtor: {
      name: attack,
      email: attack,
      phone: attack,
      address: attack,
      city: attack,
      zipCode: attack,
      state: attack,
      countryAlpha2: attack,
      type: null,
      contactPerson: attack,
      companyRegistrationNumber: attack,
      typeSource: null,
      emailSource: 'contact',
      phoneSource: null,
    },
    zohoStatus: attack,
    currencyCode: attack,
    blockers: [{ code: 'x', message: attack, until: attack }],
    eligible: false,
  })

  it.each([
    ['the list', <BulkImportPage key="1" view={bulkImport({ rows: [hostile] })} />],
    ['an invoice', <InvoicePage key="2" invoice={hostile} back="/bulk-import" />],
    [
      'a case',
      <CasePage
        key="3"
        view={aCase({
          debtor: hostile.debtor,
          creditorReference: attack,
          status: 'withdrawn',
          withdrawnReason: attack,
          history: [{ at: now, what: attack, who: attack }],
          documents: [
            {
              id: attack,
              kind: 'upload',
              state: 'stored',
              fileName: attack,
              sizeBytes: 1,
              addedBy: attack,
              storedAt: now,
              problem: attack,
            },
          ],
        })}
      />,
    ],
  ])('is text in %s', (_, page) => {
    const html = render(page)
    expect(html).not.toContain('<script>alert')
    expect(html).toContain('&lt;script>alert(1)&lt;/script>')
  })

  it('a page of 100 invoices stays under 100 kB', () => {
    const rows = Array.from({ length: 100 }, (_, n) => invoice({ zohoInvoiceId: `98200000056${n}` }))
    const html = render(<BulkImportPage view={bulkImport({ rows })} />)
    expect(html.length - pageStyles.length).toBeLessThan(100_000)
  })
})

describe('results of an order', () => {
  const held = {
    ...command().items[0],
    outcome: 'ineligible',
    reasons: [{ code: 'payment_in_progress', message: 'A payment is under way.' }],
  } as CommandItemView

  it('offer as controls what can be done now, and nothing that would be refused', () => {
    const view = command({ items: [held] })
    const offered = render(<CommandPage view={view} />)
    expect(offered).toMatch(/<a href="\/bulk-import\/review\?ids=1">Confirm anyway<\/a>/)
    expect(offered).toMatch(/<button type="submit"[^>]*>Try the failed ones again<\/button>/)
    expect(render(<CommandPage view={{ ...view, mayConfirm: false }} />)).not.toContain('Confirm anyway')
    const lost = render(<CommandPage view={{ ...view, needsReconnect: true }} />)
    expect(lost).toMatch(/<a class="button[^"]*" href="\/integrations\/zoho-books\/connect">Reconnect<\/a>/)
    expect(lost).not.toContain('Try the failed ones again</button>')
  })
})

describe('outcomes in an address', () => {
  it('only words of ours are shown', () => {
    expect(outcomeOf({ error: 'connect_denied' })?.title).toBe(
      'Access was not granted in Zoho. Nothing was connected.',
    )
    expect(outcomeOf({ error: attack })?.title).not.toContain('script')
    expect(outcomeOf({ done: 'constructor' })).toBeUndefined()
    expect(outcomeOf({})).toBeUndefined()
  })
})

describe('assets', () => {
  it('the styles of a page are the ones whose sum the policy names, in an element they cannot end', () => {
    const sum = createHash('sha256').update(pageStyles).digest('base64')
    expect(pageStylesSource).toBe(`'sha256-${sum}'`)
    expect(pageStyles).not.toContain('</')
    expect(pageStyles).toContain('@media print')
  })

  it('a part of a page comes without styles: the page around it has them', () => {
    const part = renderPage({ ...previewContext(), part: true }, <BulkImportPage view={bulkImport()} />)
    expect(part).not.toContain('<style')
  })

  it('an address carries the hash of the content', () => {
    for (const file of readdirSync(assetsDirectory)) expect(assetAddress(file)).toMatch(/\?v=[\w-]{12}$/)
    expect(() => assetAddress('../app.ts')).toThrow()
  })

  it('scripts import nothing but the shared module, which is never loaded by its hashed address', () => {
    for (const file of readdirSync(assetsDirectory).filter((name) => name.endsWith('.js'))) {
      const imports = [...readFileSync(join(assetsDirectory, file), 'utf8').matchAll(/from '([^']+)'/g)]
      expect(imports.filter(([, from]) => file === 'shared.js' || from !== './shared.js')).toEqual([])
    }
    const all = Object.values(previews).map((page) => render(page()))
    expect(all.join('')).not.toContain('shared.js?')
  })
})
