import { Redis } from 'ioredis'
import { z } from 'zod'
import { defineJob, type JobDefinition } from '../../../jobs/define-job.ts'
import { createQueues, enqueue, type Queues } from '../../../jobs/queues.ts'
import { type RunningWorker, startWorker } from '../../../jobs/worker.ts'
import { AppError } from '../../../src/errors.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { backends, redisUrls } from '../../support/backends.ts'
import { createTestContext } from '../../support/context.ts'
import { createTestDatabase, type TestDatabase } from '../../support/database.ts'
import { waitFor } from '../../support/wait-for.ts'

describe.each(backends)('queues on %s', (backend) => {
  let test: TestDatabase
  let queues: Queues
  let worker: RunningWorker | undefined
  let logged: string[]
  const urls = redisUrls(backend, 1)

  beforeAll(async () => {
    test = await createTestDatabase()
    if (urls?.[0]) {
      const redis = new Redis(urls[0])
      await redis.flushdb()
      redis.disconnect()
    }
  })
  beforeEach(() => {
    logged = []
    queues = createQueues(context().config, context().log)
  })
  afterEach(async () => {
    await worker?.close()
    worker = undefined
    await queues.close()
  })
  afterAll(() => test.drop())

  // 2 seconds on purpose: a third of it is no whole number of milliseconds.
  const context = () =>
    createTestContext({
      db: test.db,
      log: createLogger({ level: 'warn', destination: { write: (line) => void logged.push(line) } }),
      config: { databaseUrl: test.url, redisUrls: urls, sweepIntervalSeconds: 60, jobLockSeconds: 2 },
    })

  const aJob = (name: string, run: JobDefinition['run'], more: Partial<JobDefinition> = {}) =>
    defineJob({
      queue: 'housekeeping',
      name,
      data: z.object({ id: z.string() }),
      retry: { attempts: 3, baseMs: 5, maxMs: 20 },
      key: ({ id }) => id,
      run,
      failed: async () => {},
      rearm: async () => {},
      ...more,
    }) as unknown as JobDefinition

  const put = (job: JobDefinition, data: unknown) => enqueue(queues, job, [{ data }])
  const work = (...jobs: JobDefinition[]) => {
    worker = startWorker(context(), queues, jobs)
  }
  const jobsIn = (state: 'failed' | 'completed' | 'waiting', name: string) =>
    queues
      .queue('housekeeping')
      .getJobs([state])
      .then((jobs) => jobs.filter((job) => job.name === name))

  it('runs what is enqueued', async () => {
    const seen: string[] = []
    const job = aJob('plain', async (_ctx, data) => {
      seen.push((data as { id: string }).id)
    })
    work(job)
    await put(job, { id: 'a' })
    await waitFor('the job', () => seen.includes('a'))
    // By then it has looked for jobs of dead workers once.
    expect(logged.filter((line) => line.includes('worker.error'))).toEqual([])
  })

  it('absorbs a second job with the same key while the first one waits', async () => {
    let runs = 0
    const job = aJob('absorbed', async () => {
      runs++
    })
    await put(job, { id: 'same' })
    await put(job, { id: 'same' })
    expect(await jobsIn('waiting', 'absorbed')).toHaveLength(1)
    work(job)
    await waitFor('the job to complete', async () => (await jobsIn('completed', 'absorbed')).length === 1)
    expect(runs).toBe(1)
  })

  it('keeps what is enqueued while the same key runs, as exactly one more run', async () => {
    let runs = 0
    const job = aJob('kept', async () => {
      runs++
      if (runs > 1) return
      for (let i = 0; i < 3; i++) await put(job, { id: 'same' })
    })
    work(job)
    await put(job, { id: 'same' })
    await waitFor('two runs', async () => (await jobsIn('completed', 'kept')).length === 2)
    expect(await jobsIn('waiting', 'kept')).toHaveLength(0)
    expect(runs).toBe(2)
  })

  it('retries an error of class "now" and tells the row only the last time that it is over', async () => {
    const lasts: boolean[] = []
    const job = aJob(
      'now',
      async () => {
        throw new AppError('zoho_unavailable')
      },
      {
        failed: async (_ctx, _data, { last }) => {
          lasts.push(last)
        },
      },
    )
    work(job)
    await put(job, { id: 'x' })
    const [failed] = await waitFor('the failed job', async () => {
      const jobs = await jobsIn('failed', 'now')
      return jobs.length > 0 && jobs
    })
    expect(lasts).toEqual([false, false, true])
    expect(failed?.failedReason).toMatch(/^zoho_unavailable: /)
  })

  it('ends an error of class "later" well and never holds the slot', async () => {
    const retryAt = new Date(Date.now() + 60_000)
    const job = aJob('later', async () => {
      throw new AppError('zoho_day_limit', { retryAt })
    })
    work(job)
    await put(job, { id: 'x' })
    const [done] = await waitFor('the deferred job', async () => {
      const jobs = await jobsIn('completed', 'later')
      return jobs.length > 0 && jobs
    })
    expect(done?.returnvalue).toEqual({
      outcome: 'deferred',
      code: 'zoho_day_limit',
      retryAt: retryAt.toISOString(),
    })
  })

  it('does not retry an error of class "never"; an operator can, and then the row is made due first', async () => {
    let broken = true
    let rearmed = 0
    let runs = 0
    const job = aJob(
      'never',
      async () => {
        runs++
        if (broken) throw new AppError('zoho_permission_missing')
      },
      {
        rearm: async () => {
          rearmed++
        },
      },
    )
    work(job)
    await put(job, { id: 'x' })
    const [failed] = await waitFor('the failed job', async () => {
      const jobs = await jobsIn('failed', 'never')
      return jobs.length > 0 && jobs
    })
    expect([runs, rearmed]).toEqual([1, 0])
    broken = false
    await failed?.retry('failed')
    await waitFor('the retried job', async () => (await jobsIn('completed', 'never')).length === 1)
    expect([runs, rearmed]).toEqual([2, 1])
  })

  it('a failed job shows code and hint where others show a stack, and nothing that its cause says', async () => {
    const job = aJob('secretive', async () => {
      throw new AppError('zoho_permission_missing', { cause: new Error('token 1000.abcdef') })
    })
    work(job)
    await put(job, { id: 'x' })
    const [failed] = await waitFor('the failed job', async () => {
      const jobs = await jobsIn('failed', 'secretive')
      return jobs.length > 0 && jobs
    })
    expect(failed?.failedReason).toMatch(/^zoho_permission_missing: /)
    expect(failed?.stacktrace).toEqual([failed?.failedReason])
  })

  it('fails bad job data and an unknown job with a stable code, without running anything', async () => {
    let runs = 0
    const job = aJob('strict', async () => {
      runs++
    })
    await queues.queue('housekeeping').add('strict', { id: 7 })
    await queues.queue('housekeeping').add('no-such-job', {})
    work(job)
    const failed = await waitFor('both failures', async () => {
      const jobs = [...(await jobsIn('failed', 'strict')), ...(await jobsIn('failed', 'no-such-job'))]
      return jobs.length === 2 && jobs
    })
    expect(failed.map((one) => one.failedReason)).toEqual([
      expect.stringMatching(/^job_data_invalid: /),
      expect.stringMatching(/^job_data_invalid: /),
    ])
    expect(runs).toBe(0)
  })
})
