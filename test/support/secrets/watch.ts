/**
 * The search that goes on while the whole suite runs: whatever our code logs, answers and stores is looked through for
 * what Zoho (the simulator) issued, for client secrets and for keys. What is found is written to a folder that all
 * processes of the run share; the end of the run reads it and fails.
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { disguises, findToken } from './shapes.ts'

/** Where something was found or looked for. */
export type Surface = 'log' | 'answer' | 'output' | 'database' | 'redis' | 'trace'

export interface Found {
  readonly kind: string
  readonly surface: Surface
  readonly where: string
  readonly test: string
  /** What stands before it: the secret itself is not repeated. */
  readonly before: string
}

/** How much was looked through: a search that saw nothing proves nothing. */
export interface Looked {
  readonly surface: Surface
  readonly times: number
  readonly characters: number
}

export type Entry = { readonly found: Found } | { readonly looked: Looked }

/** Names the folder. Unset where a program runs outside of the suite: then nothing is written. */
export const folderVariable = 'TEST_SECRETS_FOLDER'
/** Names the module that a process of ours loads first. */
export const preloadVariable = 'TEST_SECRETS_PRELOAD'
/** Tells such a process which test it runs for. */
const testVariable = 'TEST_SECRETS_TEST'

const values = new Set<string>()
/** Their disguises, with the kind of secret. */
const watched = new Map<string, string>()
let pattern: RegExp | undefined
const looked = new Map<Surface, { times: number; characters: number }>()

const escaped = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** A disguise this short might stand anywhere by chance. */
const shortest = 8

/** Adds a value to what is looked for. */
export const watchSecret = (kind: string, value: string): void => {
  if (value.length < 10 || values.has(value)) return
  values.add(value)
  for (const disguise of disguises(value)) if (disguise.length >= shortest) watched.set(disguise, kind)
  pattern = undefined
}

/** Names the first secret in a text and its place. */
export const findSecret = (text: string): { readonly kind: string; readonly at: number } | undefined => {
  const at = findToken(text)
  if (at >= 0) return { kind: 'a token or code of Zoho', at }
  if (watched.size === 0) return undefined
  pattern ??= new RegExp([...watched.keys()].map(escaped).join('|'))
  const match = pattern.exec(text)
  return match ? { kind: watched.get(match[0]) ?? '', at: match.index } : undefined
}

const write = (entry: Entry): void => {
  const folder = process.env[folderVariable]
  if (folder) appendFileSync(join(folder, `${process.pid}.jsonl`), `${JSON.stringify(entry)}\n`)
}

const currentTest = (): string => {
  const { testPath = '', currentTestName = '' } =
    (globalThis as { expect?: jest.Expect }).expect?.getState() ?? {}
  return `${testPath} ${currentTestName}`.trim() || (process.env[testVariable] ?? '')
}

/** Looks a text through; what it finds ends the run as a failure. */
export const look = (surface: Surface, where: string, text: string): void => {
  const count = looked.get(surface) ?? { times: 0, characters: 0 }
  looked.set(surface, { times: count.times + 1, characters: count.characters + text.length })
  const found = findSecret(text)
  if (!found) return
  const before = text.slice(Math.max(0, found.at - 120), found.at)
  write({ found: { kind: found.kind, surface, where, test: currentTest(), before } })
}

/** Writes down how much was looked through since the last time. */
export const tellLooked = (): void => {
  for (const [surface, counts] of looked) write({ looked: { surface, ...counts } })
  looked.clear()
}

/** Options of Node with which a child process looks through what it logs and answers. */
export const preload = (): readonly string[] => {
  const module = process.env[preloadVariable]
  return module ? ['--import', module] : []
}

/** What such a child needs in its environment. */
export const environmentOfChild = (): Record<string, string> => ({
  [folderVariable]: process.env[folderVariable] ?? '',
  [testVariable]: currentTest(),
})
