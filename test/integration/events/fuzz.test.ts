/**
 * Facts of three clients, in transactions that commit out of order or not at all, told to endpoints that fail, hang, answer late or
 * flap, by worker processes that are killed, while Redis is flushed and PostgreSQL crashes. The feed has each fact once, in
 * order, for whoever follows it meanwhile; every endpoint gets each of its events at least once, and nobody else's.
 *
 * FUZZ_EVENTS (50) is how many facts; TEST_SEED repeats a run's choices.
 */
import { sql } from 'kysely'
import { Webhook } from 'standardwebhooks'
import { createDatabase } from '../../../db/core/database.ts'
import { migrate } from '../../../scripts/support/migrate.ts'
import { eventCatalogue } from '../../../src/events/catalogue.ts'
import type { PresentedEvent } from '../../../src/events/present-event.ts'
import { readEventLog } from '../../../src/events/read-event-log.ts'
import { createEndpoint } from '../../../src/events/webhook-endpoints.ts'
import { aClient } from '../../support/builders.ts'
import { createTestContext } from '../../support/context.ts'
import { startCrew } from '../../support/fuzz-workers.ts'
import { hasRedisServer, startOwnPostgres, startOwnRedis } from '../../support/own-services.ts'
import { waitFor } from '../../support/wait-for.ts'
import { between, createDraw } from '../../zoho-simulator/random.ts'
import { aCase, caseEvent } from './facts.ts'
import { type Behaviour, failing, hanging, ok, startReceiver } from './receiver.ts'

const facts = Number(process.env['FUZZ_EVENTS'] ?? 50)
const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000)
const workers = 3
const key = { id: 'fuzz', secret: Buffer.alloc(32, 9) }
const clients = ['acme', 'brown', 'clark'] as const

const later = (ms: number) => new Promise((next) => setTimeout(next, ms))

const isLost = (error: unknown) =>
  /ECONN|terminat|57P0|shut|starting up|recovery|Connection|timeout/i.test(
    `${(error as { code?: string }).code} ${error}`,
  )

