/** The queue's part of "no plain token anywhere": the rows of a queue in Postgres are checked with the database. */
import { tokenShape } from '../db/operator/invariants.repo.ts'
import type { Config } from '../src/config.ts'
import type { Logger } from '../src/observability/logger.ts'
import { queueNames } from './define-job.ts'
import { createQueues } from './queues.ts'

const token = new RegExp(tokenShape)
const batch = 1_000

/** @returns `queue/job id` of every job that holds something shaped like a token. */
export const findTokensInQueues = async (config: Config, log: Logger): Promise<readonly string[]> => {
  const queues = createQueues(config, log)
  const found: string[] = []
  try {
    for (const name of queueNames)
      for (let at = 0; ; at += batch) {
        const jobs = await queues.queue(name).getJobs(undefined, at, at + batch - 1)
        for (const job of jobs) if (token.test(JSON.stringify(job.toJSON()))) found.push(`${name}/${job.id}`)
        // A page holds up to `batch` jobs of each state.
        if (jobs.length === 0) break
      }
  } finally {
    await queues.close()
  }
  return found
}
