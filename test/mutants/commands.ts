import type { MutantsOfFile } from './mutant.ts'

const statements = ['test/integration/cases/command-statements.test.ts']

/** Commands, their leases, and what proves a case. */
export const commands: readonly MutantsOfFile[] = [
  {
    file: 'db/cases/case-commands.repo.ts',
    killedBy: statements,
    mutants: [
      {
        find: "        .where('id', '=', id)\n        .where('state', '<>', 'completed')\n        .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<', sql<Date>`now()`)]))\n        .returningAll()",
        replace:
          "        .where('id', '=', id)\n        .where('state', '<>', 'completed')\n        .returningAll()",
      },
      {
        find: "        .where('state', '<>', 'completed')\n        .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<', sql<Date>`now()`)]))\n        .returningAll()",
        replace:
          "        .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<', sql<Date>`now()`)]))\n        .returningAll()",
      },
      {
        find: 'next_attempt_at: sql<Date>`least(next_attempt_at, now())`',
        replace: "next_attempt_at: sql<Date>`now() + interval '1 day'`",
      },
      { find: 'started_at: sql<Date>`coalesce(started_at, now())`', replace: 'started_at: sql<Date>`now()`' },
      {
        find: "    .where('lease_token', '=', leaseToken)\n    .where('lease_until', '>', sql<Date>`now()`)",
        replace: "    .where('lease_until', '>', sql<Date>`now()`)",
      },
      { find: "    .where('lease_until', '>', sql<Date>`now()`)\n", replace: '' },
      {
        find: "    .where('lease_token', '=', leaseToken)\n    .returningAll()",
        replace: '    .returningAll()',
      },
      { find: "    .where('lease_token', '=', leaseToken)\n    .execute()", replace: '    .execute()' },
      {
        find: "    .set({ next_attempt_at: at, enqueued_at: null, error_code: code })\n    .where('id', '=', id)\n    .where('state', '<>', 'completed')\n",
        replace:
          "    .set({ next_attempt_at: at, enqueued_at: null, error_code: code })\n    .where('id', '=', id)\n",
      },
      {
        find: "    .where((eb) => eb.or([eb('lease_until', 'is', null), eb('lease_until', '<', sql<Date>`now()`)]))\n    .execute()",
        replace: '    .execute()',
      },
      {
        find: "    .set({ error_code: code })\n    .where('id', '=', id)\n    .where('state', '<>', 'completed')\n",
        replace: "    .set({ error_code: code })\n    .where('id', '=', id)\n",
      },
      { find: 'when n.proven_at > m.created_at then', replace: 'when n.proven_at is not null then' },
      {
        find: "m.full_run_armed_at < now() - make_interval(secs => ${patienceSeconds}) then 'over'",
        replace: "m.full_run_armed_at < now() - 2 * make_interval(secs => ${patienceSeconds}) then 'over'",
      },
      {
        find: "and r.kind = 'full' and r.state in ('failed', 'cancelled')",
        replace: "and r.state in ('failed', 'cancelled')",
      },
      { find: "and r.state in ('failed', 'cancelled')", replace: "and r.state <> 'completed'" },
      { find: '          and r.started_at >= m.full_run_armed_at\n', replace: '' },
    ],
  },
  {
    file: 'db/cases/proof.ts',
    killedBy: statements,
    mutants: [
      { find: '> m.created_at and', replace: '>= m.created_at and' },
      { find: '> m.created_at and', replace: 'is not null and' },
      {
        find: 'make_interval(secs => ${proofMaxAgeSeconds})',
        replace: 'make_interval(secs => ${proofMaxAgeSeconds} * 2)',
      },
      { find: 's.changed_at < n.proven_at or s.proven_at >= n.proven_at', replace: 'true' },
      {
        find: 's.changed_at < n.proven_at or s.proven_at >= n.proven_at',
        replace: 's.changed_at < n.proven_at',
      },
      {
        find: 's.changed_at < n.proven_at or s.proven_at >= n.proven_at',
        replace: 's.proven_at >= n.proven_at',
      },
    ],
  },
  {
    file: 'db/cases/cases.repo.ts',
    killedBy: statements,
    mutants: [
      { find: "where s.state = 'open' and not s.unreadable and", replace: 'where not s.unreadable and' },
      { find: "where s.state = 'open' and not s.unreadable and", replace: "where s.state = 'open' and" },
      { find: ' and s.content_hash = chosen.content_hash', replace: '' },
      {
        find: ' and s.zoho_organization_id = ${origin.organizationId}\n    order by s.zoho_invoice_id',
        replace: '\n    order by s.zoho_invoice_id',
      },
      { find: '    on conflict do nothing\n', replace: '' },
      { find: 'where ${isProvenById(origin.proofMaxAgeSeconds)}', replace: 'where s.looked_at is not null' },
      {
        find: 'where ${isProvenByFullRun(origin.proofMaxAgeSeconds)}',
        replace: 'where n.proven_at is not null',
      },
    ],
  },
  {
    file: 'db/cases/case-command-items.repo.ts',
    killedBy: statements,
    mutants: [
      { find: 'and t.ordinal = d.ordinal and t.outcome is null\n', replace: 'and t.ordinal = d.ordinal\n' },
      {
        find: "    .where('command_id', '=', commandId)\n    .where('outcome', 'is', null)\n",
        replace: "    .where('command_id', '=', commandId)\n",
      },
    ],
  },
  {
    file: 'src/cases/decide.ts',
    killedBy: ['test/unit/cases/decide.test.ts'],
    mutants: [
      {
        find: "if (existing !== null) return { verdict: 'duplicate' }",
        replace: "if (existing === null) return { verdict: 'duplicate' }",
      },
      { find: "if (staged.state !== 'open') return", replace: "if (staged.state === 'paid') return" },
      { find: '  if (staged.unreadable) return', replace: '  if (false) return' },
      { find: 'acceptPaymentInProgress ? [] :', replace: 'true ? [] :' },
      { find: 'const reasons = [...blockers, ...held]', replace: 'const reasons = [...held]' },
      { find: 'return staged.proven\n', replace: 'return true\n' },
    ],
  },
]
