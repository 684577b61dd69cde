/** What a statement does and to which table: enough to recognise it, nothing of what it says. */
export interface StatementName {
  readonly operation: string
  readonly table?: string
}

const notCode = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g
const identifier = String.raw`(?:"?\w+"?\.)?"?(\w+)"?`
// `for update`, `do update` and `extract(epoch from …)` name no table.
const write = new RegExp(
  String.raw`\b(insert)\s+into\s+${identifier}|(?<!\b(?:for|do|key)\s+)\b(update)\s+(?:only\s+)?${identifier}|\b(delete)\s+from\s+${identifier}`,
  'i',
)
const read = new RegExp(
  String.raw`(?<!\b(?:epoch|distinct|day|month|year|hour)\s+)\bfrom\s+${identifier}(?!\w|\s*\()`,
  'gi',
)

/** Names a statement: its first write, else its first read of a table that is not its own `with`. */
export const statementName = (sql: string): StatementName => {
  const text = sql.replace(notCode, ' ')
  const written = write.exec(text)
  if (written) {
    const [operation = '', table = ''] = written.slice(1).filter((part) => part !== undefined)
    return { operation: operation.toLowerCase(), table }
  }
  const verb = /[a-z]+/i.exec(text)?.[0].toLowerCase() ?? 'unknown'
  if (verb !== 'select' && verb !== 'with') return { operation: verb }
  const own = new Set(
    [...text.matchAll(/"?(\w+)"?\s*(?:\([\w\s,"]*\)\s*)?as\s+(?:not\s+)?(?:materialized\s+)?\(/gi)].map(
      ([, name]) => name,
    ),
  )
  const table = [...text.matchAll(read)].map(([, name]) => name).find((name) => name && !own.has(name))
  return { operation: 'select', ...(table !== undefined && { table }) }
}
