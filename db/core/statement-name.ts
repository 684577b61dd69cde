/**
 * What a statement does and to which table: enough to recognise it in a trace, nothing of what it says. A write begins
 * with both, and what a select of the query builder reads is known by its nodes. Only a statement written as SQL that
 * begins with `with` or `select` needs a tag.
 */
import { AliasNode, type CompiledQuery, type OperationNode, SelectQueryNode, sql, TableNode } from 'kysely'
import type { Database } from './schema.ts'

export interface StatementName {
  readonly operation: string
  readonly table?: string
}

type Tag = `${'select' | 'insert' | 'update' | 'delete'} ${keyof Database}`
const tagMark = '/* '
const preparedMark = '/* prepared '

/** Put in front of a statement: names it in traces, and in pg_stat_activity too. */
export const named = (tag: Tag) => sql.raw(`${tagMark}${tag} */`)

/**
 * The same for a statement that runs for every page or request, and is planned once per connection instead of once per
 * call: planning the page upsert takes about as long as running it. For statements whose text is always the same, and
 * whose plan does not depend on the values.
 */
export const prepared = (tag: Tag) => sql.raw(`${preparedMark}${tag} */`)

export const isPrepared = (text: string): boolean => text.startsWith(preparedMark)

/** The table that a select of the query builder reads. */
const tableOf = (node: OperationNode | undefined): string | undefined => {
  if (node === undefined) return undefined
  if (SelectQueryNode.is(node)) return tableOf(node.from?.froms[0])
  if (AliasNode.is(node)) return tableOf(node.node)
  return TableNode.is(node) ? node.table.identifier.name : undefined
}

const between = new Set(['', '/*', 'prepared', 'into', 'from'])
const writes = new Set(['insert', 'update', 'delete'])

export const statementName = ({ query, sql: text }: Pick<CompiledQuery, 'query' | 'sql'>): StatementName => {
  const [operation = '', second] = text.split(/\s+/, 5).filter((word) => !between.has(word))
  const isNamed = text.startsWith(tagMark) || writes.has(operation)
  const table = isNamed ? second?.replaceAll('"', '') : tableOf(query)
  return { operation, ...(table !== undefined && { table }) }
}
