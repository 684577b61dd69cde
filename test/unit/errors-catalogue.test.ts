import { execFileSync } from 'node:child_process'
import { codeOf, failedReason } from '../../jobs/failed-reason.ts'
import {
  type CatalogueEntry,
  type ErrorCode,
  errorCatalogue,
  errorCodes,
  errorGroups,
  messageOf,
} from '../../src/error-catalogue.ts'
import { AppError, isAppError } from '../../src/errors.ts'

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

it('facts are typed by the code, and the log has them among the details', () => {
  const error: unknown = new AppError('token_key_missing', {
    facts: { keyId: 'k1' },
    details: { reason: 'x' },
  })
  expect(isAppError(error, 'token_key_missing') && error.facts.keyId).toBe('k1')
  expect(isAppError(error) && error.details).toEqual({ keyId: 'k1', reason: 'x' })
  expect(new AppError('not_found').facts).toEqual({})
})

describe('the code of a failed job is', () => {
  it.each(errorCodes)('%s when that was thrown, however often its worker was lost before', (code) => {
    expect(codeOf({ failedReason: failedReason(new AppError(code)), stalledCounter: 6 })).toBe(code)
  })

  it('worker_lost when BullMQ failed it because its worker was lost too often', () => {
    expect(codeOf({ failedReason: 'a sentence of BullMQ', stalledCounter: 6 })).toBe('worker_lost')
  })

  it('internal_error when nothing is known', () => {
    expect(codeOf({ failedReason: 'toString: no code', stalledCounter: 5 })).toBe('internal_error')
  })
})
