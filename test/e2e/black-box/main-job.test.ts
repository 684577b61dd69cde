import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { startEmbeddedPostgres } from '../../../db/core/embedded-postgres.ts'
import { signPortalToken } from '../../../scripts/support/portal-client.ts'
import { backends, queueOption } from '../../support/backends.ts'
import { withDeployment } from '../../support/deployments.ts'
import { doMainJob, expectMainJobToAddUp } from '../../support/main-job.ts'
import { killAllScripts, startScript } from '../../support/processes.ts'
import { lookIntoCluster } from '../../support/secrets/stores.ts'

afterEach(killAllScripts)

/** Where Connect sends a person: with npm start alone that is the simulator it brought along. */
const consentOrigin = async (url: string, jwtSecret: string): Promise<string> => {
  const token = await signPortalToken(jwtSecret, { clientId: 'peek', subject: 'peek' })
  const handOver = await fetch(`${url}/session?token=${token}&next=/integrations`, { redirect: 'manual' })
  const cookie = handOver.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const connect = await fetch(`${url}/integrations/zoho-books/connect`, {
    headers: { cookie },
    redirect: 'manual',
  })
  return new URL(connect.headers.get('location') ?? '').origin
}

describe('the main job, over HTTP only', () => {
  it('adds up on a bare machine after npm start alone', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bare-'))
    const start = startScript('scripts/start.ts', { DATA_DIR: directory, PORT: '0', LOG_LEVEL: 'warn' }, [
      '--invoices',
      '300',
    ])
    const url = await start.ready
    const { PORTAL_JWT_SECRET: jwtSecret } = z
      .object({ PORTAL_JWT_SECRET: z.string().min(32) })
      .parse(JSON.parse(await readFile(join(directory, 'secrets.json'), 'utf8')))
    const simulatorUrl = await consentOrigin(url, jwtSecret)
    expectMainJobToAddUp(await doMainJob({ url, jwtSecret, simulatorUrl }))
    expect(await start.stop()).toBe(0)
    // Its database is no template's clone: it is looked through for secrets here.
    const postgres = await startEmbeddedPostgres({ directory })
    await lookIntoCluster(await postgres.database('postgres')).finally(postgres.stop)
    await rm(directory, { recursive: true, force: true })
  })

  it.each(backends)('adds up with a server and two workers, each a process of its own (%s)', (backend) =>
    withDeployment({ ...queueOption(backend, 2), workers: 2 }, async (deployment) =>
      expectMainJobToAddUp(await doMainJob(deployment)),
    ),
  )
})
