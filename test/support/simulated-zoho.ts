/** What tests of connections need of the simulator beyond its control: a context that talks to it, and granted connections. */
import type { Db } from '../../db/core/database.ts'
import { SIMULATOR_CLIENT_ID, SIMULATOR_CLIENT_SECRET, type Simulator } from '../zoho-simulator/index.ts'
import { aConnection, type BuiltConnection, type ConnectionOptions } from './builders.ts'
import { createTestContext, type TestContext, type TestContextOptions } from './context.ts'

/** Where the simulator listens and which client it knows, for `createTestContext`. */
export const simulatorForContext = (simulator: Pick<Simulator, 'url'>) => ({
  url: simulator.url,
  clientId: SIMULATOR_CLIENT_ID,
  clientSecret: SIMULATOR_CLIENT_SECRET,
})

/** A context whose Zoho is this simulator. */
export const simulatedContext = (
  db: Db,
  simulator: Pick<Simulator, 'url'>,
  options: Omit<TestContextOptions, 'db' | 'simulator'> = {},
): TestContext => createTestContext({ db, simulator: simulatorForContext(simulator), ...options })

/** A connection with a grant that the simulator honours, to the user's first organization unless another is named. */
export const aGrantedConnection = (
  ctx: TestContext,
  simulator: Simulator,
  { userId, ...options }: ConnectionOptions & { readonly userId?: string } = {},
): Promise<BuiltConnection> => {
  const granted = simulator.control.grant(userId === undefined ? {} : { userId })
  const organization = simulator.control.organizations()[0]
  return aConnection(ctx, {
    accessToken: granted.accessToken,
    refreshToken: granted.refreshToken,
    dataCenter: ctx.config.zoho.simulatorUrl ? 'sim' : granted.dataCenter,
    ...(organization && {
      organizationId: organization.organizationId,
      organizationName: organization.name,
      timeZone: organization.timeZone,
      currencyCode: organization.currencyCode,
    }),
    ...options,
  })
}

/** Presses Accept (or Reject) on the consent page. @returns the query of the redirect back. */
export const consent = async (
  authorizationUrl: string,
  { decision = 'accept', user }: { readonly decision?: 'accept' | 'reject'; readonly user?: string } = {},
): Promise<Record<string, string>> => {
  const url = new URL(authorizationUrl)
  const form = new URLSearchParams(url.search)
  form.set('decision', decision)
  if (user !== undefined) form.set('user', user)
  const answer = await fetch(`${url.origin}${url.pathname}`, {
    method: 'POST',
    body: form,
    redirect: 'manual',
  })
  const location = answer.headers.get('location')
  if (location === null) throw new Error(`no redirect from the consent page: ${answer.status}`)
  return Object.fromEntries(new URL(location).searchParams)
}
