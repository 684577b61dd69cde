import { type Kysely, sql } from 'kysely'

/**
 * All tables with their constraints, roles and row-level security. Invariants live here; code translates a
 * violated constraint into a verdict.
 *
 * Keys: `client_id` is the tenant; a connection has one client. docs/scaling.md says which tables a distributed
 * PostgreSQL could divide.
 */
export const up = async (db: Kysely<unknown>): Promise<void> => {
  const sections = [
    roles,
    connections,
    tokens,
    sync,
    staging,
    search,
    cases,
    documents,
    budgets,
    portal,
    shortLived,
    audit,
    jobs,
    events,
    rowLevelSecurity,
    portalFunctions,
    portalViews,
  ]
  for (const statement of sections.flat()) await sql.raw(statement).execute(db)
}

/** Roles belong to the cluster, so another database may have made them already, even this very moment. */
const roles = [
  ...['app_worker', 'portal_views', 'portal_reader', 'audit_retention'].map(
    (role) => `
    do $$ begin
      if not exists (select 1 from pg_roles where rolname = '${role}') then create role ${role} nologin; end if;
    exception when duplicate_object or unique_violation then null;
    end $$`,
  ),
]

/** What can make a run due. */
const triggers = `'connected', 'schedule', 'manual', 'webhook', 'rearmed', 'command'`

const connections = [
  `create table clients (
    id          text primary key check (id <> '' and length(id) <= 200),
    name        text not null,
    created_at  timestamptz not null default now()
  )`,
  `create table connections (
    id                          uuid primary key default gen_random_uuid(),
    client_id                   text not null references clients (id),
    state                       text not null default 'active'
      check (state in ('active', 'reconnect_required', 'error', 'paused', 'disconnected')),
    data_center                 text not null,
    zoho_organization_id        text not null check (zoho_organization_id <> ''),
    organization_name           text not null,
    organization_time_zone      text not null default 'UTC',
    organization_currency_code  text,
    connected_at                timestamptz not null default now(),
    connected_by                text not null,
    disconnected_at             timestamptz,
    -- schedule: the row is the intent
    next_sync_at                timestamptz,
    next_sync_kind              text check (next_sync_kind in ('full', 'incremental')),
    next_sync_trigger           text check (next_sync_trigger in (${triggers})),
    sync_again_kind             text check (sync_again_kind in ('full', 'incremental')),
    sync_again_trigger          text check (sync_again_trigger in (${triggers})),
    sync_rearms                 integer not null default 0,
    next_full_sync_at           timestamptz,
    sync_enqueued_at            timestamptz,
    sync_failures               integer not null default 0,
    waits_for                   text check (waits_for in ('books', 'accounts')),
    granted_scopes              text[] not null default '{}',
    -- what we know of Zoho's books
    watermark                   timestamptz,
    last_synced_at              timestamptz,
    proven_at                   timestamptz,
    -- what the client sees
    delayed_until               timestamptz,
    delayed_code                text,
    problem_code                text,
    problem_at                  timestamptz,
    -- cases whose invoices nobody has looked at since the connection was interrupted
    next_case_follow_at         timestamptz,
    case_follow_enqueued_at     timestamptz,
    webhook_salt                uuid not null default gen_random_uuid(),
    webhook_token_hash          text not null unique
  )`,
  `comment on column connections.sync_again_kind is 'asked for while a run was under way: another run follows it at once'`,
  `comment on column connections.sync_rearms is 'full runs armed in a row because invoices left the list while it was walked'`,
  `comment on column connections.watermark is 'Zoho time up to which an incremental run has seen changes'`,
  `comment on column connections.proven_at is 'our time, just before the first request of the last completed full run was sent: as of then every open row was unpaid'`,
  `comment on column connections.webhook_salt is 'the webhook token is derived from it and a secret that is not in the database; another salt is another token'`,
  `comment on column connections.granted_scopes is 'what this grant allows; what it lacks is a feature less'`,
  `create unique index connections_one_live_per_client on connections (client_id) where state <> 'disconnected'`,
  `create index connections_sync_due on connections (next_sync_at)
     where next_sync_at is not null and state in ('active', 'error')`,
  `comment on column connections.waits_for is 'next_sync_at waits for the end of an outage of this service of Zoho; null: for anything else'`,
  `create index connections_outage on connections (data_center, waits_for, next_sync_at) where waits_for is not null`,
  `create index connections_case_follow_due on connections (next_case_follow_at) where next_case_follow_at is not null`,
  `create index connections_organization on connections (zoho_organization_id) where state <> 'disconnected'`,

  `create table connection_events (
    id               uuid primary key default gen_random_uuid(),
    connection_id    uuid not null references connections (id) on delete cascade,
    client_id        text not null references clients (id),
    kind             text not null check (kind in ('connected', 'reconnected', 'disconnected')),
    created_at       timestamptz not null default now(),
    next_attempt_at  timestamptz default now(),
    enqueued_at      timestamptz,
    attempts         integer not null default 0,
    error_code       text,
    processed_at     timestamptz
  )`,
  `create index connection_events_due on connection_events (next_attempt_at) where processed_at is null`,
  `create index connection_events_connection on connection_events (connection_id, created_at desc)`,
]

const tokens = [
  `create table oauth_tokens (
    connection_id            uuid primary key references connections (id) on delete cascade,
    client_id                text not null references clients (id),
    refresh_token_jwe        text not null check (refresh_token_jwe like 'ey%'),
    access_token_jwe         text check (access_token_jwe like 'ey%'),
    access_token_expires_at  timestamptz,
    scope                    text,
    key_id                   text not null,
    version                  integer not null default 1,
    minted_at                timestamptz[] not null default '{}',
    next_refresh_at          timestamptz,
    refresh_enqueued_at      timestamptz,
    refresh_failures         integer not null default 0,
    refresh_error_code       text,
    updated_at               timestamptz not null default now()
  )`,
  `create index oauth_tokens_unclear on oauth_tokens (next_refresh_at) where refresh_error_code = 'zoho_token_unclear'`,
  `create index oauth_tokens_refresh_due on oauth_tokens (next_refresh_at) where next_refresh_at is not null`,

  `create table oauth_states (
    state_hash    text primary key,
    session_id    text not null,
    client_id     text not null references clients (id),
    created_by    text not null,
    expires_at    timestamptz not null,
    used_at       timestamptz,
    created_at    timestamptz not null default now()
  )`,

  `create table token_revocations (
    id                 uuid primary key default gen_random_uuid(),
    connection_id      uuid references connections (id) on delete set null,
    client_id          text not null references clients (id),
    data_center        text not null,
    token_owner        uuid not null,
    refresh_token_jwe  text check (refresh_token_jwe like 'ey%'),
    next_attempt_at    timestamptz default now(),
    enqueued_at        timestamptz,
    attempts           integer not null default 0,
    error_code         text,
    created_at         timestamptz not null default now(),
    revoked_at         timestamptz
  )`,
  `create index token_revocations_due on token_revocations (next_attempt_at) where revoked_at is null`,
]

