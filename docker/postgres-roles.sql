-- Run once, by a superuser, on an empty cluster. Three logins with as little as each of them needs:
--   migrator   owns the schema; used by the migrate container only
--   worker     reads and writes rows, alters nothing; used by server and worker. For what it shows a client it
--              steps down to portal_reader, which row-level security limits to that client
--   portal     a host portal that reads the views of the read contract directly
-- Passwords come from the environment of the container that runs this file.
\set migrator_password `echo "$MIGRATOR_PASSWORD"`
\set worker_password `echo "$WORKER_PASSWORD"`
\set portal_password `echo "$PORTAL_READER_PASSWORD"`

create role app_worker nologin;
create role portal_views nologin;
create role portal_reader nologin;
create role audit_retention nologin;

create role migrator login password :'migrator_password';
create role worker login password :'worker_password';
create role portal login password :'portal_password';

grant app_worker, portal_views, portal_reader, audit_retention to migrator with admin option;
grant app_worker to worker;
grant portal_reader to portal;

create database collector owner migrator;
revoke all on database collector from public;
grant connect on database collector to worker, portal;
\connect collector
alter schema public owner to migrator;
revoke create on schema public from public;
