import type { MutantsOfFile } from './mutant.ts'

/** Runs: who holds one, what a failure and an end do, and the schedule after them. */
export const leases: readonly MutantsOfFile[] = [
  {
    file: 'db/sync/sync-runs.repo.ts',
    killedBy: ['test/integration/sync/lease-statements.test.ts'],
    mutants: [
      { find: "kind: connection.watermark === null ? 'full' : wanted", replace: 'kind: wanted' },
      {
        find: 'coalesce(next_full_sync_at <= now(), true) as full_due',
        replace: 'coalesce(next_full_sync_at <= now(), false) as full_due',
      },
      { find: 'coalesce(next_full_sync_at <= now(), true) as full_due', replace: 'true as full_due' },
      {
        find: "const wanted = kind ?? (fullDue ? 'full' : 'incremental')",
        replace: "const wanted = fullDue ? 'full' : (kind ?? 'incremental')",
      },
      {
        find: "(connection.state !== 'active' && connection.state !== 'error')) return undefined\n    const { rows }",
        replace: "connection.state !== 'active') return undefined\n    const { rows }",
      },
      {
        find: "(connection.state !== 'active' && connection.state !== 'error')) return undefined\n    const { rows }",
        replace: "connection.state === 'disconnected') return undefined\n    const { rows }",
      },
      {
        find: 'coalesce(c.next_sync_at <= now(), false) as due',
        replace: 'coalesce(c.next_sync_at <= now(), true) as due',
      },
      { find: 'coalesce(c.next_sync_at <= now(), false) as due', replace: 'true as due' },
      {
        find: "and r.state = 'running' and r.lease_until > now()) as leased",
        replace: "and r.state = 'running' and r.lease_until < now()) as leased",
      },
      {
        find: 'if (!rows[0]?.due || rows[0].leased) return undefined',
        replace: 'if (!rows[0]?.due) return undefined',
      },
      {
        find: 'lease_token: sql<string>`gen_random_uuid()`',
        replace: 'lease_token: sql<string>`coalesce(lease_token, gen_random_uuid())`',
      },
      { find: 'attempts: sql<number>`attempts + 1`', replace: 'attempts: sql<number>`attempts`' },
      {
        find: "    .where('lease_token', '=', lease_token)\n    .where('state', '=', 'running')\n    .returningAll()",
        replace: "    .where('state', '=', 'running')\n    .returningAll()",
      },
      {
        find: "    .where('lease_token', '=', lease_token)\n    .where('state', '=', 'running')\n",
        replace: "    .where('lease_token', '=', lease_token)\n",
      },
      { find: '    if (!kept) return false\n', replace: '' },
      { find: 'if (!kept || !connection) return\n', replace: 'if (!connection) return\n' },
      { find: 'if (kept) await leaveToQueue', replace: 'await leaveToQueue' },
      {
        find: 'if (!finished || !connection) return undefined',
        replace:
          'if (!connection || finished === null) return undefined\n    if (!finished) { await scheduleAfterRun(trx, connection, run, intervals); return undefined }',
      },
      {
        find: 'sql<Date>`greatest(zoho_started_at, watermark_from)`',
        replace: 'sql<Date>`zoho_started_at`',
        survives:
          'The watermark of the connection is raised by greatest() as well, so only the record of the run differs, which nothing reads.',
      },
      {
        find: 'sql<Date>`greatest(watermark, ${finished.watermark_to}::timestamptz)`',
        replace: 'sql<Date>`${finished.watermark_to}::timestamptz`',
        survives:
          'The run carries the watermark that it began with into its own end by greatest(), and runs of one connection do not overlap.',
      },
      {
        find: 'sql<Date>`greatest(proven_at, ${finished.first_request_at}::timestamptz)`',
        replace: 'sql<Date>`${finished.first_request_at}::timestamptz`',
      },
      { find: "...(finished.kind === 'full'\n", replace: '...(finished.kind !== null\n' },
      {
        find: "sql<Connection['state']>`case when state = 'error' then 'active' else state end`,\n}",
        replace: "sql<Connection['state']>`state`,\n}",
      },
      {
        find: "if (!connection || connection.state === 'disconnected') return\n    const failures",
        replace: 'if (!connection) return\n    const failures',
      },
      {
        find: "      .where(({ eb, or }) => or([eb('lease_until', 'is', null), eb('lease_until', '<', sql<Date>`now()`)]))\n",
        replace: '',
      },
      {
        find: 'const failures = connection.sync_failures + 1',
        replace: 'const failures = connection.sync_failures',
      },
      {
        find: "case when state = 'active' then 'error' else state end`,\n        problem_code",
        replace: "'error'`,\n        problem_code",
      },
      {
        find: "connection.state === 'reconnect_required' ? connection.problem_code : failure.code",
        replace: 'failure.code',
      },
      {
        find: 'connection.problem_code === failure.code ? connection.problem_at : sql<Date>`now()`',
        replace: 'sql<Date>`clock_timestamp()`',
      },
    ],
  },
  {
    file: 'db/connections/sync-schedule.repo.ts',
    killedBy: ['test/integration/sync/lease-statements.test.ts'],
    mutants: [
      {
        find: "a === 'full' || b === 'full' ? 'full' : (a ?? b)",
        replace: 'a ?? b',
      },
      { find: 'connection.sync_rearms < maxRearms', replace: 'connection.sync_rearms <= maxRearms' },
      { find: 'const rearmed = full && run.disturbed &&', replace: 'const rearmed = run.disturbed &&' },
      { find: 'const dueNow = rearmed || again !== null', replace: 'const dueNow = rearmed' },
      {
        find: 'const again = connection.sync_again_kind ?? connection.next_sync_kind',
        replace: 'const again = connection.next_sync_kind',
      },
      {
        find: 'spread(intervalSeconds, 0.1)',
        replace: 'spread(intervalSeconds, 0.9)',
      },
      {
        find: 'sync_rearms: rearmed ? connection.sync_rearms + 1 : 0',
        replace: 'sync_rearms: connection.sync_rearms + 1',
      },
      { find: 'baseSeconds * 2 ** Math.min(connection.sync_failures, 20)', replace: 'baseSeconds' },
      { find: 'const pause = Math.min(maxSeconds,', replace: 'const pause = Math.max(maxSeconds,' },
      { find: 'delayed_until: delayedCode === null ? null : at,', replace: 'delayed_until: null,' },
      { find: 'next_sync_at: at ?? now,', replace: 'next_sync_at: at,' },
      {
        find: 'write(trx, connectionId, { sync_enqueued_at: now })',
        replace: 'write(trx, connectionId, { sync_enqueued_at: null })',
      },
      {
        find: "const enough = running === 'full' && !anew ? 'incremental' : (kind ?? 'incremental')",
        replace: "const enough = running === 'full' ? 'incremental' : (kind ?? 'incremental')",
      },
    ],
  },
]
