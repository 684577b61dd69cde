/** Tables of the documents, for tests that hold a document to what it says. */
import { readFileSync } from 'node:fs'

const cellsOf = (line: string): string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim())

/**
 * The first table under a heading.
 *
 * @returns a record of cells by column for each row. @throws when there is no such table
 */
export const tableUnder = (document: string, heading: string): readonly Record<string, string>[] => {
  const [, below] = readFileSync(document, 'utf8').split(new RegExp(`^#+ ${heading}$`, 'm'))
  const lines = (below ?? '').split('\n')
  const first = lines.findIndex((line) => line.startsWith('|'))
  if (first < 0) throw new Error(`${document} has no table under "${heading}"`)
  const after = lines.findIndex((line, at) => at > first && !line.startsWith('|'))
  const [head = '', , ...rows] = lines.slice(first, after < 0 ? undefined : after)
  const columns = cellsOf(head)
  return rows.map((row) => Object.fromEntries(cellsOf(row).map((cell, at) => [columns[at] ?? '', cell])))
}
