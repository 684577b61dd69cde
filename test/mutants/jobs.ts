import type { MutantsOfFile } from './mutant.ts'

/** What is due, the sweep, and what outlives its time. */
export const jobs: readonly MutantsOfFile[] = [
  {
    file: 'jobs/sweep.ts',
    killedBy: ['test/integration/jobs/due-statements.test.ts'],
    mutants: [
      {
        find: '    await unclaimDueRows(\n',
        replace: "    if (kind === 'retention') await unclaimDueRows(\n",
      },
      { find: '    throw error\n', replace: '    if (rows.length === 0) throw error\n' },
      {
        find: 'if (rows.length < batch) break',
        replace: 'if (rows.length <= batch) break',
        killedBy: ['test/integration/jobs/sweep.test.ts'],
      },
    ],
  },
  {
    file: 'db/jobs/due-rows.repo.ts',
    killedBy: ['test/integration/jobs/due-statements.test.ts'],
    mutants: [
      { find: "    where: 'processed_at is null',\n", replace: "    where: 'true',\n" },
      {
        find: "where: `state in ('active', 'error') and not exists (",
        replace: "where: `state <> 'disconnected' and not exists (",
      },
      {
        find: "and r.state = 'running' and r.lease_until > now())`",
        replace: "and r.state = 'running' and false)`",
        killedBy: ['test/integration/jobs/sweep.test.ts'],
      },
      {
        find: "where: `state <> 'completed' and (lease_until is null or lease_until < now())`",
        replace: "where: `state <> 'completed'`",
      },
      {
        find: "where: `state <> 'completed' and (lease_until",
        replace: 'where: `(lease_until',
        survives:
          'A completed command has no time at which it is due, so the condition beside it leaves it out; this one lets the index serve.',
      },
      { find: '      atOnce: 2,\n', replace: '      atOnce: 3,\n' },
      { find: '      atOnce: 2,\n', replace: '      atOnce: 1,\n' },
      { find: "taken: 'coalesce(lease_until > now(), false)'", replace: "taken: 'false'" },
      {
        find: "      open: `state <> 'completed'`,\n    },\n    work: { connectionId: 'connection_id', open: `state <> 'completed'` },",
        replace:
          "      open: `true`,\n    },\n    work: { connectionId: 'connection_id', open: `state <> 'completed'` },",
        survives:
          'A completed command has no time at which it is due, so the condition beside it leaves it out; this one lets the index serve.',
      },
      { find: "    where: `state in ('active', 'error')`,\n", replace: '    where: `true`,\n' },
      { find: "    where: 'revoked_at is null',\n", replace: "    where: 'true',\n" },
      { find: "'exists (select 1 from search_backlog)'", replace: "'true'" },
      { find: "where: `name = '${name}' and ${where}`", replace: 'where: `${where}`' },
      {
        find: '      where due.${sql.ref(dueAt)} <= now()\n        and (due.',
        replace: "      where due.${sql.ref(dueAt)} <= now() + interval '1 hour'\n        and (due.",
      },
      {
        find: '        and (due.${sql.ref(enqueuedAt)} is null\n',
        replace: '        and (due.${sql.ref(enqueuedAt)} is null or true\n',
      },
      {
        find: '          or due.${sql.ref(enqueuedAt)} < due.${sql.ref(dueAt)}\n          or',
        replace: '          or',
        killedBy: ['test/integration/jobs/sweep.test.ts'],
      },
      {
        find: '          or due.${sql.ref(enqueuedAt)} < now() - make_interval(secs => ${staleSeconds}))\n',
        replace: '          or ${staleSeconds} < 0)\n',
      },
      {
        find: '      order by due.${sql.ref(dueAt)}\n      limit ${limit}',
        replace: '      order by due.${sql.ref(dueAt)} desc\n      limit ${limit}',
      },
      {
        find: '      for update of due skip locked\n',
        replace: '      for update of due\n',
        killedBy: ['test/integration/interleavings/single-statements.test.ts'],
      },
      {
        find: '(select ${sql.ref(turns.of)} from ${sql.table(table)} where ${sql.ref(id)} = ${ownerOf})',
        replace:
          '(select max(${sql.ref(turns.of)}) from ${sql.table(table)} where ${ownerOf}::text is not null)',
        killedBy: ['test/integration/jobs/fair-turns.test.ts'],
      },
      {
        find: 'set ${sql.ref(enqueuedAt)} = null\n    where ${sql.ref(id)}::text = any(${ids})',
        replace:
          'set ${sql.ref(enqueuedAt)} = ${sql.ref(enqueuedAt)}\n    where ${sql.ref(id)}::text = any(${ids})',
      },
      {
        find: 'set ${sql.ref(dueAt)} = now(), ${sql.ref(enqueuedAt)} = now()\n',
        replace: 'set ${sql.ref(dueAt)} = now(), ${sql.ref(enqueuedAt)} = null\n',
        killedBy: ['test/integration/jobs/sweep.test.ts'],
      },
      {
        find: '          and (due.${sql.ref(enqueuedAt)} is null or due.${sql.ref(enqueuedAt)} < due.${sql.ref(dueAt)})\n',
        replace: '',
        killedBy: ['test/integration/operator/verify-invariants.test.ts'],
      },
      {
        find: "open: `state <> 'disconnected' and (problem_code is not null or sync_failures > 0)`",
        replace: "open: `state <> 'disconnected'`",
      },
    ],
  },
  {
    file: 'db/clients/retention.repo.ts',
    killedBy: ['test/integration/clients/retention-rules.test.ts'],
    mutants: [
      {
        find: "what: 'staged_invoices', where: sql`state <> 'open' and ${isOld('changed_at')}`",
        replace: "what: 'staged_invoices', where: isOld('changed_at')",
      },
      {
        find: "what: 'sync_runs', where: sql`state <> 'running' and ${isOld('finished_at')}`",
        replace: "what: 'sync_runs', where: isOld('finished_at')",
      },
      { find: "where: isOld('last_seen_at')", replace: "where: isOld('first_seen_at')" },
      { find: "where: isOld('processed_at')", replace: "where: isOld('created_at')" },
      {
        find: "what: 'oauth_states', where: sql`expires_at < now() - interval '1 day'`",
        replace: "what: 'oauth_states', where: sql`expires_at < now() - interval '2 days'`",
      },
      {
        find: "what: 'portal_sessions', where: sql`expires_at < now()`",
        replace: "what: 'portal_sessions', where: sql`expires_at < now() - interval '1 day'`",
      },
      {
        find: "what: 'used_sign_in_tokens', where: sql`expires_at < now()`",
        replace: "what: 'used_sign_in_tokens', where: sql`expires_at < now() - interval '1 day'`",
      },
      {
        find: "what: 'used_sign_in_tokens', where: sql`expires_at < now()`",
        replace: "what: 'used_sign_in_tokens', where: sql`expires_at < now() + interval '1 day'`",
      },
      {
        find: "what: 'workers', where: sql`last_sweep_at < now() - interval '1 day'`",
        replace: "what: 'workers', where: sql`last_sweep_at < now() - interval '1 hour'`",
      },
      { find: 'make_interval(days => ${days})', replace: 'make_interval(days => ${days} + 1)' },
      { find: 'if (count < batch) break', replace: 'if (count <= batch) break' },
    ],
  },
]
