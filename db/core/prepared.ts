/** Statements that are planned once per connection instead of once per call. */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type pg from 'pg'

const mark = '/* prepared */'

/**
 * Put in front of a statement that runs for every page or request: planning the page upsert takes about as long as
 * running it. For statements whose text is always the same, and whose plan does not depend on the values.
 */
export const prepared = sql.raw(mark)

const names = new Map<string, string>()

const nameOf = (text: string): string => {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = `p_${createHash('md5').update(text).digest('hex')}`
  names.set(text, name)
  return name
}

/** Makes a connection send marked statements by name; pg then prepares each once. */
export const prepareMarked = (client: pg.PoolClient): void => {
  const send = client.query.bind(client) as (...given: unknown[]) => unknown
  const query = (text: unknown, values?: unknown, ...rest: unknown[]): unknown =>
    typeof text === 'string' && text.startsWith(mark)
      ? send({ name: nameOf(text), text, values }, ...rest)
      : send(text, values, ...rest)
  client.query = query as typeof client.query
}
