/** All workers of one process and its sweep. */
import { setMaxListeners } from 'node:events'
import type { Job } from 'bullmq'
import type { Config } from '../src/config.ts'
import type { Ctx } from '../src/context.ts'
import { connectionEventJob } from './connection-event.job.ts'
import { type JobDefinition, mostAtOnce, type QueueName, queueNames } from './define-job.ts'
import { allJobs } from './due-jobs.ts'
import { startEventPublisher } from './event-publisher.ts'
import type { Queues } from './queues.ts'
import { backoffMs, runJob } from './run-job.ts'
import { startSweeper } from './sweep.ts'

export interface RunningWorker {
  /** Lets the pages at hand finish, then stops. */
  readonly close: () => Promise<void>
}

const answersSoon = async (queues: Queues): Promise<boolean> => {
  const tooLate = AbortSignal.timeout(2_000)
  const silence = new Promise<never>((_, fail) => {
    tooLate.addEventListener('abort', () => fail(tooLate.reason))
  })
  return Promise.race([queues.check(), silence]).then(
    () => true,
    () => false,
  )
}

/** Deliveries wait for somebody else's server, so more of them fit beside each other. */
const concurrencyOf = (config: Config, queue: QueueName): number =>
  queue === 'event-delivery'
    ? config.webhookConcurrency
    : Math.min(config.workerConcurrency, mostAtOnce[queue] ?? Number.POSITIVE_INFINITY)

/** Starts working: one BullMQ worker per queue, and the sweep. */
export const startWorker = (
  ctx: Ctx,
  queues: Queues,
  jobs: readonly JobDefinition[] = allJobs,
): RunningWorker => {
  const stopping = new AbortController()
  // Every job under way listens, some twice.
  const atOnce = queueNames.reduce((sum, name) => sum + concurrencyOf(ctx.config, name), 0)
  setMaxListeners(2 * atOnce, stopping.signal)
  const underWay = new Set<Promise<unknown>>()
  const process = (job: Job) => {
    const work = runJob(ctx, jobs, job, stopping.signal)
    underWay.add(work)
    const forget = () => underWay.delete(work)
    work.then(forget, forget)
    return work
  }
  const backoffStrategy = (
    attemptsMade: number,
    _type?: string,
    _error?: Error,
    job?: { readonly name: string },
  ) => {
    const retry = jobs.find((definition) => definition.name === job?.name)?.retry ?? connectionEventJob.retry
    return backoffMs(retry, attemptsMade)
  }
  const workers = queueNames.map((name) =>
    queues.worker(name, process, {
      concurrency: concurrencyOf(ctx.config, name),
      settings: { backoffStrategy },
    }),
  )
  const sweeper = startSweeper(ctx, queues)
  const publisher = startEventPublisher(ctx, queues)
  ctx.log.info({ event: 'worker.started', queues: queues.backend, concurrency: ctx.config.workerConcurrency })
  return {
    close: async () => {
      stopping.abort()
      await sweeper.close()
      await publisher.close()
      // Without its store BullMQ would wait for as long as that stays away: to report what is done, and for new jobs.
      // Our work needs nobody to report to: it stands in rows.
      const storeAnswers = await answersSoon(queues)
      if (!storeAnswers) await Promise.allSettled(underWay)
      await Promise.all(workers.map((worker) => worker.close(!storeAnswers)))
    },
  }
}
