/**
 * No token, code, key, cookie or secret stands in plain anywhere: log at trace level, answers, database, queue. Tokens,
 * client secrets and keys are looked for in every test of a run (test/support/secrets); this one looks for sessions,
 * sign-in tokens and the webhook's path too, over all that touches a secret. And docs/security.md says what else can be
 * learned from each of these places: held here to every cell of its table.
 */
import { sql } from 'kysely'
import { z } from 'zod'
import { signSignInToken } from '../../scripts/support/portal-client.ts'
import { dumpDatabase, dumpRedis } from '../support/dump-stores.ts'
import { findSecrets, type Secret } from '../support/find-secrets.ts'
import {
  completed,
  type Installation,
  installationSecrets,
  order,
  proven,
  stagedInvoices,
  startInstallation,
  telling,
} from '../support/installation.ts'
import { connectionAnswer } from '../support/main-job.ts'
import { tableUnder } from '../support/markdown-table.ts'
import { hasRedisServer } from '../support/own-services.ts'
import { killAllScripts } from '../support/processes.ts'
import { waitFor } from '../support/wait-for.ts'
import { decryptAllIn, type Learned, learnedFrom, readableAs } from '../support/what-is-learned.ts'
import { SIMULATOR_CLIENT_SECRET } from '../zoho-simulator/index.ts'

const queues = hasRedisServer ? ['Postgres', 'Redis'] : ['Postgres']
const pages = [
  '/integrations',
  '/integrations/zoho-books',
  '/integrations/zoho-books/runs',
  '/integrations/zoho-books/webhook',
  '/bulk-import',
  '/cases',
]
const operatorPages = [
  '/operator',
  '/operator/queues',
  '/operator/queues/api/queues?activeQueue=invoice-sync',
]
/** Nobody else's on this machine, so that it stands nowhere by chance. */
const personsAddress = '203.0.113.77'
const personsId = 'person-3f9a2c'
const { fetch: realFetch } = globalThis

/** Keeps what our servers answer and what proves who somebody is. Set-Cookie is where a session's secret belongs. */
const recordAnswers = (isOurs: (origin: string) => boolean) => {
  const answers: string[] = []
  const credentials = new Set<string>()
  const sessions = new Set<string>()
  const signInTokens = new Set<string>()
  globalThis.fetch = async (input, init) => {
    const answer = await realFetch(input, init)
    const url = new URL(String(input))
    if (!isOurs(url.origin)) return answer
    const bearer = /^Bearer (.+)$/.exec(new Headers(init?.headers).get('authorization') ?? '')?.[1]
    const handedOver = url.searchParams.get('token')
    if (handedOver) signInTokens.add(handedOver)
    for (const token of [bearer, handedOver]) if (token && token.length > 20) credentials.add(token)
    for (const line of answer.headers.getSetCookie()) {
      const value = line.split(';')[0]?.split('=').slice(1).join('=')
      if (!value) continue
      credentials.add(value)
      if (url.pathname === '/session') sessions.add(value)
    }
    const headers = [...answer.headers].filter(([name]) => name !== 'set-cookie')
    answers.push(`${url.pathname} ${answer.status} ${JSON.stringify(headers)} ${await answer.clone().text()}`)
    return answer
  }
  return { answers, credentials, sessions, signInTokens }
}