const sync = [
  `create table sync_runs (
    id                    uuid primary key default gen_random_uuid(),
    connection_id         uuid not null references connections (id) on delete cascade,
    client_id             text not null references clients (id),
    zoho_organization_id  text not null,
    kind                  text not null check (kind in ('full', 'incremental')),
    trigger               text not null check (trigger in (${triggers})),
    state                 text not null default 'running' check (state in ('running', 'completed', 'failed', 'cancelled')),
    phase                 text not null default 'listing' check (phase in ('listing', 'checking_changes', 'checking_missing')),
    next_page             integer not null default 1 check (next_page > 0),
    listed_pages          integer not null default 0,
    watermark_from        timestamptz,
    first_request_at      timestamptz,
    zoho_started_at       timestamptz,
    watermark_to          timestamptz,
    total                 integer,
    rows_read             integer not null default 0,
    rows_new              integer not null default 0,
    rows_changed          integer not null default 0,
    rows_unchanged        integer not null default 0,
    rows_set_aside        integer not null default 0,
    rows_closed           integer not null default 0,
    disturbed             boolean not null default false,
    error_code            text,
    attempts              integer not null default 0,
    lease_token           uuid,
    lease_until           timestamptz,
    started_at            timestamptz not null default now(),
    finished_at           timestamptz
  )`,
  `comment on column sync_runs.first_request_at is 'our time, just before the first request of the run was sent'`,
  `comment on column sync_runs.zoho_started_at is 'the same moment by Zoho''s Date header; null when that could not be believed'`,
  `create unique index sync_runs_one_active on sync_runs (connection_id) where state = 'running'`,
  `create index sync_runs_newest on sync_runs (connection_id, started_at desc, id)`,
  `create index sync_runs_client on sync_runs (client_id, started_at desc, id)`,

  `create table sync_pages (
    run_id         uuid not null references sync_runs (id) on delete cascade,
    page           integer not null check (page > 0),
    connection_id  uuid not null,
    invoice_ids    text[] not null,
    doubtful_ids   text[] not null default '{}',
    rows_set_aside integer not null default 0,
    has_more       boolean not null,
    stored_at      timestamptz not null default now(),
    primary key (run_id, page)
  )`,

  `create table set_aside_rows (
    id                 uuid primary key default gen_random_uuid(),
    connection_id      uuid not null references connections (id) on delete cascade,
    client_id          text not null references clients (id),
    run_id             uuid references sync_runs (id) on delete set null,
    row_key            text not null,
    zoho_invoice_id    text,
    creditor_reference text,
    problems           jsonb not null,
    first_seen_at      timestamptz not null default now(),
    last_seen_at       timestamptz not null default now(),
    resolved_at        timestamptz,
    unique (connection_id, row_key)
  )`,
]

/** What the list of invoices is ordered by. */
const listOrders = {
  due: `(case when due_date is null then 'infinity'::date else due_date end)`,
  amount: 'value_key',
  customer: 'customer_key',
  number: 'number_key',
}

const staging = [
  `create table staged_invoices (
    connection_id          uuid not null references connections (id) on delete cascade,
    zoho_invoice_id        text not null check (zoho_invoice_id <> ''),
    client_id              text not null,
    zoho_organization_id   text not null,
    creditor_reference     text,
    invoice_date           date,
    due_date               date,
    amount_to_recover      numeric not null,
    currency_code          text,
    debtor_name            text,
    debtor_email           text,
    debtor_phone           text,
    debtor_address         text,
    debtor_city            text,
    debtor_zip_code        text,
    debtor_state           text,
    debtor_country         text,
    debtor_country_alpha2  text,
    claim_description      text,
    zoho_customer_id       text,
    zoho_status            text not null,
    payment_in_progress    boolean not null default false,
    payment_expected_date  date,
    zoho_sub_status        text,
    unused_credits         numeric,
    debtor_type            text check (debtor_type in ('Company', 'Private')),
    debtor_type_source     text,
    debtor_contact_person  text,
    debtor_company_registration_number text,
    debtor_email_source    text,
    debtor_phone_source    text,
    debtor_hash            text,
    unreadable             boolean not null default false,
    base_rate              numeric check (base_rate >= 0),
    base_rate_source       text check (base_rate_source in ('zoho', 'policy', 'none')),
    state                  text not null default 'open' check (state in ('open', 'paid', 'void', 'removed')),
    blockers               jsonb not null default '[]',
    warnings               jsonb not null default '[]',
    eligible_from          date,
    eligible_until         date,
    policy_version         text not null,
    content_hash           text not null,
    case_id                uuid,
    zoho_modified_at       timestamptz,
    proven_at              timestamptz not null,
    looked_at              timestamptz,
    zoho_time              timestamptz,
    first_seen_at          timestamptz not null default now(),
    changed_at             timestamptz not null default now(),
    -- what the portal sorts by. Row-level security lets only leakproof operators into index conditions; those of
    -- numeric and lower() are not, those of bigint and text are.
    value_key              bigint generated always as (round(least(amount_to_recover * coalesce(base_rate, 1), 900000000000000) * 10000)::bigint) stored not null,
    customer_key           text generated always as (left(lower(coalesce(debtor_name, '')), 100)) stored not null,
    number_key             text generated always as (left(coalesce(creditor_reference, ''), 100)) stored not null,
    primary key (connection_id, zoho_invoice_id)
  )`,
  `comment on column staged_invoices.blockers is 'findings {code, values?, from?, until?}, without their sentences: in force on days from <= day < until'`,
  `comment on column staged_invoices.eligible_from is 'first day on which no blocker is in force; null: none, as things stand'`,
  `comment on column staged_invoices.eligible_until is 'first day on which time brings a blocker again; null: none does'`,
  `comment on column staged_invoices.debtor_email_source is 'contact: the invoice had none, it is the customer''s'`,
  `comment on column staged_invoices.debtor_hash is 'content of the staged debtor that was filled in; null: none was known'`,
  `comment on column staged_invoices.base_rate is 'what one unit is worth in the organization''s currency; null: it is that currency, or the organization''s is not known'`,
  `comment on column staged_invoices.value_key is 'what the amount is worth in the organization''s currency, in ten-thousandths: amounts of several currencies are compared by it'`,
  `comment on column staged_invoices.unreadable is 'Zoho sent it last in a form that we cannot read: held by a blocker, its content is that of before'`,
  `comment on column staged_invoices.unused_credits is 'credits of the customer that are not applied, when an answer by id said so'`,
  `comment on column staged_invoices.case_id is 'the case of this invoice, possibly of another client who connected the same organization'`,
  `comment on column staged_invoices.zoho_modified_at is 'null: Zoho gave a time that cannot be, for it lies ahead'`,
  `comment on column staged_invoices.proven_at is 'our time, just before the request was sent whose answer this row holds; see also connections.proven_at'`,
  `comment on column staged_invoices.looked_at is 'the same, of the last reading by id; null when a list has changed the row since'`,
  `comment on column staged_invoices.zoho_time is 'Date header of the answer that proven_at is about, less the time it took'`,
  // The last two columns skip what is a case, or not eligible, without a look at the row. The second index of each is
  // small: few invoices become cases, and those are looked for in any order too.
  ...Object.entries(listOrders).flatMap(([name, key]) => [
    `create index staged_invoices_${name} on staged_invoices (connection_id, ${key}, zoho_invoice_id, case_id, eligible_from)
       where state = 'open'`,
    `create index staged_invoices_case_${name} on staged_invoices (connection_id, ${key}, zoho_invoice_id)
       where state = 'open' and case_id is not null`,
  ]),
  // what a client narrows the list to: one customer, invoices of some weeks
  `create index staged_invoices_debtor on staged_invoices (connection_id, zoho_customer_id) where state = 'open'`,
  `create index staged_invoices_invoice_date on staged_invoices (connection_id, invoice_date) where state = 'open'`,
  // low in values, so Postgres keeps it small; a rare currency is found without walking the list
  `create index staged_invoices_currency on staged_invoices (connection_id, currency_code) where state = 'open'`,
  // A connection has one client. Without this the planner takes the policy's condition for a second filter, expects
  // a fraction of the rows, and sorts a million of them rather than walking an index.
  `create statistics staged_invoices_tenant (dependencies) on connection_id, client_id from staged_invoices`,
  `create index staged_invoices_closed on staged_invoices (changed_at) where state <> 'open'`,

  `create table staged_debtors (
    connection_id         uuid not null references connections (id) on delete cascade,
    zoho_customer_id      text not null check (zoho_customer_id <> ''),
    client_id             text not null,
    zoho_organization_id  text not null,
    type                  text check (type in ('Company', 'Private')),
    name                  text,
    company_name          text,
    contact_person        text,
    email                 text,
    phone                 text,
    mobile                text,
    registration_number   text,
    unused_credits        numeric,
    language_code         text,
    active                boolean not null,
    content_hash          text not null,
    zoho_modified_at      timestamptz,
    proven_at             timestamptz not null,
    first_seen_at         timestamptz not null default now(),
    changed_at            timestamptz not null default now(),
    primary key (connection_id, zoho_customer_id)
  )`,
  `comment on table staged_debtors is 'customers of the connected organization, as Zoho listed them last'`,
  `comment on column staged_debtors.proven_at is 'our time, just before the request was sent whose answer this row holds'`,
  `create table debtor_types (
    client_id             text not null references clients (id),
    zoho_organization_id  text not null,
    zoho_customer_id      text not null check (zoho_customer_id <> ''),
    type                  text not null check (type in ('Company', 'Private')),
    set_by                text not null,
    set_at                timestamptz not null default now(),
    primary key (client_id, zoho_organization_id, zoho_customer_id)
  )`,
  `comment on table debtor_types is 'what a client said of customers whose record does not tell; outlives the connection'`,
  // The walk through the customers and its schedule: the row is the intent. Separate from the runs, which come first.
  `create table debtor_syncs (
    connection_id    uuid primary key references connections (id) on delete cascade,
    client_id        text not null,
    next_sync_at     timestamptz,
    enqueued_at      timestamptz,
    next_full_at     timestamptz,
    watermark        timestamptz,
    modified_since   timestamptz,
    next_page        integer not null default 1 check (next_page > 0),
    listed           boolean not null default false,
    zoho_started_at  timestamptz,
    lease_token      uuid,
    lease_until      timestamptz,
    failures         integer not null default 0,
    error_code       text,
    completed_at     timestamptz
  )`,
  `comment on column debtor_syncs.modified_since is 'of the walk under way: what changed since then in Zoho time; null: all customers'`,
  `comment on column debtor_syncs.listed is 'all pages of the walk are staged; what they say is being filled in'`,
  `create index debtor_syncs_due on debtor_syncs (next_sync_at) where next_sync_at is not null`,
]

