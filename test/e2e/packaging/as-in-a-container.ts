/** Programs as the image runs them: nobody in particular, without any capability, and nothing but /tmp to write to. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

const nobody = '65534'
/** A mount namespace of its own: what is read-only in there is not for the rest of the machine. */
const confine = `
set -e
here="$PWD"
mount -o remount,bind,ro /
mount --bind "$here" "$here"
mount -o remount,bind,ro "$here"
mount -t tmpfs tmpfs /tmp
cd "$here"
exec setpriv --reuid=${nobody} --regid=${nobody} --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$0" "$@"`

const confined = (args: readonly string[]): [string, string[]] => [
  'unshare',
  ['--mount', 'sh', '-c', confine, process.execPath, ...args],
]

const attempt = `
const { readFileSync, writeFileSync } = require('node:fs')
readFileSync('package.json')
const tries = ['package.json', 'new', '/new'].map((file) => {
  try { return writeFileSync(file, '') ?? 'written' } catch ({ code }) { return code }
})
console.log(process.getuid(), ...tries)`

const [probe, probeArgs] = confined(['-e', attempt])
const said = spawnSync(probe, probeArgs, { encoding: 'utf8' })
/** It takes root, Linux, and a checkout that others may read. */
const canConfine = said.stdout?.trim() === `${nobody} EROFS EROFS EROFS`
if (!canConfine)
  console.log(
    `Not as in a container, but as this user on writable files: ${said.stderr?.trim() || said.error}`,
  )

const command = (args: readonly string[]): [string, string[]] =>
  canConfine ? confined(args) : [process.execPath, [...args]]
const environment = (env: Record<string, string>) => ({ PATH: process.env['PATH'] ?? '', ...env })

/** Runs a program to its end. @throws with what it said when it does not end well. */
export const runConfined = async (
  program: readonly string[],
  env: Record<string, string>,
): Promise<string> => {
  const { stdout } = await promisify(execFile)(...command(program), { env: environment(env) })
  return stdout
}

export interface Confined {
  /** SIGTERM. @returns the exit code. */
  readonly stop: () => Promise<number | null>
}

/** Starts a program and waits until it says that it is ready. */
export const startConfined = async (
  program: readonly string[],
  env: Record<string, string>,
): Promise<Confined> => {
  const child: ChildProcess = spawn(...command(program), {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const ended = new Promise<number | null>((done) => child.once('close', done))
  await new Promise<void>((ready, fail) => {
    const note = (chunk: Buffer) => {
      output += chunk.toString()
      if (/^ready /m.test(output)) ready()
    }
    child.stdout?.on('data', note)
    child.stderr?.on('data', note)
    child.once('close', () => fail(new Error(`${program.join(' ')} ended:\n${output}`)))
  })
  return {
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}
