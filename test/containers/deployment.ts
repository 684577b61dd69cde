/** A clean clone in a folder of its own, in which lines of the documents are typed into a shell. */
import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { composeIsThere, type Engine } from './engine.ts'

export interface Clone {
  readonly folder: string
  /** Runs lines in a shell that ends at the first failure. @returns what they printed. @throws with what they said. */
  readonly type: (lines: string, env?: Readonly<Record<string, string>>) => Promise<string>
  /** What `.env` says of a variable; the last line counts. */
  readonly variable: (name: string) => string
  readonly addToEnv: (lines: Readonly<Record<string, string>>) => void
  /** The container of a service. */
  readonly container: (service: string) => Promise<string>
}

/** The documents say `docker compose`; where there is only the older `docker-compose`, this makes the one of the other. */
const composeShim = (docker: string) => `#!/bin/sh
if [ "$1" != compose ]; then exec ${docker} "$@"; fi
shift
for word in "$@"; do
  case "$word" in
    exec|run) if ! [ -t 0 ]; then no_terminal=-T; fi; command="$word"; break ;;
    -*) ;;
    *) break ;;
  esac
done
# Twice -T, and the older one prints its usage and ends with 0.
if [ -n "$no_terminal" ] && [ "$1" = "$command" ] && [ "$2" != -T ]; then shift; set -- "$command" -T "$@"; fi
exec docker-compose "$@"
`

/** The files that a clone would have, as they stand in this working tree. */
const copyFiles = (folder: string) => {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  })
  for (const file of listed.split('\0').filter((name) => name !== '')) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(file, join(folder, file))
  }
}

/** @param options.hostNetwork Builds use the machine's network: an engine's own may not reach a registry of packages. */
export const makeClone = (
  engine: Engine,
  directory: string,
  { hostNetwork }: { readonly hostNetwork: boolean },
): Clone => {
  const folder = join(directory, 'collector')
  copyFiles(folder)
  const programs = join(directory, 'bin')
  mkdirSync(programs, { recursive: true })
  if (!composeIsThere()) {
    const docker = spawnSync('which', ['docker'], { encoding: 'utf8' }).stdout.trim()
    writeFileSync(join(programs, 'docker'), composeShim(docker))
    chmodSync(join(programs, 'docker'), 0o755)
  }
  if (hostNetwork)
    writeFileSync(
      join(folder, 'docker-compose.override.yml'),
      `services:\n${['migrate', 'server', 'worker', 'simulator'].map((name) => `  ${name}: { build: { network: host } }\n`).join('')}`,
    )
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH: `${programs}:${PATH}`, HOME, ...engine.env }
  const type: Clone['type'] = async (lines, more = {}) => {
    const { stdout } = await promisify(execFile)('sh', ['-ec', lines], {
      cwd: folder,
      env: { ...env, ...more },
      maxBuffer: 256 * 1024 * 1024,
    }).catch((error: { stdout?: string; stderr?: string }) => {
      throw new Error(`${lines}\n${error.stdout?.slice(-4_000)}\n${error.stderr?.slice(-8_000)}`)
    })
    return stdout
  }
  const file = join(folder, '.env')
  return {
    folder,
    type,
    variable: (name) =>
      [...readFileSync(file, 'utf8').matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].at(-1)?.[1] ?? '',
    addToEnv: (lines) =>
      appendFileSync(
        file,
        Object.entries(lines)
          .map(([name, value]) => `${name}=${value}\n`)
          .join(''),
      ),
    container: async (service) => (await type(`docker compose ps -q ${service}`)).trim(),
  }
}
