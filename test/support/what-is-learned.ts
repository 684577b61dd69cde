/** What somebody learns who got hold of a text: found in it as it is, encrypted, hashed, or not at all. */
import { createHash } from 'node:crypto'
import { compactDecrypt, decodeProtectedHeader } from 'jose'
import { sql } from 'kysely'
import type { Db } from '../../db/core/database.ts'
import { findSecrets, type Secret } from './find-secrets.ts'

export type Learned = 'yes' | 'encrypted' | 'hashed' | 'no'

/** A token at rest (`src/tokens/encryption.ts`), decrypted with the key that only the installation has. */
export interface TokenAtRest {
  readonly column: string
  readonly plain: string
}

/** Everything in a text that this key decrypts. */
export const decryptAllIn = async (text: string, key: Uint8Array): Promise<readonly TokenAtRest[]> => {
  const found = text.match(/eyJ[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+/g) ?? []
  return Promise.all(
    [...new Set(found)].map(async (jwe) => ({
      column: String(decodeProtectedHeader(jwe)['column']),
      plain: new TextDecoder().decode((await compactDecrypt(jwe, key)).plaintext),
    })),
  )
}

const hashesOf = (value: string): readonly string[] =>
  // Of a signed token the signed part is what is hashed (`src/portal/auth/sign-in-token.ts`).
  [value, value.slice(0, value.lastIndexOf('.'))].flatMap((text) =>
    (['hex', 'base64', 'base64url'] as const).map((form) => createHash('sha256').update(text).digest(form)),
  )

/** The most that a text gives away of any of these values. */
export const learnedFrom = async (
  text: string,
  values: readonly string[],
  key: Uint8Array,
): Promise<Learned> => {
  const secrets: Secret[] = values.map((value) => ({ kind: 'value', value }))
  // What is short or readable is looked for as it is: its disguises are too short to mean anything.
  const plain = values.some((value) => text.includes(value)) || longOnes(secrets, text)
  if (plain) return 'yes'
  const atRest = await decryptAllIn(text, key)
  if (atRest.some((token) => values.includes(token.plain))) return 'encrypted'
  if (values.some((value) => hashesOf(value).some((hash) => text.includes(hash)))) return 'hashed'
  return 'no'
}

const longOnes = (secrets: readonly Secret[], text: string): boolean =>
  findSecrets(
    secrets.filter(({ value }) => value.length >= 16),
    { text },
  ).length > 0

/**
 * All that a role may select, in all schemas, as text.
 *
 * @param clientId - what the session names as its client, as the views for a host portal want it
 */
export const readableAs = async (db: Db, role: string, clientId?: string): Promise<string> => {
  const { rows: relations } = await sql<{ name: string }>`
    select format('%I.%I', n.nspname, c.relname) as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm') and n.nspname not in ('pg_catalog', 'information_schema')
      and n.nspname not like 'pg_toast%' and has_schema_privilege(${role}, n.oid, 'usage')
      and has_any_column_privilege(${role}, c.oid, 'select')`.execute(db)
  return db
    .transaction()
    .setAccessMode('read only')
    .execute(async (trx) => {
      await sql`set local role ${sql.id(role)}`.execute(trx)
      if (clientId !== undefined)
        await sql`select set_config('app.client_id', ${clientId}, true)`.execute(trx)
      const parts: string[] = []
      for (const { name } of relations) {
        const { rows } = await sql<{ row: string }>`select t::text as row from ${sql.raw(name)} t`.execute(
          trx,
        )
        parts.push(name, ...rows.map(({ row }) => row))
      }
      return parts.join('\n')
    })
}