/**
 * Trigrams cost more to write than the row itself (some 20 µs), so they live beside the table and a job
 * fills them a few seconds later; until then the invoices stand in the backlog, a row a page.
 */
const search = [
  // Small letters without accents, so that `sondergaard` finds Søndergård. Most texts need only the first branch.
  `create function fold_text(given text) returns text language sql immutable parallel safe as $$
      select case when octet_length(given) = char_length(given) then lower(given)
        else replace(replace(replace(translate(
          lower(regexp_replace(normalize(given, NFD), '[\\u0300-\\u036f]', '', 'g')),
          'øłđħŧı', 'oldhti'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe') end
    $$`,
  `create function invoice_search_text(number text, customer text, email text, description text) returns text
    language sql immutable parallel safe as $$
      select fold_text(' ' || coalesce(number, '') || ' ' || coalesce(customer, '') || ' ' || coalesce(email, '') || ' ' || coalesce(description, ''))
    $$`,
  `create table invoice_search (
    connection_id    uuid not null,
    zoho_invoice_id  text not null,
    client_id        text not null,
    search_text      text not null,
    primary key (connection_id, zoho_invoice_id)
  )`,
  // Both extensions are trusted and part of every PostgreSQL; where they are forbidden, a search reads the client's rows.
  `do $$ begin
    create extension if not exists pg_trgm;
    create extension if not exists btree_gin;
    create index invoice_search_trigrams on invoice_search using gin (connection_id, search_text gin_trgm_ops);
  exception when insufficient_privilege or undefined_file or feature_not_supported then
    raise notice 'no trigram index: %', sqlerrm;
  end $$`,
  `create table search_backlog (
    id                bigint generated always as identity,
    connection_id     uuid not null references connections (id) on delete cascade,
    zoho_invoice_ids  text[] not null,
    primary key (connection_id, id)
  )`,
  `create function note_new_for_search() returns trigger language plpgsql as $$ begin
    insert into search_backlog (connection_id, zoho_invoice_ids)
    select connection_id, array_agg(zoho_invoice_id) from new_rows where state = 'open' group by connection_id;
    return null;
  end $$`,
  `create function note_changed_for_search() returns trigger language plpgsql as $$ begin
    insert into search_backlog (connection_id, zoho_invoice_ids)
    select n.connection_id, array_agg(n.zoho_invoice_id)
    from new_rows n join old_rows o on o.connection_id = n.connection_id and o.zoho_invoice_id = n.zoho_invoice_id
    where n.state = 'open' and (n.creditor_reference, n.debtor_name, n.debtor_email, n.claim_description, n.amount_to_recover)
      is distinct from (o.creditor_reference, o.debtor_name, o.debtor_email, o.claim_description, o.amount_to_recover)
    group by n.connection_id;
    return null;
  end $$`,
  `create function forget_for_search() returns trigger language plpgsql as $$ begin
    delete from invoice_search s using old_rows o
    where s.connection_id = o.connection_id and s.zoho_invoice_id = o.zoho_invoice_id;
    return null;
  end $$`,
  `create trigger note_new_for_search after insert on staged_invoices
    referencing new table as new_rows for each statement execute function note_new_for_search()`,
  `create trigger note_changed_for_search after update on staged_invoices
    referencing old table as old_rows new table as new_rows for each statement execute function note_changed_for_search()`,
  `create trigger forget_for_search after delete on staged_invoices
    referencing old table as old_rows for each statement execute function forget_for_search()`,
]

