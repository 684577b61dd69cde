/** What every script has: `--help`, one line for a wrong environment, an exit code. */
import { existsSync } from 'node:fs'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { toAppError } from '../../src/errors.ts'
import { redactOutput } from './redact-output.ts'

type Options = NonNullable<ParseArgsConfig['options']>

export interface Script<O extends Options> {
  /** Text of `--help`. */
  readonly help: string
  readonly options: O
  /** Positional arguments are an error unless this is set. */
  readonly positionals?: boolean
  readonly run: (
    values: ReturnType<typeof parseArgs<{ options: O; allowPositionals: boolean }>>['values'],
    positionals: readonly string[],
  ) => Promise<number | undefined>
}

/** A script as data: `run` knows the types of its options. */
export const defineScript = <O extends Options>(script: Script<O>): Script<O> => script

/** A script whose options the caller does not know. */
// biome-ignore lint/suspicious/noExplicitAny: each script knows its own options
export type AnyScript = Script<any>

/** Wrong arguments: the message is for the person at the terminal. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Their message is for the person at the terminal. By name: their modules are loaded only by what needs them. */
const plainlySaid = ['ConfigError', 'UsageError', 'EmbeddedPostgresError', 'MigrationRefused']

const explain = (error: unknown): string => {
  if (error instanceof Error && plainlySaid.includes(error.name)) return error.message
  const known = toAppError(error)
  if (known.code !== 'internal_error') return `${known.code}: ${known.message}\n${known.hint}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Runs a script; its number is the exit code, undefined leaves the process running. */
export const runScript = async <O extends Options>(
  script: Script<O>,
  args: readonly string[] = process.argv.slice(2),
): Promise<void> => {
  redactOutput()
  try {
    const parsed = (() => {
      try {
        return parseArgs({
          args: [...args],
          options: { ...script.options, help: { type: 'boolean', short: 'h' } },
          allowPositionals: script.positionals ?? false,
        })
      } catch (error) {
        throw new UsageError(`${(error as Error).message}\n\n${script.help}`)
      }
    })()
    if ((parsed.values as { help?: boolean }).help) {
      console.log(script.help)
      return
    }
    // Variables that are set already win over the file.
    if (existsSync('.env')) process.loadEnvFile('.env')
    const code = await script.run(parsed.values as never, parsed.positionals as readonly string[])
    if (code !== undefined) process.exit(code)
  } catch (error) {
    console.error(explain(error))
    process.exit(1)
  }
}