it(
  `tells ${facts} facts through every trouble (seed ${seed})`,
  async () => {
    const draw = createDraw(seed)
    let calm = false
    const troubled =
      (behave: (number: number) => Behaviour): (() => Behaviour) =>
      () =>
        calm ? ok : behave(draw())
    const late: Behaviour = (got, answer) => void setTimeout(() => ok(got, answer), between(draw, 50, 400))
    const behaviours: Record<string, () => Behaviour> = {
      '/ok': () => ok,
      '/acme': () => ok,
      '/failing': troubled((number) => (number < 0.5 ? failing : ok)),
      '/hanging': troubled((number) => (number < 0.05 ? hanging : ok)),
      '/late': troubled(() => late),
      '/flapping': troubled(() => (Math.floor(performance.now() / 700) % 2 === 0 ? failing : ok)),
    }
    const postgres = await startOwnPostgres()
    const redis = hasRedisServer ? await startOwnRedis() : undefined
    const receiver = await startReceiver((path) => (behaviours[path] ?? (() => failing))())
    await migrate(postgres.url)
    const db = createDatabase({ url: postgres.url, poolSize: 12 })
    const ctx = createTestContext({ db, config: { databaseUrl: postgres.url, tokenEncryptionKeys: [key] } })
    const env = {
      DATABASE_URL: postgres.url,
      ...(redis && { REDIS_URL: redis.url }),
      ZOHO_CLIENT_ID: 'fuzz',
      ZOHO_CLIENT_SECRET: 'fuzz',
      TOKEN_ENCRYPTION_KEYS: `${key.id}:${key.secret.toString('base64')}`,
      PORTAL_JWT_SECRET: ctx.config.portalJwtSecret,
      SWEEP_INTERVAL_SECONDS: '1',
      JOB_LOCK_SECONDS: '1',
      LOG_LEVEL: 'error',
    }
    const crew = await startCrew(workers, env)
    let writing = true
    let following: Promise<void> = Promise.resolve()
    try {
      const keeper = { subject: 'host', role: 'host', ip: '127.0.0.1' } as const
      const secrets = new Map<string, string>()
      for (const path of Object.keys(behaviours)) {
        const settings = {
          url: `${receiver.url}${path}`,
          description: '',
          types: null,
          clientIds: path === '/acme' ? ['acme'] : null,
        }
        secrets.set(path, (await createEndpoint(ctx, keeper, settings)).secret)
      }
      for (const id of clients) await aClient(db, { id })

      // 1. Facts: some transactions are slow, some are rolled back, some are lost with the database.
      let begun = 0
      const happened: Record<string, number> = { rolledBack: 0, lost: 0, killed: 0, flushed: 0, crashed: 0 }
      const note = (what: string) => {
        happened[what] = (happened[what] ?? 0) + 1
      }
      const write = async () => {
        while (begun < facts) {
          begun += 1
          const clientId = clients[between(draw, 0, 2)] ?? 'acme'
          const [fate, pause] = [draw(), between(draw, 0, 40)]
          const rollsBack = begun % 20 === 0
          await db
            .transaction()
            .execute(async (trx) => {
              const id = await aCase(trx, { clientId })
              if (fate < 0.3) await caseEvent(trx, id, 'invoice_changed', { state: 'paid', outstanding: '0' })
              if (fate < 0.5) await later(pause)
              if (rollsBack) throw new Error('rolled back')
            })
            .catch((error: unknown) => {
              if (!isLost(error) && !String(error).includes('rolled back')) throw error
              note(String(error).includes('rolled back') ? 'rolledBack' : 'lost')
            })
          await later(between(draw, 0, 30))
        }
      }

      // 2. Somebody who follows the feed all the while.
      const feed: PresentedEvent[] = []
      let next = 0
      const readOn = async () => {
        const page = await readEventLog(ctx, {
          after: next,
          clientId: undefined,
          asClient: false,
          limit: between(draw, 1, 50),
        })
        feed.push(...page.items)
        next = page.next
        return page.more
      }
      const follow = async () => {
        while (writing) {
          await readOn().catch((error: unknown) => {
            if (!isLost(error)) throw error
          })
          await later(between(draw, 0, 50))
        }
      }

      // 3. Trouble.
      const strike = async () => {
        const deeds = ['killed', 'flushed', 'crashed'] as const
        for (let at = 0; at < deeds.length || begun < facts; at += 1) {
          await later(Math.min(2_000, facts * 3))
          const deed = deeds[at % deeds.length] ?? 'killed'
          if (deed === 'killed') crew.replace(between(draw, 0, workers - 1))
          else if (deed === 'flushed') await redis?.flush()
          else {
            // One that only starts ends without a database, as it should.
            await crew.complete()
            await postgres.crash()
            await postgres.start()
          }
          note(deed)
        }
      }
      following = follow()
      const striking = strike()
      await Promise.all(Array.from({ length: 6 }, write))
      await striking
      await crew.complete()

      // 4. What waits for its next attempt need not wait, while there are attempts. Everybody recovers only when those
      //    who were never in trouble have everything.
      const waitingFor = async (endpoints: ReturnType<typeof sql>): Promise<number> => {
        await sql`update event_deliveries set next_attempt_at = now()
          where state = 'pending' and next_attempt_at > now() and lease_until is null and attempts < ${calm ? 100 : 6}`.execute(
          db,
        )
        const { rows } = await sql<{ open: number }>`
          select (select count(*) from events where sequence is null)::int + (
            select count(*) from event_deliveries d join webhook_endpoints w on w.id = d.endpoint_id
            where d.state = 'pending' and ${endpoints})::int as open`.execute(db)
        return rows[0]?.open ?? -1
      }
      const patience = { timeoutMs: 60_000 + facts * 60, everyMs: 500 }
      const healthy = sql`(w.url like '%/ok' or w.url like '%/acme')`
      await waitFor('those without trouble', async () => (await waitingFor(healthy)) === 0, patience)
      calm = true
      receiver.closeConnections()
      await waitFor('everything to be delivered', async () => (await waitingFor(sql`true`)) === 0, patience)
      writing = false
      await following
      while (await readOn());

      // 5. Each fact once in the feed, in order of writing where they are of one case; no number is missing.
      const { rows: truth } = await sql<{ told: string }>`
        select 'case.' || type || ' ' || case_id as told from case_events order by id`.execute(db)
      expect(feed.map(({ type, subject }) => `${type} ${subject}`).sort()).toEqual(
        truth.map(({ told }) => told).sort(),
      )
      expect(feed.map(({ sequence }) => sequence)).toEqual(feed.map((_, at) => at + 1))
      const created = new Set<string>()
      for (const { type, subject, data } of feed) {
        if (type === 'case.created') created.add(subject)
        else expect(created.has(subject)).toBe(true)
        eventCatalogue[type as keyof typeof eventCatalogue].data.strict().parse(data)
      }

      // 6. Each endpoint has each of its events, and no other.
      for (const path of Object.keys(behaviours)) {
        const wanted = feed.filter(({ clientId }) => path !== '/acme' || clientId === 'acme')
        const verifier = new Webhook(secrets.get(path) ?? '')
        const got = receiver.got.filter((one) => one.path === path)
        const ids = new Set(
          got.map(({ body, headers }) => {
            expect(JSON.parse(body).id).toBe(headers['webhook-id'])
            verifier.verify(body, headers as Record<string, string>)
            return String(headers['webhook-id'])
          }),
        )
        expect({ path, ids: [...ids].sort() }).toEqual({ path, ids: wanted.map(({ id }) => id).sort() })
        happened[`requests ${path}`] = got.length
      }
      const { rows: states } = await sql<{
        state: string
      }>`select distinct state from event_deliveries`.execute(db)
      expect(states).toEqual([{ state: 'delivered' }])
      console.log(
        `events fuzz, seed ${seed}, ${facts} facts: ${JSON.stringify({ events: feed.length, ...happened })}`,
      )
      for (const what of ['rolledBack', 'killed', 'flushed', 'crashed'])
        expect(happened[what]).toBeGreaterThan(0)
    } catch (error) {
      console.error(crew.output().slice(-6_000))
      throw error
    } finally {
      writing = false
      await following.catch(() => undefined)
      await crew.stop()
      await receiver.close()
      await db.destroy()
      await redis?.kill()
      await postgres.remove()
    }
  },
  90_000 + facts * 120,
)
