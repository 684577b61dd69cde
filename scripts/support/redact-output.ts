/**
 * What a process says before it has a logger, and what it says when it crashes, is written by anybody: by Node, by a
 * library, by an error that repeats what it was given. So the secrets themselves are looked for in it, by value.
 */
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { secretVariables } from '../../src/config.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What is shorter stands in any text by chance. */
const shortest = 6

const readFileOf = (path: string | undefined): string | undefined => {
  try {
    return path === undefined ? undefined : readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The password of a URL, however odd the rest of it is; not where it is only the user's name again. */
const passwordsIn = (value: string): string[] =>
  [...value.matchAll(/\/\/([^:@/\s]*):([^\s]*)@/g)].flatMap(([, user, password = '']) =>
    password === user ? [] : [password, decoded(password), encodeURI(password)],
  )

/** Secrets that are parts of one variable: of a URL, of a list of keys, of a JSON object. */
const partsOf = (value: string): string[] => [
  ...passwordsIn(value),
  ...value.split(',').flatMap((entry) => /^[^:/{]*:([^/].*)$/s.exec(entry.trim())?.[1] ?? []),
  ...[...value.matchAll(/"((?:[^"\\]|\\.)*)"\s*[,}]/g)].map(([, text = '']) => text),
]

const formsOf = (value: string): string[] => {
  const trimmed = value.trim()
  const bare = trimmed.replace(/^(["'])(.*)\1$/s, '$2').trim()
  return [value, trimmed, bare, ...partsOf(bare)].flatMap((text) => [
    text,
    // as an inspected or JSON text shows it
    JSON.stringify(text).slice(1, -1),
    inspect(text).slice(1, -1),
    encodeURIComponent(text),
  ])
}

/** The text without the values of secret variables, nor the parts and spellings of them. */
export const withoutSecrets = (text: string, env: Environment): string => {
  const found = new Map<string, string>()
  for (const name of secretVariables)
    for (const value of [env[name], readFileOf(env[`${name}_FILE`])])
      if (value !== undefined)
        for (const form of formsOf(value)) if (form.length >= shortest) found.set(form, name)
  // The longest first: it may contain another.
  const longestFirst = [...found].sort(([a], [b]) => b.length - a.length)
  return longestFirst.reduce((left, [form, name]) => left.replaceAll(form, `[${name}]`), text)
}

let known: Environment[] = [process.env]

/** Secrets that did not come with the environment. */
export const redactToo = (env: Environment): void => {
  known = [...known, env]
}

const redacted = (text: string) => known.reduce(withoutSecrets, text)

const crash = (error: unknown): void => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error)
  process.exit(1)
}

/** From now on nothing goes to stdout or stderr with a secret of the environment in it. The logger has its own way out. */
export const redactOutput = (): void => {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...given: unknown[]) => boolean
    stream.write = ((chunk: unknown, ...rest: unknown[]) =>
      write(typeof chunk === 'string' ? redacted(chunk) : chunk, ...rest)) as typeof stream.write
  }
  // Node itself would print the error with all its properties, past the streams.
  process.on('uncaughtException', crash)
}

/** Somebody else hears of errors that nobody caught from now on. */
export const leaveCrashesToOthers = (): void => {
  process.removeListener('uncaughtException', crash)
}
