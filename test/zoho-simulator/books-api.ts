import { type Answer, booksError, type Call, jsonAnswer, jsonTextAnswer } from './answer.ts'
import { contactDetail, listContacts } from './contacts.ts'
import { detailObject, rowContext } from './invoice-json.ts'
import { invoicePdf } from './invoice-pdf.ts'
import { admit, rateLimitHeaders } from './limits.ts'
import { listInvoices } from './list-invoices.ts'
import { organizationEntry } from './organization-json.ts'
import { allows } from './scopes.ts'
import { tokenKey } from './tokens.ts'
import type { AccessGrant, Organization, User, World } from './world.ts'

const badHeader =
  'The request could not be authenticated as the authentication value you entered is invalid. Enter a valid authentication value and try again.'
const unauthorized = () => booksError(401, 57, 'You are not authorized to perform this operation')

interface Route {
  readonly module: 'settings' | 'invoices' | 'contacts'
  /** `''` for the list. */
  readonly id: string
}

function routeOf(path: string): Route | undefined {
  if (path === '/books/v3/organizations') return { module: 'settings', id: '' }
  const [, module, id = ''] = /^\/books\/v3\/(invoices|contacts)(?:\/([^/]+))?$/.exec(path) ?? []
  return module === undefined ? undefined : { module: module as 'invoices' | 'contacts', id }
}

/** 401/14 without a Zoho-oauthtoken header; 401/57 for a dead, foreign or scope-less token alike (contract 10.2). */
function authenticate(world: World, { dataCenter, headers }: Call, module: string): AccessGrant | Answer {
  const [, token] = /^Zoho-oauthtoken (\S+)$/.exec(headers.authorization ?? '') ?? []
  if (token === undefined) return booksError(401, 14, badHeader)
  const grant = dataCenter.accessTokens.get(tokenKey(token))
  if (!grant || grant.expiresAt <= world.clock.now()) return unauthorized()
  return allows(grant.scopes, module, 'read') ? grant : unauthorized()
}

const ofUser = (world: World, user: User | undefined): Organization[] =>
  (user?.organizationIds ?? []).flatMap((id) => world.organizations.get(id) ?? [])

function chooseOrganization(
  world: World,
  own: readonly Organization[],
  asked: string,
): Organization | Answer {
  const useDefault = asked === '' && world.switches.missingOrganization === 'default'
  const found = own.find((organization) => (useDefault ? organization.isDefault : organization.id === asked))
  return (
    found ?? booksError(400, 6041, `This user is not associated with the CompanyID/CompanyName:${asked}.`)
  )
}

function enter(world: World, organization: Organization, call: Call): Answer | undefined {
  const refused = admit(world, organization)
  if (refused) return refused
  const { counters } = world.log
  const { meter, id } = organization
  meter.inFlight += 1
  counters.maxInFlightByOrganization[id] = Math.max(
    counters.maxInFlightByOrganization[id] ?? 0,
    meter.inFlight,
  )
  call.onEnd(() => {
    meter.inFlight -= 1
  })
  return undefined
}

/** GET /organizations; charged to the default organization, since Zoho counts per organization (contract 5). */
async function organizations(world: World, call: Call, user: User | undefined): Promise<Answer> {
  const own = ofUser(world, user)
  const charged = own.find(({ isDefault }) => isDefault) ?? own[0]
  const refused = charged && enter(world, charged, call)
  if (refused) return refused
  await call.pause()
  const entries = ofUser(world, user).map((one) => organizationEntry(one, user?.email ?? '', world.switches))
  const headers = charged ? rateLimitHeaders(world, charged) : {}
  return jsonAnswer(200, { code: 0, message: 'success', organizations: entries }, headers)
}

/** Contract 17.1: by parameter or by header. */
const wantsPdf = ({ query, headers }: Call): boolean =>
  query.get('accept') === 'pdf' || headers.accept === 'application/pdf'

/** The detail, or 404 with code 1002 for one that was deleted or never existed (contract 7). */
function invoiceDetail(world: World, organization: Organization, id: string, call: Call): Answer {
  const headers = rateLimitHeaders(world, organization)
  const invoice = organization.book.detailed(id)
  if (!invoice) return booksError(404, 1002, 'Invoice does not exist.', headers)
  if (wantsPdf(call)) {
    const name = `attachment; filename="${invoice.number.replace(/[^\w-]/g, '_')}.pdf"`
    const pdfHeaders = { 'Content-Type': 'application/pdf;charset=UTF-8', 'Content-Disposition': name }
    return { status: 200, headers: { ...headers, ...pdfHeaders }, body: invoicePdf(organization, invoice) }
  }
  const detail = detailObject(rowContext(world, organization), invoice)
  return jsonTextAnswer(`{"code":0,"message":"success","invoice":${detail}}`, headers)
}

/** Answers everything under /books/v3 (contract 5 to 7, 10). */
export async function answerBooks(world: World, call: Call): Promise<Answer> {
  const route = routeOf(call.path)
  if (!route) return booksError(404, 5, 'Invalid URL Passed')
  if (call.method !== 'GET')
    return booksError(405, 37, 'The HTTP method is not allowed for the requested resource', { Allow: 'GET' })
  const grant = authenticate(world, call, route.module)
  if ('status' in grant) return grant
  const user = world.users.get(grant.userId)
  if (route.module === 'settings') return organizations(world, call, user)
  const organization = chooseOrganization(world, ofUser(world, user), call.query.get('organization_id') ?? '')
  if ('status' in organization) return organization
  const refused = enter(world, organization, call)
  if (refused) return refused
  await call.pause()
  const headers = rateLimitHeaders(world, organization)
  if (route.module === 'contacts')
    return route.id === ''
      ? listContacts(organization, call.query, headers)
      : contactDetail(organization, route.id, headers)
  if (route.id !== '') return invoiceDetail(world, organization, route.id, call)
  return listInvoices(world, organization, call, headers)
}