const cases = [
  `create table case_commands (
    id                  uuid primary key default gen_random_uuid(),
    client_id           text not null references clients (id),
    connection_id       uuid references connections (id) on delete set null,
    idempotency_key     text check (length(idempotency_key) <= 255),
    request_hash        text not null,
    requested_by        text not null,
    requested_by_name   text,
    request_id          text,
    confirm_undisputed  boolean not null check (confirm_undisputed),
    selection           jsonb not null,
    state               text not null default 'pending' check (state in ('pending', 'running', 'completed')),
    total               integer not null,
    created             integer not null default 0,
    duplicate           integer not null default 0,
    ineligible          integer not null default 0,
    failed              integer not null default 0,
    next_attempt_at     timestamptz default now(),
    enqueued_at         timestamptz,
    attempts            integer not null default 0,
    error_code          text,
    lease_token         uuid,
    lease_until         timestamptz,
    full_run_armed_at   timestamptz,
    created_at          timestamptz not null default now(),
    started_at          timestamptz,
    completed_at        timestamptz,
    constraint case_commands_counts_add_up check (created + duplicate + ineligible + failed <= total),
    constraint case_commands_complete check
      (state <> 'completed' or created + duplicate + ineligible + failed = total)
  )`,
  `comment on column case_commands.request_id is 'of the HTTP request that gave the command; the log lines of that request carry it'`,
  `comment on column case_commands.full_run_armed_at is 'since when it waits for a full run to prove its items; asked for once'`,
  `create unique index case_commands_idempotency_key on case_commands (client_id, idempotency_key)`,
  `create index case_commands_due on case_commands (next_attempt_at) where state <> 'completed'`,
  `create index case_commands_turns on case_commands (client_id, next_attempt_at) where state <> 'completed'`,
  `create index case_commands_newest on case_commands (client_id, created_at desc, id)`,
  // what an operator looks for: the request of a log line, and below the invoice that somebody named
  `create index case_commands_request on case_commands (request_id) where request_id is not null`,

  // What an operator reads when a command stands still. No client reads it, and retention may delete it.
  `create table case_command_attempts (
    id          uuid primary key,
    command_id  uuid not null references case_commands (id) on delete cascade,
    started_at  timestamptz not null default now(),
    ended_at    timestamptz,
    outcome     text check (outcome in ('completed', 'yielded', 'waiting', 'deferred', 'failed')),
    error_code  text,
    constraint case_command_attempts_ended_with_outcome check ((ended_at is null) = (outcome is null))
  )`,
  `comment on column case_command_attempts.id is 'the lease of the attempt; its log lines carry it as attemptId'`,
  `create index case_command_attempts_newest on case_command_attempts (command_id, started_at desc, id)`,

  `create table cases (
    id                     uuid primary key default gen_random_uuid(),
    reference              text not null unique,
    client_id              text not null references clients (id),
    connection_id          uuid references connections (id) on delete set null,
    command_id             uuid not null references case_commands (id),
    data_center            text not null,
    zoho_organization_id   text not null,
    zoho_invoice_id        text not null,
    status                 text not null default 'pending_verification' check (status in ('pending_verification', 'withdrawn')),
    creditor_reference     text,
    invoice_date           date not null,
    due_date               date not null,
    amount_to_recover      numeric not null check (amount_to_recover > 0),
    currency_code          text not null,
    debtor_name            text not null,
    debtor_email           text,
    debtor_phone           text,
    debtor_address         text,
    debtor_city            text,
    debtor_zip_code        text,
    debtor_state           text,
    debtor_country_alpha2  text,
    debtor_type            text check (debtor_type in ('Company', 'Private')),
    debtor_type_source     text,
    debtor_contact_person  text,
    debtor_company_registration_number text,
    debtor_email_source    text,
    debtor_phone_source    text,
    claim_description      text,
    zoho_status            text not null,
    zoho_customer_id       text,
    zoho_modified_at       timestamptz,
    proven_at              timestamptz not null,
    proof                  jsonb not null,
    warnings               jsonb not null default '[]',
    evidence_required      text[] not null default '{}' check (evidence_required <@ array['file', 'description']),
    described              boolean not null default false,
    described_by           text,
    created_by             text not null,
    created_at             timestamptz not null default now(),
    -- what became of the invoice; the columns above stay what the case was made from
    invoice_state          text not null default 'unpaid' check (invoice_state in ('unpaid', 'partly_paid', 'paid', 'void', 'removed')),
    outstanding            numeric not null check (outstanding >= 0),
    invoice_state_since    timestamptz not null default now(),
    invoice_as_of          timestamptz not null,
    followed_until         timestamptz,
    withdrawn_reason       text,
    -- both amounts in the organization's currency, at the rate of the invoice when the case was made
    base_rate              numeric check (base_rate >= 0),
    amount_value           numeric generated always as (amount_to_recover * coalesce(base_rate, 1)) stored not null,
    outstanding_value      numeric generated always as (outstanding * coalesce(base_rate, 1)) stored not null,
    constraint cases_withdrawn_says_why check ((status = 'withdrawn') = (withdrawn_reason is not null)),
    constraint cases_zoho_invoice_id_key unique (zoho_organization_id, zoho_invoice_id),
    constraint cases_proven_before_created check (proven_at <= created_at + interval '5 minutes')
  )`,
  `comment on column cases.proven_at is 'our time, just before the request was sent whose answer proved the case; later than its command'`,
  `comment on column cases.proof is 'what Zoho said when the case was made: {amount, currencyCode, creditorReference, claimDescription, zohoStatus, zohoModifiedAt, zohoTime, requestedAt, source}'`,
  `comment on column cases.evidence_required is 'what the policy asked for when the case was made or described; file or description: the one that there is, else a file'`,
  `comment on column cases.described is 'the description says enough to count as one'`,
  `comment on column cases.described_by is 'who wrote the description; null: it is that of the invoice, as in the proof'`,
  `create index cases_newest on cases (client_id, created_at desc, id)`,
  `create index cases_command on cases (command_id)`,
  `create index cases_creditor_reference on cases (creditor_reference)`,
  `create index cases_zoho_invoice on cases (zoho_invoice_id)`,
  `create index cases_state on cases (client_id, invoice_state, created_at desc, id)`,
  `create index cases_unfollowed on cases (zoho_organization_id, id) where followed_until is not null`,
  `comment on column cases.base_rate is 'what one unit was worth in the organization''s currency; null: it is that currency'`,
  `comment on column cases.outstanding is 'what is left to pay of the invoice now, by Zoho; 0 once it is paid, void or removed'`,
  `comment on column cases.invoice_as_of is 'the youngest word of Zoho about the invoice, in Zoho time: an older one changes nothing'`,
  `comment on column cases.followed_until is 'null while a connection follows the invoice; else the last moment at which one did'`,
  `create table case_events (
    id             bigint generated always as identity primary key,
    case_id        uuid not null references cases (id) on delete cascade,
    client_id      text not null references clients (id),
    type           text not null check (type in ('created', 'invoice_changed', 'description_changed', 'withdrawn', 'reinstated')),
    at             timestamptz not null default clock_timestamp(),
    invoice_state  text not null,
    outstanding    numeric not null,
    actor          text not null,
    reason         text
  )`,
  `create index case_events_case on case_events (case_id, id)`,

  // A case follows its invoice. The trigger sits on the staging table, so that no way of writing a row forgets it, and
  // the case learns in the transaction that stages or closes its row. Only the youngest word counts: two clients may
  // have connected the same organization.
  // Who tells cases shares a lock with others that do; who stops following an organization has it alone, so it sees the
  // cases of all who came before, and those after it see that nobody follows any more. The lock comes after connection,
  // run and staged rows, and before cases.
  `create function share_following(organization text) returns void language sql as $$
    select pg_advisory_xact_lock_shared(hashtextextended('stop_following ' || organization, 0))
  $$`,
  `create function tell_cases(organization text, ids text[], states text[], amounts numeric[], looked timestamptz[]) returns void
    language plpgsql as $$ begin
      perform share_following(organization);
      with said as (
        select c.id, c.client_id, c.invoice_state as old_state, c.outstanding as old_outstanding, word.looked,
          case when word.state <> 'open' then word.state when word.amount < c.amount_to_recover then 'partly_paid' else 'unpaid' end as invoice_state,
          case when word.state = 'open' then greatest(word.amount, 0) else 0 end as outstanding
        from unnest(ids, states, amounts, looked) as word (id, state, amount, looked)
        join cases c on c.zoho_organization_id = organization and c.zoho_invoice_id = word.id and word.looked >= c.invoice_as_of
        order by c.id
        for no key update of c
      ),
      told as (
        update cases c set invoice_state = said.invoice_state, outstanding = said.outstanding, invoice_as_of = said.looked,
          invoice_state_since = case when said.invoice_state <> said.old_state then now() else c.invoice_state_since end,
          followed_until = case when exists (
            select 1 from connections n
            where n.zoho_organization_id = organization and n.state not in ('disconnected', 'reconnect_required')
          ) then null else c.followed_until end
        from said where c.id = said.id
      )
      insert into case_events (case_id, client_id, type, invoice_state, outstanding, actor)
      select id, client_id, 'invoice_changed', invoice_state, outstanding, 'zoho'
      from said where (invoice_state, outstanding) is distinct from (old_state, old_outstanding)
      order by id;
    end $$`,
  `create function follow_invoices() returns trigger language plpgsql as $$ begin
    perform tell_cases(zoho_organization_id, array_agg(zoho_invoice_id), array_agg(state), array_agg(amount_to_recover), array_agg(proven_at))
    from new_rows where case_id is not null group by zoho_organization_id;
    return null;
  end $$`,
  `create trigger follow_new_invoices after insert on staged_invoices
    referencing new table as new_rows for each statement execute function follow_invoices()`,
  `create trigger follow_changed_invoices after update on staged_invoices
    referencing new table as new_rows for each statement execute function follow_invoices()`,
  // A connection that ends, needs a new consent or turns to another organization hears of its invoices no longer.
  `create function stop_following() returns trigger language plpgsql as $$ begin
    -- two connections to one organization that end at the same time must see each other
    perform pg_advisory_xact_lock(hashtextextended('stop_following ' || old.zoho_organization_id, 0));
    update cases c set followed_until = coalesce(old.last_synced_at, old.connected_at)
    where c.zoho_organization_id = old.zoho_organization_id and c.followed_until is null and not exists (
      select 1 from connections other
      where other.zoho_organization_id = old.zoho_organization_id and other.id <> old.id
        and other.state not in ('disconnected', 'reconnect_required'));
    return null;
  end $$`,
  `create trigger stop_following after update of state, zoho_organization_id on connections for each row
    when (old.zoho_organization_id <> new.zoho_organization_id or (
      old.state not in ('disconnected', 'reconnect_required') and new.state in ('disconnected', 'reconnect_required')))
    execute function stop_following()`,

  `create table case_command_items (
    command_id                    uuid not null references case_commands (id) on delete cascade,
    ordinal                       integer not null,
    client_id                     text not null references clients (id),
    zoho_organization_id          text not null,
    zoho_invoice_id               text not null,
    accept_payment_in_progress    boolean not null default false,
    outcome                       text check (outcome in ('created', 'duplicate', 'ineligible', 'failed')),
    case_id                       uuid references cases (id) on delete set null,
    existing_case_reference       text,
    reasons                       jsonb not null default '[]',
    decided_at                    timestamptz,
    primary key (command_id, ordinal),
    unique (command_id, zoho_invoice_id),
    constraint case_command_items_created_has_case check (outcome is distinct from 'created' or case_id is not null)
  )`,
  `create index case_command_items_open on case_command_items (command_id, ordinal) where outcome is null`,
  `create index case_command_items_outcome on case_command_items (command_id, outcome, ordinal)`,
  `create index case_command_items_case on case_command_items (case_id)`,
]

