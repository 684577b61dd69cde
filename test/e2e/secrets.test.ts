/**
 * No token, code, key, cookie or secret stands in plain anywhere: log at trace level, answers, database, queue. Tokens,
 * client secrets and keys are looked for in every test of a run (test/support/secrets); this one looks for sessions,
 * sign-in tokens and the webhook's path too, over all that touches a secret.
 */
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
import { hasRedisServer } from '../support/own-services.ts'
import { killAllScripts } from '../support/processes.ts'
import { waitFor } from '../support/wait-for.ts'
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
const { fetch: realFetch } = globalThis

/** Keeps what our servers answer and what proves who somebody is. Set-Cookie is where a session's secret belongs. */
const recordAnswers = (isOurs: (origin: string) => boolean) => {
  const answers: string[] = []
  const credentials = new Set<string>()
  globalThis.fetch = async (input, init) => {
    const answer = await realFetch(input, init)
    const url = new URL(String(input))
    if (!isOurs(url.origin)) return answer
    const bearer = /^Bearer (.+)$/.exec(new Headers(init?.headers).get('authorization') ?? '')?.[1]
    for (const token of [bearer, url.searchParams.get('token')])
      if (token && token.length > 20) credentials.add(token)
    for (const line of answer.headers.getSetCookie()) {
      const value = line.split(';')[0]?.split('=').slice(1).join('=')
      if (value) credentials.add(value)
    }
    const headers = [...answer.headers].filter(([name]) => name !== 'set-cookie')
    answers.push(`${url.pathname} ${answer.status} ${JSON.stringify(headers)} ${await answer.clone().text()}`)
    return answer
  }
  return { answers, credentials }
}

const session = async (url: string, role: 'client' | 'operator', clientId: string) => {
  const token = await signSignInToken(installationSecrets.jwtSecret, { clientId, subject: role, role })
  const handOver = await fetch(`${url}/session?token=${token}&next=/`, { redirect: 'manual' })
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

afterAll(killAllScripts)
afterEach(() => {
  globalThis.fetch = realFetch
})

describe.each(queues)('secrets (queues in %s)', (kind) => {
  it('stand nowhere in plain', async () => {
    const installation = await startInstallation({
      redis: kind === 'Redis',
      invoices: 60,
      env: { LOG_LEVEL: 'trace' },
    })
    const check = async () => {
      const { client, control, withDatabase, redis, postgres, env } = installation
      const recorded = recordAnswers((origin) => origin === env['PUBLIC_URL'])
      const stores = async () =>
        `${await withDatabase(dumpDatabase)}\n${redis ? await dumpRedis(redis.url) : ''}`

      const { webhookToken } = await useEverything(installation)
      const storedBefore = await stores()
      await control('fail', { match: { path: '/oauth/v2/token/revoke' }, times: 1, action: 'html502' })
      await client('creditor').request(z.unknown(), '/api/connection', { method: 'DELETE' })
      await waitFor('the revocation to be tried', async () => {
        const tried = await control<unknown[]>('requests', { path: '/oauth/v2/token/revoke' })
        return tried.length > 0
      })
      const storedAfter = await stores()

      const issued = await control<string[]>('issuedSecrets')
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
    }
    await telling(installation, check).finally(installation.stop)
  })
})
