import type { Db, Trx } from '../core/database.ts'

/** Creates a client on first sight, and follows a changed name. Without a name the id stands in. */
export const ensureClient = async (
  db: Db | Trx,
  { id, name }: { readonly id: string; readonly name?: string | undefined },
): Promise<void> => {
  await db
    .insertInto('clients')
    .values({ id, name: name ?? id })
    .onConflict((conflict) =>
      name === undefined
        ? conflict.column('id').doNothing()
        : conflict.column('id').doUpdateSet({ name }).where('clients.name', '<>', name),
    )
    .execute()
}

/** Lets one writer at a time decide about a client's connection. @returns false when there is no such client. */
export const lockClient = async (trx: Trx, id: string): Promise<boolean> => {
  const locked = await trx
    .selectFrom('clients')
    .select('id')
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return locked !== undefined
}
