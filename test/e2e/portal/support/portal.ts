/** The whole product in this process: database, simulator, worker and portal, as `npm start` puts them together. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Db } from '../../../../db/core/database.ts'
import { signSignInToken } from '../../../../scripts/support/portal-client.ts'
import { runEverything } from '../../../../scripts/support/run-everything.ts'
import { logSeenByNobody } from '../../../support/context.ts'
import { createTestDatabase } from '../../../support/database.ts'
import { watchConfig } from '../../../support/secrets/known.ts'
import type { Simulator } from '../../../zoho-simulator/index.ts'

export interface Portal {
  readonly url: string
  readonly db: Db
  readonly simulator: Simulator
  readonly jwtSecret: string
  /** The address by which a host portal hands one of its people over. */
  readonly handOver: (claims?: { clientId?: string; clientName?: string; next?: string }) => Promise<string>
  readonly close: () => Promise<void>
}

interface PortalOptions {
  readonly invoices?: number
  readonly seed?: number
  /** Beside what every portal of these tests is given. */
  readonly env?: Readonly<Record<string, string>>
}

export const startPortal = async ({
  invoices = 120,
  seed = 7,
  env = {},
}: PortalOptions = {}): Promise<Portal> => {
  const directory = await mkdtemp(join(tmpdir(), 'portal-e2e-'))
  const database = await createTestDatabase()
  const everything = await runEverything({
    env: {
      NODE_ENV: 'test',
      DATA_DIR: directory,
      DATABASE_URL: database.url,
      PORT: '0',
      DEMO_SIGN_IN: 'true',
      SWEEP_INTERVAL_SECONDS: '1',
      DATABASE_POOL_SIZE: '6',
      ...env,
    },
    invoices,
    seed,
    log: logSeenByNobody('trace'),
  })
  const { simulator, server, context } = everything
  watchConfig(context.ctx.config)
  if (!simulator) throw new Error('These tests need the simulator.')
  return {
    url: server.url,
    db: database.db,
    simulator,
    jwtSecret: context.ctx.config.portalJwtSecret,
    handOver: async ({ clientId = 'client-a', clientName = 'Dana & Co', next = '/integrations' } = {}) => {
      const token = await signSignInToken(context.ctx.config.portalJwtSecret, {
        clientId,
        subject: 'dana',
        clientName,
      })
      return `${server.url}/session?${new URLSearchParams({ token, next })}`
    },
    close: async () => {
      await everything.close()
      await database.drop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Steps 1 and 2 of the help article: opens Integrations, connects, accepts at Zoho, waits for the first sync. */
export const connectAsAPerson = async (page: Page): Promise<void> => {
  await page.getByRole('link', { name: 'Connect', exact: true }).click()
  await page.getByRole('button', { name: 'Accept' }).click()
  await page.getByText('Zoho Books is connected.').waitFor()
  await syncedCard(page)
}

/** The card once a first sync is behind it. */
export const syncedCard = async (page: Page): Promise<void> => {
  await page
    .locator('#connection-card[data-state="active"]', {
      has: page.locator('dt:has-text("Last synced") + dd time'),
    })
    .waitFor({ timeout: 30_000 })
}