/**
 * What belongs to a case in writing. Contents are kept once for a client, whatever they belong to; their bytes are in
 * pieces, so that nobody holds a whole file.
 */
const documents = [
  `create table document_files (
    id          uuid primary key default gen_random_uuid(),
    client_id   text not null references clients (id),
    sha256      text check (sha256 ~ '^[0-9a-f]{64}$'),
    size_bytes  integer check (size_bytes between 1 and 26214400),
    kept_in     text not null default 'database' check (kept_in in ('database', 'store')),
    created_at  timestamptz not null default now(),
    constraint document_files_complete check ((sha256 is null) = (size_bytes is null)),
    constraint document_files_written_first check (kept_in = 'database' or sha256 is not null)
  )`,
  `comment on column document_files.sha256 is 'of the whole content; null while it is being written'`,
  `create unique index document_files_content on document_files (client_id, sha256)`,
  `create table document_chunks (
    file_id    uuid not null references document_files (id) on delete cascade,
    ordinal    integer not null,
    client_id  text not null,
    bytes      bytea not null,
    primary key (file_id, ordinal)
  )`,
  // Objects of the store that no file has: being written, or left by a file that went. No way of deleting a file forgets its object.
  `create table loose_objects (
    file_id       uuid primary key,
    sha256        text not null,
    delete_after  timestamptz not null
  )`,
  `create index loose_objects_due on loose_objects (delete_after)`,
  `create function loosen_object() returns trigger language plpgsql as $$ begin
    insert into loose_objects (file_id, sha256, delete_after) values (old.id, old.sha256, now());
    return null;
  end $$`,
  `create trigger loosen_object after delete on document_files for each row when (old.kept_in = 'store')
    execute function loosen_object()`,
  // What comes is compressed already.
  `alter table document_chunks alter column bytes set storage external`,
  `create table case_documents (
    id               uuid primary key default gen_random_uuid(),
    case_id          uuid not null references cases (id) on delete cascade,
    client_id        text not null references clients (id),
    connection_id    uuid references connections (id) on delete set null,
    kind             text not null check (kind in ('invoice', 'upload')),
    state            text not null default 'pending' check (state in ('pending', 'stored', 'failed')),
    file_id          uuid references document_files (id),
    file_name        text not null,
    content_type     text not null check (content_type in ('application/pdf', 'image/jpeg', 'image/png')),
    added_by         text not null,
    created_at       timestamptz not null default now(),
    stored_at        timestamptz,
    next_attempt_at  timestamptz default now(),
    enqueued_at      timestamptz,
    attempts         integer not null default 0,
    error_code       text,
    constraint case_documents_stored_has_file check ((state = 'stored') = (file_id is not null))
  )`,
  `comment on column case_documents.kind is 'invoice: Zoho''s PDF of the invoice, fetched once; upload: added by the client'`,
  `create unique index case_documents_invoice on case_documents (case_id) where kind = 'invoice'`,
  `create unique index case_documents_upload on case_documents (case_id, file_id) where kind = 'upload'`,
  `create index case_documents_case on case_documents (case_id, created_at, id)`,
  `create index case_documents_file on case_documents (file_id) where file_id is not null`,
  `create index case_documents_uploads on case_documents (client_id) where kind = 'upload'`,
  `create index case_documents_due on case_documents (next_attempt_at) where state = 'pending'`,
  `create index case_documents_turns on case_documents (client_id, next_attempt_at, id) where state = 'pending'`,
]

/** Requests, per Zoho organization, shared by all workers; and which part of Zoho does not answer. */
const budgets = [
  `create table zoho_outages (
    data_center  text not null,
    service      text not null check (service in ('books', 'accounts')),
    since        timestamptz not null default now(),
    primary key (data_center, service)
  )`,

  `create table organization_budgets (
    data_center           text not null,
    zoho_organization_id  text not null,
    request_times         timestamptz[] not null default '{}',
    in_flight_until       timestamptz[] not null default '{}',
    max_in_flight         integer,
    day_limit             integer,
    day_remaining         integer,
    day_resets_at         timestamptz,
    blocked_until         timestamptz,
    blocked_code          text,
    blocked_times         integer not null default 0,
    limit_headers         text,
    limit_headers_at      timestamptz,
    updated_at            timestamptz not null default now(),
    primary key (data_center, zoho_organization_id)
  ) with (fillfactor = 50)`,
]

