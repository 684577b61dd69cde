import { setMaxListeners } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClock } from './clock.ts'
import { type Control, createControl, type UserInput } from './control.ts'
import { createControlApi } from './control-api.ts'
import { createFailureRules } from './failure-rules.ts'
import { createSimulatorServer } from './http-server.ts'
import { SIMULATOR_CLIENT_ID, SIMULATOR_CLIENT_SECRET } from './known-client.ts'
import { type Limits, realLimits } from './limits.ts'
import { createOrganization, type OrganizationInput } from './organization-input.ts'
import { createRequestLog } from './request-log.ts'
import { readState, restoreBooks, restoreGrants, type SavedState, writeState } from './state-file.ts'
import { createWebApp } from './web-app.ts'
import { type DataCenter, defaultSwitches, type Switches, type World } from './world.ts'

export type { Control } from './control.ts'
export type { FailureAction } from './failure-rules.ts'
export { SIMULATOR_CLIENT_ID, SIMULATOR_CLIENT_SECRET } from './known-client.ts'
export type { Limits } from './limits.ts'
export { signWebhook } from './webhook-sender.ts'

export interface SimulatorOptions {
  /** 0 (default) picks a free one. With several data centres the first gets it, the others the ones after it. */
  port?: number
  host?: string
  /** Origin under which others reach the first data centre, when it is not `http://host:port`. */
  publicUrl?: string
  seed?: number
  /** Unpaid invoices of the first organization. */
  invoices?: number
  /** Codes of the data centres; one (`sim`) by default. */
  dataCenters?: readonly string[]
  /** Where the demo user lives; default: the first data centre. */
  homeDataCenter?: string
  clientId?: string
  clientSecret?: string
  /** Secrets of single data centres, where they differ. */
  clientSecrets?: Readonly<Record<string, string>>
  /** Registered redirect URIs, then matched exactly; none: any is accepted. */
  redirectUris?: readonly string[]
  /** Organizations of the demo user in listed order; `[]` for a user without Books. */
  organizations?: readonly OrganizationInput[]
  /** Users beside the demo user. */
  users?: readonly UserInput[]
  limits?: Limits | 'real'
  /** Start and speed of the virtual clock. */
  clock?: { start?: number; rate?: number }
  latencyMs?: number
  switches?: Partial<Switches>
  /**
   * Where ports, grants (as hashes) and changes to the books outlive a restart, so that a connection made yesterday
   * still works today. Organizations and users added by control do not.
   */
  stateFile?: string
  /** Pages under `/app` on which a person changes the books. Default: served. */
  webApp?: boolean
}

export interface Simulator {
  /** Origin of the first data centre. */
  readonly url: string
  /** Origin by data centre. */
  readonly origins: Readonly<Record<string, string>>
  readonly control: Control
  /** Ends everything, keep-alive and hanging sockets too. */
  close(): Promise<void>
}

/** The first organization is active and not the default one; the default one has few invoices (contract 5). */
function demoOrganizations(invoices: number): OrganizationInput[] {
  return [
    { name: 'Nordwind Handels GmbH', invoices },
    {
      name: 'Harbor & Pine, Inc.',
      timeZone: 'America/New_York',
      currencyCode: 'USD',
      countryCode: 'US',
      isDefault: true,
      invoices: Math.min(invoices, 25),
    },
  ]
}

function createDataCenter(code: string): DataCenter {
  return {
    code,
    origin: '',
    port: 0,
    codes: new Map(),
    refreshTokens: new Map(),
    accessTokens: new Map(),
    codeTimes: new Map(),
  }
}