const session = async (url: string, role: 'client' | 'operator', clientId: string) => {
  const token = await signSignInToken(installationSecrets.jwtSecret, { clientId, subject: personsId, role })
  const handOver = await fetch(`${url}/session?token=${token}&next=/`, {
    redirect: 'manual',
    headers: { 'x-forwarded-for': personsAddress },
  })
  return handOver.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

const look = async (url: string, cookie: string, paths: readonly string[]) => {
  for (const path of paths) await fetch(`${url}${path}`, { headers: { cookie }, redirect: 'manual' })
}

/** The main job with everything that touches a secret: failures, a token refused, a webhook, a disconnect. */
const useEverything = async (installation: Installation): Promise<{ webhookToken: string }> => {
  const { control, connect, client } = installation
  const url = installation.env['PUBLIC_URL'] ?? ''
  await control('recordIssued')
  await control('fail', { match: { path: '/oauth/v2/token$' }, times: 1, action: 'truncate' })
  await expect(connect('unlucky')).rejects.toThrow('error=')
  await control('fail', { match: { path: '/invoices$' }, times: 1, action: 'reset' })
  await connect('creditor')
  const portal = client('creditor')
  await proven(portal)

  const webhook = await portal.request(z.object({ url: z.string() }), '/api/connection/webhook')
  const webhookToken = webhook.url.slice(webhook.url.lastIndexOf('/') + 1)
  const staged = await stagedInvoices(portal)
  const invoiceId = staged[0]?.zohoInvoiceId ?? ''
  await control('sendWebhook', { url: webhook.url, invoiceId })

  await control('expireAccessTokens')
  await control('fail', { match: { path: '/invoices$' }, times: 1, action: 'html502' })
  const before = await portal.request(connectionAnswer, '/api/connection')
  await portal.request(z.object({ runId: z.string() }), '/api/connection/sync', {
    method: 'POST',
    body: { kind: 'full' },
  })
  await waitFor('a run with a new token', async () => {
    const now = await portal.request(connectionAnswer, '/api/connection')
    return now.state === 'active' && now.lastSyncedAt !== before.lastSyncedAt
  })
  const eligible = staged.filter((one) => one.eligible).map((one) => one.zohoInvoiceId)
  await completed(portal, (await order(portal, eligible, 'order')).id)

  await look(url, await session(url, 'client', 'creditor'), pages)
  await look(url, await session(url, 'operator', 'operations'), operatorPages)
  await look(url, '', ['/readyz', '/metrics', '/docs/json', '/api/connection', '/nothing?code=1'])
  await fetch(`${url}/api/connection`, { headers: { authorization: 'Bearer a.b.c' } })
  return { webhookToken }
}

const columns = {
  database: 'a database dump',
  redis: 'a Redis dump',
  log: 'a log archive',
  worker: 'role `app_worker`',
  reader: 'role `portal_reader`',
  views: 'role `portal_views`',
  retention: 'role `audit_retention`',
}

const debtorView = z.object({
  amountToRecover: z.string(),
  debtor: z.object({
    name: z.string().nullable(),
    email: z.string().nullable(),
    address: z.string().nullable(),
  }),
})

/** Long enough not to stand anywhere by chance. */
const longEnough = (values: readonly (string | null)[]) =>
  values.filter((value): value is string => value !== null && value.length > 5)

afterAll(killAllScripts)
afterAll(() => {
  globalThis.fetch = realFetch
})

describe.each(queues)('secrets (queues in %s)', (kind) => {
  let installation: Installation
  let recorded: ReturnType<typeof recordAnswers>
  let webhookToken: string
  let storedBefore: string
  let issued: readonly string[]
  const stores = async () => {
    const { withDatabase, redis } = installation
    return `${await withDatabase(dumpDatabase)}\n${redis ? await dumpRedis(redis.url) : ''}`
  }

  beforeAll(async () => {
    installation = await startInstallation({
      redis: kind === 'Redis',
      invoices: 60,
      env: { LOG_LEVEL: 'trace', TRUST_PROXY: '1' },
    })
    await telling(installation, async () => {
      recorded = recordAnswers((origin) => origin === installation.env['PUBLIC_URL'])
      ;({ webhookToken } = await useEverything(installation))
      storedBefore = await stores()
      issued = await installation.control<string[]>('issuedSecrets')
    })
  })
  afterAll(() => installation.stop())

  it('docs/security.md says what is learned from a dump, a log and a login as each role', () =>
    telling(installation, async () => {
      const { withDatabase, redis, client } = installation
      const key = Buffer.from(installationSecrets.encryptionKey, 'base64')
      const database = await withDatabase(dumpDatabase)
      const atRest = await decryptAllIn(database, key)
      const inColumn = (name: string) =>
        atRest.flatMap(({ column, plain }) => (column === name && issued.includes(plain) ? [plain] : []))
      const { items } = await client('creditor').request(
        z.object({ items: z.array(debtorView) }),
        '/api/cases',
      )
      const things: Record<string, readonly string[]> = {
        'access token of Zoho': inColumn('access_token'),
        'refresh token of Zoho': inColumn('refresh_token'),
        'client secret of Zoho': [SIMULATOR_CLIENT_SECRET],
        'keys: `TOKEN_ENCRYPTION_KEYS`, `PORTAL_JWT_SECRET`': [
          installationSecrets.encryptionKey,
          installationSecrets.jwtSecret,
        ],
        'webhook token': [webhookToken],
        'session token': [...recorded.sessions],
        'sign-in token': [...recorded.signInTokens],
        'debtor names and addresses': longEnough(
          items.flatMap(({ debtor }) => [debtor.name, debtor.address]),
        ),
        'invoice amounts': longEnough(items.map((one) => one.amountToRecover)),
        'e-mail addresses of debtors': longEnough(items.map(({ debtor }) => debtor.email)),
        'user ids': [personsId],
        'IP addresses of users': [personsAddress],
      }
      // Nothing is proven by a thing that this run did not have.
      expect(Object.entries(things).filter(([, values]) => values.length === 0)).toEqual([])

      const places: Record<string, string> = {
        [columns.database]: database,
        ...(redis && { [columns.redis]: await dumpRedis(redis.url) }),
        [columns.log]: installation.output(),
        ...(await withDatabase(async (db) => ({
          [columns.worker]: await readableAs(db, 'app_worker'),
          [columns.reader]: await readableAs(db, 'portal_reader', 'creditor'),
          [columns.views]: await readableAs(db, 'portal_views', 'creditor'),
          [columns.retention]: await readableAs(db, 'audit_retention'),
        }))),
      }
      const learned: Record<string, Record<string, Learned>> = {}
      for (const [thing, values] of Object.entries(things)) {
        learned[thing] = {}
        for (const [place, text] of Object.entries(places))
          learned[thing][place] = await learnedFrom(text, values, key)
      }
      const said = Object.fromEntries(
        tableUnder('docs/security.md', 'What an attacker learns').map(({ '': thing = '', ...cells }) => [
          thing,
          Object.fromEntries(Object.entries(cells).filter(([place]) => place in places)),
        ]),
      )
      expect(said).toEqual(learned)

      const withoutClient = await withDatabase((db) => readableAs(db, 'portal_reader'))
      for (const [thing, values] of Object.entries(things))
        expect([thing, await learnedFrom(withoutClient, values, key)]).toEqual([thing, 'no'])
      const roles = await withDatabase((db) =>
        sql<{ name: string }>`
          select rolname as name from pg_roles where rolname !~ '^pg_' and not rolsuper`.execute(db),
      )
      expect(roles.rows.map(({ name }) => `role \`${name}\``).sort()).toEqual(
        Object.values(columns)
          .filter((column) => column.startsWith('role'))
          .sort(),
      )
    }))

  it('stand nowhere in plain', () =>
    telling(installation, async () => {
      const { client, control, postgres } = installation
      await control('fail', { match: { path: '/oauth/v2/token/revoke' }, times: 1, action: 'html502' })
      await client('creditor').request(z.unknown(), '/api/connection', { method: 'DELETE' })
      await waitFor('the revocation to be tried', async () => {
        const tried = await control<unknown[]>('requests', { path: '/oauth/v2/token/revoke' })
        return tried.length > 0
      })
      const storedAfter = await stores()

      const secrets: Secret[] = [
        ...issued.map((value) => ({ kind: 'a token or code of Zoho', value })),
        ...[...recorded.credentials].map((value) => ({ kind: 'a session or sign-in token', value })),
        { kind: 'the client secret', value: SIMULATOR_CLIENT_SECRET },
        { kind: 'the encryption key', value: installationSecrets.encryptionKey },
        {
          kind: 'the encryption key',
          value: Buffer.from(installationSecrets.encryptionKey, 'base64').toString('latin1'),
        },
        { kind: 'the JWT secret', value: installationSecrets.jwtSecret },
        { kind: 'the database password', value: new URL(postgres.url).password },
      ]
      // Two codes, two access tokens and one refresh token at least: else something was not put to the test.
      expect(issued.length).toBeGreaterThanOrEqual(5)
      expect(recorded.credentials.size).toBeGreaterThanOrEqual(5)
      const log = installation.output()
      expect(log).toContain('sync.run_completed')
      const canary = secrets.map(({ value }) => Buffer.from(`x${value}`).toString('base64')).join(' ')
      expect(findSecrets(secrets, { canary }).length).toBeGreaterThanOrEqual(secrets.length)

      const answers = recorded.answers.join('\n')
      expect(findSecrets(secrets, { log, answers, storedBefore, storedAfter })).toEqual([])
      expect(
        findSecrets([{ kind: 'a webhook token', value: webhookToken }], { log, storedBefore, storedAfter }),
      ).toEqual([])
    }))
})
