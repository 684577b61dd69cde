import type { MutantsOfFile } from './mutant.ts'

/** Who may see and do what: row-level security, grants, and the functions that run as their owner. */
export const rights: readonly MutantsOfFile[] = [
  {
    file: 'db/migrations/0001-initial.ts',
    killedBy: ['test/integration/db/rights.test.ts'],
    mutants: [
      {
        find: "to portal_views using (client_id = current_setting('app.client_id', true))`,",
        replace: 'to portal_views using (true)`,',
      },
      ...[
        'connections',
        'sync_runs',
        'set_aside_rows',
        'staged_invoices',
        'cases',
        'case_events',
        'case_commands',
        'case_command_items',
        'audit_events',
      ].map((table) => ({
        find: "for select to portal_views using (client_id = current_setting('app.client_id', true))`",
        replace: `for select to portal_views using (\${table === '${table}' ? 'true' : "client_id = current_setting('app.client_id', true)"})\``,
      })),
      {
        find: '`alter table ${table} enable row level security`',
        replace: "`alter table ${table === 'set_aside_rows' ? 'clients' : table} enable row level security`",
      },
      {
        find: 'create policy portal_own on ${table} for select to portal_views',
        replace: 'create policy portal_own on ${table} for select to portal_views, public',
        survives:
          'Nobody but the listed roles has a grant on these tables, so a policy for everybody lets nobody in.',
      },
      {
        find: 'to app_worker using (true) with check (true)`,\n    `create policy portal_own',
        replace: "to app_worker using (true) with check (client_id <> '')`,\n    `create policy portal_own",
        survives: 'A client without an id cannot exist: the primary key of clients has a check.',
      },
      { find: '  `revoke update, delete on audit_events from app_worker`,\n', replace: '' },
      { find: '  `revoke insert, update, delete on audit_chains from app_worker`,\n', replace: '' },
      {
        find: '  `revoke insert, update, delete on kysely_migration, kysely_migration_lock from app_worker`,\n',
        replace: '',
      },
      {
        find: 'grant select, delete, update (actor, ip_address, person_salt) on audit_events',
        replace: 'grant select, delete, update (actor, ip_address, person_salt, action) on audit_events',
      },
      { find: '    `revoke execute on function ${name} from public`,\n', replace: '' },
      { find: '  `revoke execute on function tell_portal from public`,\n', replace: '' },
      { find: '  `revoke execute on function portal_search from public`,\n', replace: '' },
      {
        find: 'where connection_id = $1 and client_id = $2 and search_text',
        replace: 'where connection_id = $1 and $2 = $2 and search_text',
      },
      { find: 'where c.id = $1 and c.client_id = $2)', replace: 'where c.id = $1 and $2 = $2)' },
      {
        find: '    `grant select on ${view} to portal_reader`,',
        replace: '    `grant select on ${view} to public`,',
      },
      { find: '    `alter view ${view} owner to portal_views`,\n', replace: '' },
    ],
  },
]
