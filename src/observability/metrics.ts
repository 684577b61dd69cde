/** Prometheus metrics of one process. Labels are bounded: never an id, a name or a URL with parameters. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { createScrape } from './scrape.ts'

export const createMetrics = () => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const readFailures = new Counter({
    name: 'scrape_read_failures_total',
    help: 'Reads for gauges that failed or were late; the gauges then keep their last value',
    labelNames: ['read'],
    registers,
  })
  const { onScrape, collect } = createScrape({ failed: (read) => readFailures.inc({ read }) })
  return {
    registry,
    /** Adds a read that runs when someone scrapes, see `src/observability/scrape.ts`. */
    onScrape,
    connections: new Gauge({
      name: 'connections',
      help: 'Live connections by state: active, syncing, delayed, error, reconnect_required, paused',
      labelNames: ['state'],
      registers,
      collect,
    }),
    connectionProblems: new Gauge({
      name: 'connection_problems',
      help: 'Live connections with a problem or a delay, by error code',
      labelNames: ['code'],
      registers,
      collect,
    }),
    budgetOrganizations: new Gauge({
      name: 'zoho_budget_organizations',
      help: 'Organizations by the state of their request budget: open, low (under 20 % of the day left), day_used_up, blocked',
      labelNames: ['state'],
      registers,
      collect,
    }),
    budgetDayUsedRatio: new Gauge({
      name: 'zoho_budget_day_used_ratio',
      help: 'Share of the day quota that is used, of the organization that has used most',
      registers,
      collect,
    }),
    openCommands: new Gauge({
      name: 'case_commands_open',
      help: 'Commands to create cases that are not completed, by state: pending, running',
      labelNames: ['state'],
      registers,
      collect,
    }),
    lastSweepSeconds: new Gauge({
      name: 'last_sweep_seconds',
      help: 'Seconds since any worker looked for due work; +Inf when there is no worker',
      registers,
      collect,
    }),
    databasePool: new Gauge({
      name: 'database_pool_connections',
      help: 'Connections of this process to PostgreSQL by state: used, idle, and callers waiting for one',
      labelNames: ['state'],
      registers,
      collect,
    }),
    databasePoolLimit: new Gauge({
      name: 'database_pool_limit',
      help: 'Most connections this process opens, DATABASE_POOL_SIZE',
      registers,
    }),
    queuePaused: new Gauge({
      name: 'queue_paused',
      help: '1 while an operator has paused the queue',
      labelNames: ['queue'],
      registers,
      collect,
    }),
    eventDeliveries: new Counter({
      name: 'event_deliveries_total',
      help: 'Attempts to deliver an event, by outcome: delivered, retried, failed',
      labelNames: ['outcome'],
      registers,
    }),
    eventDeliverySeconds: new Histogram({
      name: 'event_delivery_seconds',
      help: 'From the fact to its delivery, of events that an endpoint took at the first attempt',
      buckets: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    queueUp: new Gauge({
      name: 'queue_up',
      help: '1 when the store of the queues answered at the last scrape',
      registers,
      collect,
    }),
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
      collect,
    }),
    queueJobs: new Gauge({
      name: 'queue_jobs',
      help: 'Jobs in the queue by state',
      labelNames: ['queue', 'state'],
      registers,
      collect,
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
