import { execFileSync } from 'node:child_process'
import {
  type CatalogueEntry,
  type ErrorCode,
  errorCatalogue,
  errorGroups,
  messageOf,
} from '../../src/error-catalogue.ts'
import { AppError } from '../../src/errors.ts'

const entries = Object.entries(errorCatalogue) as [ErrorCode, CatalogueEntry][]

it('docs/operations.md says of each code what the catalogue says', () => {
  execFileSync(process.execPath, ['node_modules/tsx/dist/cli.mjs', 'scripts/docs.ts', '--check'])
})

it('every code stands in one group, with what it means, what happens by itself and what to do', () => {
  expect(errorGroups.flatMap((group) => Object.keys(group.entries)).sort()).toEqual(
    Object.keys(errorCatalogue).sort(),
  )
  for (const [code, { meaning, byItself, toDo }] of entries)
    for (const text of [meaning, byItself, toDo]) expect(`${code}: ${text}`).toMatch(/[a-z].*[.)`?]$/i)
})

it('messages for clients hold no word of the trade, and nothing for operators holds a secret', () => {
  for (const [code, { meaning, toDo }] of entries) {
    expect(`${code}: ${messageOf(code)}`).not.toMatch(/redis|postgres|queue store|jwe|stack/i)
    expect(`${code}: ${meaning} ${toDo}`).not.toMatch(/1000\.[0-9a-f]{8}/)
  }
})

it('the reason of an outcome does not promise what we would do: that is said only while it is still true', () => {
  for (const [code, { message }] of entries)
    expect(`${code}: ${message}`).not.toMatch(/ We (try|are on it|will|go)/)
  expect(messageOf('zoho_unavailable')).toContain(' We ')
})

it('an error tells an operator what it means and what to do', () => {
  const { meaning, toDo } = errorCatalogue.connection_gone
  expect(new AppError('connection_gone').hint.toLowerCase()).toBe(`${meaning} ${toDo}`.toLowerCase())
})
