import { sql } from 'kysely'
import type { Db } from './database.ts'

/** Not those that workers made: they are theirs, and only an owner may grant. */
const ownSequences = `
do $$
declare
  own record;
begin
  for own in
    select schemaname, sequencename from pg_sequences
    where schemaname = 'bullmq' and pg_has_role(sequenceowner, 'usage')
  loop
    execute format('grant usage, select, update on sequence %I.%I to app_worker', own.schemaname, own.sequencename);
  end loop;
end
$$`

/** BullMQ makes schema `bullmq`; role `app_worker` may use it, and whatever a later version adds to it. */
export const grantQueueSchema = async (db: Db): Promise<void> => {
  for (const statement of [
    // BullMQ makes a sequence for a queue's job ids when the first job comes.
    'grant usage, create on schema bullmq to app_worker',
    'grant select, insert, update, delete on all tables in schema bullmq to app_worker',
    ownSequences,
    'grant execute on all functions in schema bullmq to app_worker',
    'grant select on kysely_migration to app_worker',
  ])
    await sql.raw(statement).execute(db)
}
