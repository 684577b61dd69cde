/**
 * What an operator may do on the queue dashboard. Anything else is refused: data of a job is never edited and no
 * job is made by hand, because rows hold the intent and ids are all that a job may carry.
 */

interface BoardWrite {
  readonly method: 'PUT'
  /** Below the dashboard's prefix, as bull-board declares it. */
  readonly route: string
  /** For the audit trail. */
  readonly action: string
}

const put = (route: string, action: string): BoardWrite => ({ method: 'PUT', route, action })

const boardWrites: readonly BoardWrite[] = [
  put('/api/queues/:queueName/:jobId/retry', 'queue.job_retried'),
  put('/api/queues/:queueName/:jobId/promote', 'queue.job_promoted'),
  put('/api/queues/:queueName/:jobId/clean', 'queue.job_removed'),
  put('/api/queues/:queueName/retry/:queueStatus', 'queue.all_retried'),
  put('/api/queues/:queueName/promote', 'queue.all_promoted'),
  put('/api/queues/:queueName/clean/:queueStatus', 'queue.all_removed'),
  put('/api/queues/:queueName/empty', 'queue.emptied'),
  put('/api/queues/:queueName/pause', 'queue.paused'),
  put('/api/queues/:queueName/resume', 'queue.resumed'),
  put('/api/queues/pause', 'queue.every_queue_paused'),
  put('/api/queues/resume', 'queue.every_queue_resumed'),
]

/** The audited name of a write; undefined when it is not allowed. `route` is the full pattern of the route. */
export const actionOf = (method: string, route: string, prefix: string): string | undefined =>
  boardWrites.find((write) => write.method === method && `${prefix}${write.route}` === route)?.action