const portal = [
  `create table portal_sessions (
    id_hash       text primary key,
    id            uuid not null unique default gen_random_uuid(),
    client_id     text not null references clients (id) on delete cascade,
    subject       text not null,
    name          text,
    role          text not null check (role in ('client', 'operator')),
    ip_address    text,
    user_agent    text,
    created_at    timestamptz not null default now(),
    last_seen_at  timestamptz not null default now(),
    expires_at    timestamptz not null
  )`,
  `comment on column portal_sessions.id is 'names the session on pages and in the audit; opens nothing'`,
  `create index portal_sessions_person on portal_sessions (client_id, subject)`,
  `create table used_sign_in_tokens (
    token_hash  text primary key,
    expires_at  timestamptz not null
  )`,
  `create table audit_events (
    id            bigint generated always as identity primary key,
    client_id     text references clients (id),
    actor         text not null,
    actor_role    text not null check (actor_role in ('client', 'operator', 'host', 'system')),
    action        text not null,
    subject_type  text not null,
    subject_id    text not null,
    details       jsonb not null default '{}',
    ip_address    text,
    created_at    timestamptz not null default now(),
    -- set by the trigger
    position       bigint not null default 0,
    person_salt    text default '',
    person_digest  text not null default '',
    previous_hash  text not null default '',
    hash           text not null default ''
  )`,
  `comment on column audit_events.position is 'in the chain of its client; what belongs to no client has a chain of its own'`,
  `comment on column audit_events.person_digest is 'of salt, actor and address: stands in the chain for what an erasure takes away'`,
  // The row lock of the head keeps a chain in line: the second of two writers waits for the first to end.
  `create table audit_chains (
    chain     text primary key,
    position  bigint not null,
    hash      text not null
  )`,
  `comment on table audit_chains is 'the last link of each chain of audit_events; chain is the client''s id, empty for no client'`,
  `create index audit_events_client on audit_events (client_id, id desc)`,
  `create index audit_events_subject on audit_events (subject_type, subject_id, id desc)`,
]

/** What may be lost with a crash: unlogged, so that it costs no WAL. */
const shortLived = [
  `create unlogged table live_signals (
    id          uuid primary key default gen_random_uuid(),
    client_id   text not null,
    type        text not null check (type in ('connection', 'run', 'command')),
    subject_id  text not null,
    created_at  timestamptz not null default now()
  )`,
  `comment on table live_signals is 'what a NOTIFY is about: everybody may listen to a channel, so its payload is but the id of such a row'`,
  `create unlogged table rate_limits (
    key_hash    text primary key,
    requests    integer not null,
    expires_at  timestamptz not null
  )`,
  `create index rate_limits_expired on rate_limits (expires_at)`,
]

/** `audit_events` is only ever added to, and each row carries the hash of the one before it in its chain (ADR 11). */
const audit = [
  `create function audit_person_digest(e audit_events) returns text language sql stable as $$
    select encode(sha256(convert_to(jsonb_build_array(e.person_salt, e.actor, e.ip_address)::text, 'UTF8')), 'hex')
  $$`,
  `create function audit_hash(e audit_events) returns text language sql stable as $$
    select encode(sha256(convert_to(jsonb_build_array(e.previous_hash, e.position, e.id, e.client_id, e.person_digest,
      e.actor_role, e.action, e.subject_type, e.subject_id, e.details,
      (extract(epoch from e.created_at) * 1000000)::bigint)::text, 'UTF8')), 'hex')
  $$`,
  // As the owner: nobody else writes the heads.
  `create function chain_audit_event() returns trigger
    language plpgsql security definer set search_path = pg_catalog, public as $$
    declare
      own text := coalesce(new.client_id, '');
      head audit_chains;
    begin
      insert into audit_chains (chain, position, hash) values (own, 0, '') on conflict do nothing;
      select * into head from audit_chains where chain = own for update;
      new.created_at := now();
      new.position := head.position + 1;
      new.previous_hash := head.hash;
      new.person_salt := gen_random_uuid()::text;
      new.person_digest := audit_person_digest(new);
      new.hash := audit_hash(new);
      update audit_chains set position = new.position, hash = new.hash where chain = own;
      return new;
    end $$`,
  `create trigger audit_events_chain before insert on audit_events for each row execute function chain_audit_event()`,
  // Grants bind the workers; this binds the owner too, and a foreign key's cascade, which runs as the owner.
  `create function keep_audit_events() returns trigger language plpgsql as $$ begin
    if current_user <> 'audit_retention' then
      raise exception 'audit_events is only ever added to' using errcode = 'insufficient_privilege';
    end if;
    return null;
  end $$`,
  `create trigger audit_events_only_added before update or delete or truncate on audit_events
    for each statement execute function keep_audit_events()`,
  // What an erasure may do, and no more: the deed, its time and its place in the chain stay.
  `create function erase_people_from_audit(erased_client text, nobody text) returns bigint
    language plpgsql security definer set search_path = pg_catalog, public as $$
    declare rows bigint;
    begin
      update audit_events set actor = case when actor_role = 'client' then nobody else actor end,
        ip_address = null, person_salt = null
      where client_id = erased_client;
      get diagnostics rows = row_count;
      return rows;
    end $$`,
  `create function delete_client_from_audit(erased_client text) returns void
    language plpgsql security definer set search_path = pg_catalog, public as $$ begin
      delete from audit_events where client_id = erased_client;
      delete from audit_chains where chain = erased_client and chain <> '';
    end $$`,
]

const jobs = [
  `create table workers (
    id             uuid primary key,
    host           text not null,
    key_ids        text[] not null default '{}',
    started_at     timestamptz not null default now(),
    last_sweep_at  timestamptz not null default now()
  )`,

  `create table schedules (
    name         text primary key,
    next_run_at  timestamptz not null default now(),
    enqueued_at  timestamptz,
    last_run_at  timestamptz
  )`,
  `insert into schedules (name) values ('retention'), ('reassess'), ('index-search'), ('publish-events')`,
]

/** Types of events that a host is told of; the shape of each: `src/events/catalogue.ts`. */
const eventTypes = [
  'connection.connected',
  'connection.reconnect_required',
  'connection.recovered',
  'connection.disconnected',
  'sync.completed',
  'sync.failed',
  'command.completed',
  'case.created',
  'case.invoice_changed',
  'case.description_changed',
  'case.withdrawn',
  'case.reinstated',
  'case.document_added',
]

/**
 * What a host is told: each event is written in the transaction of its fact, by triggers, so that no way of writing the
 * fact forgets it. It gets its number after the commit, from one publisher at a time (ADR 12).
 */
