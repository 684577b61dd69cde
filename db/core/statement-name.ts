/**
 * What a statement does and to which table: enough to recognise it in a trace, nothing of what it says. What the query
 * builder made is known by its nodes; SQL that begins with its verb, by its first words. Only a statement written as
 * SQL that begins with `with` or `select` needs a tag.
 */
import {
  AliasNode,
  type CompiledQuery,
  DeleteQueryNode,
  InsertQueryNode,
  type OperationNode,
  SelectQueryNode,
  sql,
  TableNode,
  UpdateQueryNode,
} from 'kysely'
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

const tableOf = (node: OperationNode | undefined): string | undefined => {
  if (node === undefined) return undefined
  if (TableNode.is(node)) return node.table.identifier.name
  if (AliasNode.is(node)) return tableOf(node.node)
  if (SelectQueryNode.is(node)) return tableOf(node.from?.froms[0])
  return undefined
}

/** Operation and table of what the query builder made. */
const ofNode = (node: OperationNode): readonly [operation: string, table: string | undefined] | undefined => {
  if (SelectQueryNode.is(node)) return ['select', tableOf(node)]
  if (InsertQueryNode.is(node)) return ['insert', tableOf(node.into)]
  if (UpdateQueryNode.is(node)) return ['update', tableOf(node.table)]
  if (DeleteQueryNode.is(node)) return ['delete', tableOf(node.from.froms[0])]
  return undefined
}

const between = new Set(['', '/*', 'prepared', 'into', 'from'])

/** By tag, else by its first words: `update "connections"`, `insert into cases`, `begin`. */
const ofText = (text: string): readonly [operation: string, table: string | undefined] => {
  const [operation = '', table] = text.split(/\s+/, 5).filter((word) => !between.has(word))
  const namesTable = text.startsWith(tagMark) || ['insert', 'update', 'delete'].includes(operation)
  return [operation, namesTable ? table?.replaceAll('"', '') : undefined]
}

export const statementName = ({ query, sql: text }: Pick<CompiledQuery, 'query' | 'sql'>): StatementName => {
  const [operation, table] = ofNode(query) ?? ofText(text)
  return { operation, ...(table !== undefined && { table }) }
}
