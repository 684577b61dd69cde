import type { MutantsOfFile } from './mutant.ts'

/** Which answer of Zoho's a row keeps. */
export const staging: readonly MutantsOfFile[] = [
  {
    file: 'db/sync/staged-invoices.repo.ts',
    killedBy: ['test/integration/sync/staging-statements.test.ts'],
    mutants: [
      { find: "sql`interval '5 minutes'`", replace: "sql`interval '2 hours'`" },
      { find: "sql`interval '5 minutes'`", replace: "sql`interval '1 minute'`" },
      { find: 'when ${byId ? sql`true` : unordered} and', replace: 'when ${sql`true`} and' },
      { find: 'when ${byId ? sql`true` : unordered} and', replace: 'when ${unordered} and' },
      { find: 'and ${input}.proven_at >= ${staged}.changed_at then true', replace: 'then true' },
      { find: '    when ${unordered} then false\n', replace: '    when ${unordered} then true\n' },
      {
        find: 'then ${input}.zoho_modified_at > ${staged}.zoho_modified_at',
        replace: 'then ${input}.zoho_modified_at < ${staged}.zoho_modified_at',
      },
      {
        find: 'else ${input}.proven_at >= ${staged}.proven_at',
        replace: 'else true or ${input}.proven_at >= ${staged}.proven_at',
      },
      {
        find: 's.zoho_invoice_id is null or ${replaces(',
        replace: 's.zoho_invoice_id is null or true or ${replaces(',
      },
      {
        find: "where ${replaces('excluded', 'staged_invoices', byId)}",
        replace: "where true or ${replaces('excluded', 'staged_invoices', byId)}",
      },
      {
        find: "where ${replaces('excluded', 'staged_invoices', byId)}",
        replace: "where false and ${replaces('excluded', 'staged_invoices', byId)}",
      },
      {
        find: "when s.zoho_invoice_id is null then i.state = 'open' or exists (",
        replace: 'when s.zoho_invoice_id is null then true or exists (',
      },
      {
        find: "when s.state = i.state and i.state <> 'open' then false",
        replace: "when s.state = i.state and i.state = 'never' then false",
      },
      { find: ' or s.unreadable`', replace: '`' },
      { find: 'i.content_hash <> s.content_hash or i.state', replace: 'true or i.state' },
      { find: 'unreadable = false, policy_version', replace: 'policy_version' },
      { find: 'looked_at = excluded.looked_at, zoho_time', replace: 'zoho_time' },
      {
        find: "where id = ${page.runId} and lease_token = ${page.leaseToken} and state = 'running'",
        replace: "where id = ${page.runId} and ${page.leaseToken}::uuid is not null and state = 'running'",
      },
      {
        find: "and lease_token = ${page.leaseToken} and state = 'running'\n",
        replace: 'and lease_token = ${page.leaseToken}\n',
      },
      {
        find: 'array(select zoho_invoice_id from differing where not wins)',
        replace: 'array(select zoho_invoice_id from differing where not wins and false)',
      },
      { find: 'next_page = ${page.page}::int + 1,', replace: 'next_page = ${page.page}::int,' },
      {
        find: 'first_request_at = case when ${page.page}::int = 1',
        replace: 'first_request_at = case when ${page.page}::int >= 1',
      },
      {
        find: '        lease_until = now() + make_interval(secs => ${page.lockSeconds})',
        replace: '        lease_until = now() + make_interval(secs => 0 * ${page.lockSeconds})',
      },
      {
        find: "where id = ${target.connectionId} and state <> 'disconnected'\n",
        replace: 'where id = ${target.connectionId}\n',
      },
      {
        find: '        and zoho_organization_id = ${target.organizationId}\n      for share',
        replace: '      for share',
      },
      { find: "    .where('content_hash', '=', contentHash)\n", replace: '' },
      { find: "    .where('unreadable', '=', false)\n", replace: '' },
      { find: "    .where('state', '=', state)\n", replace: '' },
      {
        find: "    .where(({ eb, or }) => or([eb('looked_at', 'is', null), eb('looked_at', '<', requestedAt)]))\n",
        replace: '',
      },
      { find: "    .where('state', '<>', 'removed')\n", replace: '' },
      { find: "and state = 'open' and not unreadable`", replace: 'and not unreadable`' },
      {
        find: "and state = 'open' and proven_at < ${since}::timestamptz\n",
        replace: 'and proven_at < ${since}::timestamptz\n',
      },
      {
        find: 'where p.run_id = ${runId} and s.proven_at < ${since}::timestamptz',
        replace: 'where p.run_id = ${runId} and s.proven_at < ${since}::timestamptz and false',
      },
      { find: 'and seen.id <> all(seen.doubtful_ids)', replace: '' },
      {
        find: 'select 1 from (select unnest(invoice_ids) as id, doubtful_ids from sync_pages where run_id = ${runId}) seen',
        replace:
          'select 1 from (select unnest(invoice_ids) as id, doubtful_ids from sync_pages where run_id = ${runId} and false) seen',
      },
    ],
  },
  {
    file: 'db/core/invoice.ts',
    killedBy: ['test/integration/sync/restage-invoice.test.ts'],
    mutants: [
      {
        find: 'of: (i) => i.amountToRecover, ofCase: true, alike: true }',
        replace: 'of: (i) => i.amountToRecover, ofCase: true }',
      },
      {
        find: 'of: (i) => i.zohoStatus, ofCase: true, alike: true }',
        replace: 'of: (i) => i.zohoStatus, ofCase: true }',
      },
      { find: 'of: (i) => i.paymentInProgress, alike: true }', replace: 'of: (i) => i.paymentInProgress }' },
      {
        find: 'of: (i) => i.paymentExpectedDate, alike: true }',
        replace: 'of: (i) => i.paymentExpectedDate }',
      },
      { find: 'of: (i) => i.subStatus, alike: true }', replace: 'of: (i) => i.subStatus }' },
    ],
  },
  {
    file: 'src/sync/restage-invoice.ts',
    killedBy: ['test/integration/sync/restage-invoice.test.ts'],
    mutants: [
      { find: '  !known.unreadable &&\n', replace: '' },
      { find: '  known.modifiedAt?.getTime() === row.modifiedAt.getTime() &&\n', replace: '' },
      {
        find: 'if (byIdOnly ? now === null : !alike) return true',
        replace: 'if (byIdOnly || !alike) return true',
      },
    ],
  },
]