function createWorld(options: SimulatorOptions): World {
  const {
    dataCenters = ['sim'],
    clientId = SIMULATOR_CLIENT_ID,
    clientSecret = SIMULATOR_CLIENT_SECRET,
  } = options
  const secrets = { '*': clientSecret, ...options.clientSecrets }
  const client = { id: clientId, secrets, redirectUris: options.redirectUris ?? [] }
  return {
    clock: createClock(options.clock),
    seed: options.seed ?? 1,
    dataCenters: new Map(dataCenters.map((code) => [code, createDataCenter(code)])),
    clients: new Map([[clientId, client]]),
    users: new Map(),
    organizations: new Map(),
    consents: new Set(),
    switches: { ...defaultSwitches, ...options.switches },
    log: createRequestLog(),
    issued: undefined,
    rules: createFailureRules(),
    onEvent: new Set(),
    onGrant: () => {},
    limits: options.limits === 'real' ? realLimits : (options.limits ?? 'off'),
    latencyMs: options.latencyMs ?? 0,
    oddDate: undefined,
  }
}

function demoUser(control: Control, options: SimulatorOptions, organizationIds: string[]): void {
  control.addUser({
    userId: 'jane',
    name: 'Jane Roe',
    email: 'jane.roe@creditor.example',
    ...(options.homeDataCenter === undefined ? {} : { dataCenter: options.homeDataCenter }),
    organizationIds,
  })
  for (const user of options.users ?? []) control.addUser(user)
}

/** Fills the world; continues saved books when they were generated from the same options. */
function populate(world: World, control: Control, options: SimulatorOptions, saved: SavedState | undefined) {
  const { invoices = 120 } = options
  const inputs = (options.organizations ?? demoOrganizations(invoices)).map((input, at) =>
    at === 0 ? { invoices, ...input } : input,
  )
  const books = JSON.stringify([world.seed, inputs])
  const continued = saved?.books === books ? saved : undefined
  const bookedAt = continued?.bookedAt ?? world.clock.now()
  const organizations = inputs.map((input) => createOrganization(world, input, bookedAt))
  if (continued) for (const organization of organizations) restoreBooks(organization, continued)
  demoUser(
    control,
    options,
    organizations.map(({ id }) => id),
  )
  if (saved) restoreGrants(world, saved)
  return { books, bookedAt }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** The port of last time if it is free, since a saved connection knows the simulator by its origin. */
async function listenAgain(server: Server, port: number, host: string): Promise<number> {
  try {
    return await listen(server, port, host)
  } catch {
    return listen(server, 0, host)
  }
}

/** Starts a simulated Zoho and resolves once it listens. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1', publicUrl, stateFile } = options
  const saved = readState(stateFile)
  const world = createWorld(options)
  const closing = new AbortController()
  // Every answer under way listens, and every webhook that waits.
  setMaxListeners(0, closing.signal)
  const control = createControl(world, closing.signal)
  const origin = populate(world, control, options, saved)
  const save = () => {
    if (stateFile !== undefined) writeState(stateFile, world, origin)
  }
  const handlers = {
    control: createControlApi(control),
    webApp: options.webApp === false ? undefined : createWebApp(world, control),
  }

  const homes = [...world.dataCenters.values()]
  const servers = homes.map((home) => createSimulatorServer(world, home, handlers, closing.signal))
  const open = async (at: number) => {
    const server = servers[at]
    const home = homes[at]
    if (!server || !home) throw new Error('a simulator needs a data centre')
    const before = saved?.ports[home.code]
    home.port = await (port === 0 && before
      ? listenAgain(server, before, host)
      : listen(server, port === 0 ? 0 : port + at, host))
    const own = `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${home.port}`
    home.origin = at === 0 && publicUrl !== undefined ? new URL(publicUrl).origin : own
  }

  const close = async () => {
    closing.abort()
    await Promise.all(
      servers.map(
        (server) =>
          new Promise<void>((resolve) => {
            server.close(() => resolve())
            server.closeAllConnections()
          }),
      ),
    )
    await control.webhooksSettled()
    if (homes.every((home) => home.port > 0)) save()
  }

  try {
    await Promise.all(servers.map((_, at) => open(at)))
  } catch (error) {
    await close()
    throw error
  }
  world.onGrant = save
  return {
    url: homes[0]?.origin ?? '',
    origins: Object.fromEntries(homes.map((home) => [home.code, home.origin])),
    control,
    close,
  }
}