const events = [
  `create table events (
    id           uuid primary key default gen_random_uuid(),
    entry        bigint generated always as identity,
    sequence     bigint unique,
    client_id    text not null references clients (id),
    type         text not null check (type in ('${eventTypes.join("', '")}')),
    subject      text not null,
    occurred_at  timestamptz not null default clock_timestamp(),
    data         jsonb not null
  )`,
  `comment on column events.entry is 'in the order of writing: of two events of one row the earlier has the smaller'`,
  `comment on column events.sequence is 'place in the feed, without gaps; null: committed or not, nobody has numbered it yet'`,
  `create index events_unnumbered on events (entry) where sequence is null`,
  `create index events_client on events (client_id, sequence)`,
  `create index events_occurred on events (occurred_at)`,
  `create table event_feed (
    only_one         boolean primary key default true check (only_one),
    last_sequence    bigint not null default 0,
    expired_through  bigint not null default 0
  )`,
  `comment on table event_feed is 'the last number given; who gives numbers holds this row until its commit'`,
  `insert into event_feed default values`,

  `create function tell_connection_state() returns trigger language plpgsql as $$ begin
    insert into events (client_id, type, subject, data)
    select new.client_id, told.type, new.id::text,
      jsonb_build_object('organizationId', new.zoho_organization_id, 'dataCenter', new.data_center) || told.more
    from (
      select 'connection.connected' as type, jsonb_build_object('organizationName', new.organization_name) as more
        where tg_op = 'INSERT' and new.state <> 'disconnected'
      union all
      select 'connection.reconnect_required', jsonb_build_object('problemCode', new.problem_code)
        where tg_op = 'UPDATE' and new.state = 'reconnect_required'
      union all
      select 'connection.recovered', jsonb_build_object('previousState', old.state)
        where tg_op = 'UPDATE' and new.state = 'active' and old.state in ('reconnect_required', 'error')
      union all
      select 'connection.disconnected', '{}'
        where tg_op = 'UPDATE' and new.state = 'disconnected'
    ) told;
    return null;
  end $$`,
  `create trigger tell_connection_made after insert on connections for each row execute function tell_connection_state()`,
  `create trigger tell_connection_state after update of state on connections for each row
    when (old.state <> new.state) execute function tell_connection_state()`,

  `create function tell_sync_end() returns trigger language plpgsql as $$ begin
    insert into events (client_id, type, subject, data)
    values (new.client_id, 'sync.' || new.state, new.id::text,
      jsonb_build_object('connectionId', new.connection_id, 'organizationId', new.zoho_organization_id, 'kind', new.kind)
      || case new.state
        when 'failed' then jsonb_build_object('problemCode', new.error_code)
        else jsonb_build_object('rows', jsonb_build_object('read', new.rows_read, 'new', new.rows_new, 'changed', new.rows_changed,
          'unchanged', new.rows_unchanged, 'setAside', new.rows_set_aside, 'closed', new.rows_closed))
      end);
    return null;
  end $$`,
  `create trigger tell_sync_end after update of state on sync_runs for each row
    when (old.state <> new.state and new.state in ('completed', 'failed')) execute function tell_sync_end()`,

  `create function tell_command_completed() returns trigger language plpgsql as $$ begin
    insert into events (client_id, type, subject, data)
    values (new.client_id, 'command.completed', new.id::text, jsonb_build_object('counts', jsonb_build_object(
      'total', new.total, 'created', new.created, 'duplicate', new.duplicate, 'ineligible', new.ineligible, 'failed', new.failed)));
    return null;
  end $$`,
  `create trigger tell_command_completed after update of state on case_commands for each row
    when (old.state <> new.state and new.state = 'completed') execute function tell_command_completed()`,
  `create trigger tell_empty_command after insert on case_commands for each row
    when (new.state = 'completed') execute function tell_command_completed()`,

  // Amounts are text, as everywhere where JSON is read.
  `create function tell_case_events() returns trigger language plpgsql as $$ begin
    insert into events (client_id, type, subject, occurred_at, data)
    select c.client_id, 'case.' || e.type, c.id::text, e.at,
      jsonb_build_object('reference', c.reference, 'organizationId', c.zoho_organization_id, 'zohoInvoiceId', c.zoho_invoice_id)
      || case e.type
        when 'created' then jsonb_build_object('commandId', c.command_id, 'amountToRecover', c.amount_to_recover::text,
          'currencyCode', c.currency_code)
        when 'invoice_changed' then jsonb_build_object('invoiceState', e.invoice_state, 'outstanding', e.outstanding::text,
          'currencyCode', c.currency_code)
        when 'description_changed' then '{}'
        else jsonb_build_object('status', case e.type when 'withdrawn' then 'withdrawn' else 'pending_verification' end)
      end
    from new_rows e join cases c on c.id = e.case_id
    order by e.id;
    return null;
  end $$`,
  `create trigger tell_case_events after insert on case_events
    referencing new table as new_rows for each statement execute function tell_case_events()`,

  `create function tell_document_added() returns trigger language plpgsql as $$ begin
    insert into events (client_id, type, subject, data)
    select c.client_id, 'case.document_added', c.id::text,
      jsonb_build_object('reference', c.reference, 'organizationId', c.zoho_organization_id, 'zohoInvoiceId', c.zoho_invoice_id,
        'documentId', new.id)
    from cases c where c.id = new.case_id;
    return null;
  end $$`,
  `create trigger tell_document_added after insert on case_documents for each row
    when (new.state = 'stored') execute function tell_document_added()`,
  `create trigger tell_document_stored after update of state on case_documents for each row
    when (new.state = 'stored' and old.state <> 'stored') execute function tell_document_added()`,

  `create function announce_events() returns trigger language plpgsql as $$ begin
    perform pg_notify('events_written', '') from new_rows limit 1;
    return null;
  end $$`,
  `create trigger announce_events after insert on events
    referencing new table as new_rows for each statement execute function announce_events()`,

  `create table webhook_endpoints (
    id                     uuid primary key default gen_random_uuid(),
    url                    text not null,
    description            text not null default '',
    types                  text[],
    client_ids             text[],
    enabled                boolean not null default true,
    disabled_at            timestamptz,
    disabled_reason        text check (disabled_reason in ('by_hand', 'failing', 'gone')),
    failing_since          timestamptz,
    secret_jwe             text not null check (secret_jwe like 'ey%'),
    previous_secret_jwe    text check (previous_secret_jwe like 'ey%'),
    previous_secret_until  timestamptz,
    created_at             timestamptz not null default now(),
    created_by             text not null,
    constraint webhook_endpoints_disabled_says_why check (enabled = (disabled_reason is null))
  )`,
  `comment on column webhook_endpoints.types is 'null: all, also those that are yet to come'`,
  `comment on column webhook_endpoints.client_ids is 'null: of all clients'`,
  `comment on column webhook_endpoints.failing_since is 'of the first attempt that failed since the last one that did not'`,
  `comment on column webhook_endpoints.previous_secret_jwe is 'signs as well until previous_secret_until'`,

  `create table event_deliveries (
    id               uuid primary key default gen_random_uuid(),
    endpoint_id      uuid not null references webhook_endpoints (id) on delete cascade,
    event_id         uuid references events (id) on delete cascade,
    cause            text not null check (cause in ('test', 'event', 'replay')),
    state            text not null default 'pending' check (state in ('pending', 'delivered', 'failed')),
    next_attempt_at  timestamptz default now(),
    enqueued_at      timestamptz,
    attempts         integer not null default 0,
    error_code       text,
    lease_token      uuid,
    lease_until      timestamptz,
    created_at       timestamptz not null default now(),
    finished_at      timestamptz,
    constraint event_deliveries_of_an_event check ((cause = 'test') = (event_id is null))
  )`,
  `create unique index event_deliveries_once on event_deliveries (endpoint_id, event_id) where cause = 'event'`,
  `create index event_deliveries_due on event_deliveries (next_attempt_at) where state = 'pending'`,
  `create index event_deliveries_turns on event_deliveries (endpoint_id, next_attempt_at, id) where state = 'pending'`,
  `create index event_deliveries_newest on event_deliveries (endpoint_id, created_at desc, id)`,
  `create index event_deliveries_event on event_deliveries (event_id)`,
  `create table event_delivery_attempts (
    id           bigint generated always as identity primary key,
    delivery_id  uuid not null references event_deliveries (id) on delete cascade,
    at           timestamptz not null default now(),
    ms           integer not null,
    status       integer,
    error_code   text,
    answer       text not null default '' check (octet_length(answer) <= 1024)
  )`,
  `comment on column event_delivery_attempts.answer is 'the beginning of what the endpoint answered'`,
  `create index event_delivery_attempts_delivery on event_delivery_attempts (delivery_id, id)`,
]

/** The owner (migrator) and app_worker see all; the portal's views see one client. */
const rowLevelSecurity = [
  ...[
    'connections',
    'sync_runs',
    'set_aside_rows',
    'staged_invoices',
    'staged_debtors',
    'debtor_syncs',
    'cases',
    'case_events',
    'case_documents',
    'document_files',
    'document_chunks',
    'case_commands',
    'case_command_items',
    'audit_events',
    'events',
  ].flatMap((table) => [
    `alter table ${table} enable row level security`,
    `create policy worker_all on ${table} to app_worker using (true) with check (true)`,
    `create policy portal_own on ${table} for select to portal_views using (client_id = current_setting('app.client_id', true))`,
    `grant select on ${table} to portal_views`,
  ]),
  `grant select, insert, update, delete on all tables in schema public to app_worker`,
  `grant usage on all sequences in schema public to app_worker`,
  `revoke insert, update, delete on kysely_migration, kysely_migration_lock from app_worker`,
  `revoke update, delete on audit_events from app_worker`,
  `revoke insert, update, delete on audit_chains from app_worker`,
  `create policy retention_all on audit_events to audit_retention using (true) with check (true)`,
  `grant usage on schema public to audit_retention`,
  `grant select, delete, update (actor, ip_address, person_salt) on audit_events to audit_retention`,
  `grant select, delete on audit_chains to audit_retention`,
  `grant audit_retention to current_user`,
  `grant create on schema public to audit_retention`,
  ...['erase_people_from_audit(text, text)', 'delete_client_from_audit(text)'].flatMap((name) => [
    `alter function ${name} owner to audit_retention`,
    `revoke execute on function ${name} from public`,
    `grant execute on function ${name} to app_worker`,
  ]),
  `revoke create on schema public from audit_retention`,
]

