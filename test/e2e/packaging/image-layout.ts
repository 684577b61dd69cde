/** A folder with what the Dockerfile copies into the image, and with runtime dependencies alone. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

interface Locked {
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
}

export interface ImageLayout {
  readonly folder: string
  readonly remove: () => void
}

/** What the last stage of the Dockerfile copies, as `[from, to]`. */
const copied = (): readonly string[] =>
  [...readFileSync('Dockerfile', 'utf8').matchAll(/^COPY (?:--\S+ )*(.+) \S+$/gm)]
    // The first two are of the stage that builds.
    .slice(2)
    .flatMap(([, names = '']) => names.split(' '))
    .map((name) => name.replace(/^\/app\//, ''))

/** Lays the built product out as the image does. The build has to be there. */
export const layOutImage = (): ImageLayout => {
  const folder = mkdtempSync(join(tmpdir(), 'image-'))
  for (const name of copied())
    if (name !== 'node_modules') cpSync(name, join(folder, name), { recursive: true })
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, Locked>
  }
  for (const [path, { dev, optional, devOptional }] of Object.entries(packages)) {
    if (!/^node_modules\/[^/]+(\/[^/]+)?$/.test(path) || dev || optional || devOptional) continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    symlinkSync(resolve(path), join(folder, path))
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
