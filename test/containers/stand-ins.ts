/**
 * The images that ours are built on, where no registry can be reached: the same names, made of Debian's packages and the
 * Node of npm. Enough to run our own image and compose file for real; the official images are tested in the workflow.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Engine, Environment } from './engine.ts'

/** On a stand-in and on what is made of it. */
const label = 'collector.stand-in'

const authorities = '/etc/ssl/certs/ca-certificates.crt'

const run = (program: string, args: readonly string[], env: Environment = {}) =>
  execFileSync(program, args, {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })

/** Names of the images that the Dockerfile and the compose file start from. */
const baseImages = (): readonly string[] => {
  const found = [
    ...readFileSync('Dockerfile', 'utf8').matchAll(/^FROM (\S+)/gm),
    ...readFileSync('docker-compose.yml', 'utf8').matchAll(/^ +image: ([^$\s]+)$/gm),
  ].map(([, name = '']) => name)
  return [...new Set(found)]
}

const isThere = (engine: Engine, image: string): boolean => {
  const docker = (...args: string[]) =>
    spawnSync('docker', args, { env: { ...process.env, ...engine.env }, timeout: 600_000 }).status === 0
  return docker('image', 'inspect', image) || docker('pull', '--quiet', image)
}

/** A small Debian with Node from npm, and npm. */
const makeNode = (engine: Engine, image: string, directory: string) => {
  const root = join(directory, 'rootfs')
  if (!existsSync(join(root, 'usr/local/bin/node'))) {
    run('debootstrap', ['--variant=minbase', '--include=ca-certificates,openssl', 'bookworm', root])
    const major = /node:(\d+)/.exec(image)?.[1] ?? '24'
    const node = join(directory, 'node')
    mkdirSync(node, { recursive: true })
    writeFileSync(join(node, 'package.json'), '{}')
    run('npm', ['install', '--prefix', node, '--no-save', '--no-audit', '--no-fund', `node@${major}`])
    cpSync(join(node, 'node_modules/node/bin/node'), join(root, 'usr/local/bin/node'))
    const npm = resolve(dirname(run('npm', ['root', '--global']).trim()), 'node_modules/npm')
    cpSync(npm, join(root, 'usr/local/lib/node_modules/npm'), { recursive: true, dereference: false })
    for (const name of ['npm', 'npx'])
      run('ln', ['-sf', `../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr/local/bin', name)])
    // Behind a proxy the machine has authorities of its own.
    if (existsSync(authorities)) cpSync(authorities, join(root, authorities), { dereference: true })
    run('chroot', [root, 'useradd', '--create-home', '--uid', '1000', 'node'])
  }
  const settings = [`NODE_EXTRA_CA_CERTS=${authorities}`, `npm_config_cafile=${authorities}`]
  const lines = [...settings.map((setting) => `ENV ${setting}`), `LABEL ${label}=true`]
  const changes = lines.flatMap((line) => ['--change', line])
  const archive = join(directory, 'rootfs.tar')
  run('tar', ['-C', root, '-cf', archive, '.'])
  run('docker', ['import', ...changes, archive, image], engine.env)
  rmSync(archive)
}

const makeService = (engine: Engine, image: string, name: string, base: string) =>
  run(
    'docker',
    [
      'build',
      '--network',
      'host',
      '--build-arg',
      `BASE=${base}`,
      '--tag',
      image,
      `test/containers/stand-ins/${name}`,
    ],
    engine.env,
  )

/**
 * Sees that the images are there that ours are built on.
 *
 * @returns the names of those that are stand-ins.
 */
export const provideBaseImages = (engine: Engine, directory: string): readonly string[] => {
  const missing = baseImages().filter((image) => !isThere(engine, image))
  const node = baseImages().find((image) => image.startsWith('node:')) ?? ''
  if (missing.length > 0 && !engine.own)
    throw new Error(`Not there, and no registry has them: ${missing.join(', ')}`)
  for (const image of missing.toSorted((a, b) => Number(b === node) - Number(a === node))) {
    console.log(`No registry has ${image}: making a stand-in.`)
    if (image === node) makeNode(engine, image, directory)
    else makeService(engine, image, image.split(':')[0] ?? '', node)
  }
  return baseImages().filter((image) =>
    run('docker', ['inspect', '--format', `{{index .Config.Labels "${label}"}}`, image], engine.env).includes(
      'true',
    ),
  )
}
