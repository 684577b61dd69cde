import type { MutantsOfFile } from './mutant.ts'

const chain = ['test/integration/db/audit-chain.test.ts']

/** The invariants: one that cannot fail is worse than none. */
export const verify: readonly MutantsOfFile[] = [
  {
    file: 'db/operator/invariants.repo.ts',
    killedBy: ['test/integration/operator/verify-invariants.test.ts'],
    mutants: [
      {
        find: 'group by zoho_organization_id, zoho_invoice_id having count(*) > 1',
        replace: 'group by zoho_organization_id, zoho_invoice_id having count(*) > 2',
      },
      {
        find: "where i.outcome = 'created' and c.id is null",
        replace: "where i.outcome = 'created' and c.id is null and i.case_id is not null",
      },
      {
        find: 'on c.id = i.case_id and c.zoho_invoice_id = i.zoho_invoice_id and',
        replace: 'on c.id = i.case_id and',
      },
      { find: ' and c.zoho_organization_id = i.zoho_organization_id', replace: '' },
      { find: "where i.case_id = c.id and i.outcome = 'created')", replace: 'where i.case_id = c.id)' },
      {
        find: 'where not exists (select 1 from case_command_items i where',
        replace: 'where false and not exists (select 1 from case_command_items i where',
      },
      {
        find: 'group by connection_id having count(*) > 1',
        replace: 'group by connection_id having count(*) > 2',
      },
      {
        find: "where state = 'running' group by connection_id",
        replace: "where state = 'completed' group by connection_id",
      },
      { find: "where s.state = 'open' and (c.id is null or", replace: '  where (c.id is null or' },
      { find: '(c.id is null or c.state', replace: '(c.state' },
      { find: "c.state = 'disconnected' or c.zoho", replace: 'c.zoho' },
      { find: ' or c.zoho_organization_id <> s.zoho_organization_id)', replace: ')' },
      {
        find: "where (proof->>'amount')::numeric is distinct from amount_to_recover",
        replace: 'where false',
      },
      { find: "        or proof->>'currencyCode' is distinct from currency_code\n", replace: '' },
      { find: "        or proof->>'creditorReference' is distinct from creditor_reference\n", replace: '' },
      {
        find: "        or (described_by is null and proof->>'claimDescription' is distinct from claim_description)\n",
        replace: '',
      },
      { find: "        or proof->>'zohoStatus' is distinct from zoho_status\n", replace: '' },
      {
        find: "\n        or (proof->>'zohoModifiedAt')::timestamptz is distinct from zoho_modified_at",
        replace: '',
      },
      { find: 'where c.proven_at <= m.created_at or', replace: 'where c.proven_at < m.created_at or' },
      {
        find: "(c.proof->>'requestedAt')::timestamptz is distinct from c.proven_at",
        replace: "(c.proof->>'requestedAt')::timestamptz <> c.proven_at",
      },
      {
        find: "coalesce(c.proof->>'source' not in ('invoice', 'full_run'), true)",
        replace: "coalesce(c.proof->>'source' not in ('invoice', 'full_run'), false)",
      },
      {
        find: "c.proof->>'source' not in ('invoice', 'full_run')",
        replace: "c.proof->>'source' not in ('invoice', 'full_run', 'guess')",
      },
      { find: 'unsweptFor(sweepIntervalSeconds * 3)', replace: 'unsweptFor(sweepIntervalSeconds * 4)' },
      {
        find: 'last_sweep_at > now() - make_interval(secs => ${sweepIntervalSeconds * 3})',
        replace: 'last_sweep_at > now() - make_interval(secs => ${sweepIntervalSeconds * 2})',
      },
      {
        find: 'last_sweep_at > now() - make_interval(secs => ${sweepIntervalSeconds * 3})',
        replace: 'last_sweep_at > now() - make_interval(secs => ${sweepIntervalSeconds * 30})',
      },
      { find: '~ ${tokenShape} limit 1', replace: '~ ${`${tokenShape}x`} limit 1' },
      { find: 'where position <> expected_position or', replace: 'where', killedBy: chain },
      { find: ' or previous_hash <> expected_hash', replace: '', killedBy: chain },
      { find: ' or hash <> audit_hash(event)', replace: '', killedBy: chain },
      {
        find: '        or (person_salt is not null and person_digest <> audit_person_digest(event))\n',
        replace: '',
        killedBy: chain,
      },
      {
        find: '(event).ip_address is not null or ((event).actor_role',
        replace: '((event).actor_role',
        killedBy: chain,
      },
      {
        find: 'where (heads.position, heads.hash) is distinct from (ends.position, ends.hash)',
        replace: 'where heads.position < ends.position',
        killedBy: chain,
      },
    ],
  },
]