const portalFunctions = [
  `create function tell_portal(client text, type text, subject text) returns void language sql as $$
    with signal as (
      insert into live_signals (client_id, type, subject_id) values (client, type, subject) returning id
    )
    select pg_notify('portal_events', id::text) from signal
  $$`,
  `revoke execute on function tell_portal from public`,
  `grant execute on function tell_portal to app_worker`,
  // A finding is in force on days from <= day < until; the day is the organization's.
  `create function findings_in_force(findings jsonb, day date) returns jsonb language sql immutable parallel safe as $$
    select coalesce(jsonb_agg(finding - 'from' - 'until' || case when finding ? 'until' then jsonb_build_object('until', finding->'until') else '{}' end order by position), '[]')
    from jsonb_array_elements(findings) with ordinality as list (finding, position)
    where (not finding ? 'from' or (finding->>'from')::date <= day)
      and (not finding ? 'until' or day < (finding->>'until')::date)
  $$`,
  // LIKE is not leakproof, so row-level security keeps it away from the trigram index. This function may use it, and
  // filters by client itself. It gives candidates, at most so many; the view still decides. Only `indexed` is looked up
  // in the index; `|| ''` keeps the whole pattern out of it.
  `create function portal_search(connection uuid, indexed text, pattern text, at_most integer) returns setof text
    language plpgsql stable security definer set search_path = pg_catalog, public as $$ begin
      -- planned anew each time: a plan that does not know the pattern would be a bad one
      return query execute
        'select zoho_invoice_id from invoice_search
         where connection_id = $1 and client_id = $2 and search_text like $3 and search_text || '''' like $4
         union all
         select unnest(b.zoho_invoice_ids) from search_backlog b
         where b.connection_id = $1 and exists (select 1 from connections c where c.id = $1 and c.client_id = $2)
         limit $5'
        using connection, current_setting('app.client_id', true), indexed, pattern, at_most;
    end $$`,
  `revoke execute on function portal_search from public`,
  `grant execute on function portal_search to portal_reader, app_worker`,
]

/** The read contract. */
const portalViews = [
  `create view portal_connection as
    select c.id, c.client_id, c.data_center, c.zoho_organization_id, c.organization_name, c.organization_time_zone,
      c.organization_currency_code,
      case
        when c.state = 'disconnected' then 'not_connected'
        when c.state <> 'active' then c.state
        when c.delayed_until > now() then 'delayed'
        when exists (select 1 from sync_runs r where r.connection_id = c.id and r.state = 'running') then 'syncing'
        else 'active'
      end as state,
      c.connected_at, c.connected_by, c.disconnected_at, c.last_synced_at, c.proven_at, c.next_sync_at,
      c.delayed_until, c.delayed_code, c.problem_code, c.problem_at, c.granted_scopes,
      (select d.error_code from debtor_syncs d where d.connection_id = c.id) as debtors_error_code
    from connections c`,
  `create view portal_invoices as
    select i.connection_id, i.client_id, i.zoho_organization_id, i.zoho_invoice_id, i.creditor_reference,
      i.invoice_date, i.due_date, i.amount_to_recover, i.currency_code, i.debtor_name, i.debtor_email,
      i.debtor_phone, i.debtor_address, i.debtor_city, i.debtor_zip_code, i.debtor_state, i.debtor_country,
      i.debtor_country_alpha2, i.claim_description, i.zoho_customer_id, i.zoho_status, i.payment_in_progress,
      i.payment_expected_date, i.zoho_sub_status, i.unused_credits, i.debtor_type, i.debtor_type_source,
      i.debtor_contact_person, i.debtor_company_registration_number, i.debtor_email_source, i.debtor_phone_source,
      i.state, i.blockers, i.warnings, i.eligible_from, i.eligible_until, i.case_id, i.zoho_modified_at, i.proven_at,
      i.first_seen_at, i.changed_at,
      case when i.due_date is null then 'infinity'::date else i.due_date end as due_key,
      i.value_key, i.customer_key, i.number_key, i.base_rate_source
    from staged_invoices i`,
  `create view portal_cases as
    select c.*,
      exists (select 1 from case_documents d where d.case_id = c.id and d.state = 'stored') as has_file,
      exists (select 1 from case_documents d where d.case_id = c.id and d.state = 'pending') as file_on_its_way
    from cases c`,
  `create view portal_case_documents as
    select d.id, d.case_id, d.client_id, d.kind, d.state, d.file_id, d.file_name, d.content_type, d.added_by, d.created_at,
      d.stored_at, d.next_attempt_at, d.error_code,
      (select f.sha256 from document_files f where f.id = d.file_id) as sha256,
      (select f.size_bytes from document_files f where f.id = d.file_id) as size_bytes,
      (select f.kept_in from document_files f where f.id = d.file_id) as kept_in
    from case_documents d`,
  `create view portal_document_chunks as select file_id, ordinal, client_id, bytes from document_chunks`,
  `create view portal_case_events as
    select id, case_id, client_id, type, at, invoice_state, outstanding, actor, reason from case_events`,
  `create view portal_case_commands as
    select id, client_id, connection_id, requested_by, requested_by_name, selection, state, total, created, duplicate, ineligible, failed,
      error_code, next_attempt_at, created_at, started_at, completed_at
    from case_commands`,
  `create view portal_case_command_items as
    select command_id, ordinal, client_id, zoho_organization_id, zoho_invoice_id, outcome, case_id,
      existing_case_reference, reasons, decided_at
    from case_command_items`,
  `create view portal_events as
    select id, sequence, client_id, type, subject, occurred_at, data from events where sequence is not null`,
  `create view portal_audit_events as
    select id, client_id, actor, actor_role, action, subject_type, subject_id, details, created_at from audit_events`,
  `create view portal_sync_runs as
    select id, connection_id, client_id, kind, trigger, state, phase, next_page, total, rows_read, rows_new,
      rows_changed, rows_unchanged, rows_set_aside, rows_closed, disturbed, error_code, started_at, finished_at
    from sync_runs`,
  `create view portal_set_aside_rows as
    select id, connection_id, client_id, zoho_invoice_id, creditor_reference, problems, first_seen_at, last_seen_at, resolved_at
    from set_aside_rows`,
  `grant portal_views to current_user`,
  `grant usage, create on schema public to portal_views`,
  ...[
    'portal_connection',
    'portal_invoices',
    'portal_cases',
    'portal_case_events',
    'portal_case_documents',
    'portal_document_chunks',
    'portal_case_commands',
    'portal_case_command_items',
    'portal_audit_events',
    'portal_events',
    'portal_sync_runs',
    'portal_set_aside_rows',
  ].flatMap((view) => [
    `alter view ${view} owner to portal_views`,
    `grant select on ${view} to portal_reader`,
  ]),
  `revoke create on schema public from portal_views`,
  `grant usage on schema public to portal_reader, app_worker`,
  `grant portal_reader to app_worker`,
  `grant portal_reader to current_user`,
]
