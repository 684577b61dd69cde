/** Prometheus metrics of one process. Labels are bounded: never an id, a name or a URL with parameters. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export const createMetrics = () => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    registry,
    syncRuns: new Counter({
      name: 'sync_runs_total',
      help: 'Finished sync runs',
      labelNames: ['kind', 'state'],
      registers,
    }),
    syncPages: new Counter({
      name: 'sync_pages_total',
      help: 'Pages stored',
      labelNames: ['kind'],
      registers,
    }),
    syncRows: new Counter({
      name: 'sync_rows_total',
      help: 'Rows read by verdict: new, changed, unchanged, set_aside, paid, void, removed',
      labelNames: ['verdict'],
      registers,
    }),
    tokenVerdicts: new Counter({
      name: 'token_verdicts_total',
      help: 'Answers of the token endpoint: token, revoked, our_fault, inconclusive',
      labelNames: ['verdict'],
      registers,
    }),
    zohoRequests: new Counter({
      name: 'zoho_requests_total',
      help: 'Requests to the Books API by outcome: ok or an error code',
      labelNames: ['endpoint', 'outcome'],
      registers,
    }),
    zohoRequestSeconds: new Histogram({
      name: 'zoho_request_seconds',
      help: 'Duration of Books API requests',
      labelNames: ['endpoint'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
      registers,
    }),
    budgetWaits: new Counter({
      name: 'zoho_budget_waits_total',
      help: 'Times that work had to wait for the request budget, by reason',
      labelNames: ['reason'],
      registers,
    }),
    jobs: new Counter({
      name: 'jobs_total',
      help: 'Ended jobs by outcome: completed, deferred, retried, failed',
      labelNames: ['job', 'outcome'],
      registers,
    }),
    jobSeconds: new Histogram({
      name: 'job_seconds',
      help: 'Duration of job attempts',
      labelNames: ['job'],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60],
      registers,
    }),
    sweptRows: new Counter({
      name: 'swept_rows_total',
      help: 'Due rows claimed and enqueued by the sweep',
      labelNames: ['job'],
      registers,
    }),
    oldestDueSeconds: new Gauge({
      name: 'oldest_due_seconds',
      help: 'Age of the oldest due row that no job has taken yet',
      labelNames: ['job'],
      registers,
    }),
    queueJobs: new Gauge({
      name: 'queue_jobs',
      help: 'Jobs in the queue by state',
      labelNames: ['queue', 'state'],
      registers,
    }),
    commandSeconds: new Histogram({
      name: 'case_command_seconds',
      help: 'Time from Create Cases to its last outcome',
      buckets: [0.5, 1, 2, 5, 10, 30, 60, 300, 1800],
      registers,
    }),
    commandItems: new Counter({
      name: 'case_command_items_total',
      help: 'Items by outcome',
      labelNames: ['outcome'],
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'http_request_seconds',
      help: 'Duration of HTTP requests',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
