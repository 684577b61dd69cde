import type { Db } from '../../db/core/database.ts'

/** A command of a connection that waits for its next attempt. @returns its id. */
export const aCommandRow = async (
  db: Db,
  connectionId: string,
  { errorCode, nextAttemptAt }: { readonly errorCode: string; readonly nextAttemptAt: Date },
): Promise<string> => {
  const { client_id } = await db
    .selectFrom('connections')
    .select('client_id')
    .where('id', '=', connectionId)
    .executeTakeFirstOrThrow()
  const { id } = await db
    .insertInto('case_commands')
    .values({
      client_id,
      connection_id: connectionId,
      request_hash: 'hash',
      requested_by: 'user-1',
      confirm_undisputed: true,
      selection: '{}',
      total: 1,
      error_code: errorCode,
      next_attempt_at: nextAttemptAt,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}
