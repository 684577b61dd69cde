/** A container engine: the one that is there, or one that is started for this run and ended after it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '../support/wait-for.ts'

export type Environment = Readonly<Record<string, string>>

export interface Engine {
  /** What programs need to reach it. */
  readonly env: Environment
  /** Whether it is ours alone, and gone afterwards. */
  readonly own: boolean
  readonly stop: () => Promise<void>
}

/** How this machine says where its engine is. */
const reachedBy = (): Environment =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      /^(DOCKER_|COMPOSE_DOCKER_)/.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  )

const answers = (env: Environment = {}) =>
  spawnSync('docker', ['info'], { env: { ...process.env, ...env }, timeout: 20_000 }).status === 0

const packages = ['docker.io', 'docker-compose', 'debootstrap', 'iptables']

const install = () => {
  console.log(`No container engine answers: installing ${packages.join(', ')}.`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
  ])
    if (spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0)
      throw new Error(
        `apt-get ${args.join(' ')} failed: without a container engine nothing can be tested here`,
      )
}

const has = (program: string) => spawnSync('which', [program]).status === 0

const stop = async (daemon: ChildProcess, directory: string) => {
  const ended = new Promise((done) => daemon.once('close', done))
  daemon.kill('SIGTERM')
  await ended
  // What a container had mounted may still be let go of.
  spawnSync('sh', ['-c', `mount | cut -d ' ' -f 3 | grep "^${directory}/" | sort -r | xargs -r umount`])
  for (const name of ['data', 'exec']) rmSync(join(directory, name), { recursive: true, force: true })
}

/** overlayfs is not to be had everywhere, least of all on top of itself; vfs works anywhere, but copies whole images. */
const storageDriver = (directory: string): 'overlay2' | 'vfs' => {
  const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) =>
    join(directory, 'overlay', name),
  ) as [string, string, string, string]
  for (const folder of [lower, upper, work, merged]) mkdirSync(folder, { recursive: true })
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`
  const mounted = spawnSync('mount', ['-t', 'overlay', 'overlay', '-o', options, merged]).status === 0
  if (mounted) spawnSync('umount', [merged])
  rmSync(join(directory, 'overlay'), { recursive: true, force: true })
  return mounted ? 'overlay2' : 'vfs'
}

/** @param directory For the data of an engine of our own: some gigabytes. */
export const findEngine = async (directory: string): Promise<Engine> => {
  if (answers()) return { env: reachedBy(), own: false, stop: async () => undefined }
  if (process.getuid?.() !== 0)
    throw new Error('No container engine answers, and only root can start one: start Docker and try again.')
  if (
    !['dockerd', 'docker', 'debootstrap', 'iptables'].every(has) ||
    !(has('docker-compose') || composeIsThere())
  )
    install()
  const socket = `unix://${join(directory, 'docker.sock')}`
  const log = createWriteStream(join(directory, 'dockerd.log'))
  const daemon = spawn(
    'dockerd',
    [
      ...['--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec'), '--host', socket],
      ...['--pidfile', join(directory, 'pid'), '--storage-driver', storageDriver(directory)],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  daemon.stdout.pipe(log)
  daemon.stderr.pipe(log)
  // The builder of this age needs nothing from a registry.
  const env = { DOCKER_HOST: socket, DOCKER_BUILDKIT: '0', COMPOSE_DOCKER_CLI_BUILD: '0' }
  await waitFor('dockerd', () => answers(env), { timeoutMs: 60_000, everyMs: 500 }).catch(
    (error: unknown) => {
      daemon.kill('SIGTERM')
      const said = existsSync(String(log.path)) ? readFileSync(String(log.path), 'utf8').slice(-2_000) : ''
      throw new Error(`dockerd did not start:\n${said}`, { cause: error })
    },
  )
  return { env, own: true, stop: () => stop(daemon, directory) }
}

/** Whether `docker compose` is there; the documents use this form. */
export const composeIsThere = () => spawnSync('docker', ['compose', 'version']).status === 0
