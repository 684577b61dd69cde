/** Copies of the checkout in a temporary folder, one per mutant: nobody's own files are ever changed. */
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/** What git knows or would add; `docs` is most of the bytes and no test of a mutant reads it. */
const filesOfCheckout = (): readonly string[] =>
  execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
    .split('\0')
    .filter((file) => file !== '' && !file.startsWith('docs/'))
    // neither what was deleted nor a link that git takes for a file
    .filter((file) => lstatSync(file, { throwIfNoEntry: false })?.isFile())

export interface Copies {
  /** The checkout as it is. */
  readonly original: string
  /** Another copy with some files written anew. */
  readonly copy: (name: string, changed: Readonly<Record<string, string>>) => string
}

export const makeCopies = (folder: string): Copies => {
  const files = filesOfCheckout()
  const original = join(folder, 'original')
  const make = (target: string, place: (from: string, to: string) => void, from: string) => {
    for (const file of files) {
      mkdirSync(dirname(join(target, file)), { recursive: true })
      place(join(from, file), join(target, file))
    }
    symlinkSync(resolve('node_modules'), join(target, 'node_modules'))
    return target
  }
  make(original, copyFileSync, '.')
  return {
    original,
    copy: (name, changed) => {
      const target = make(join(folder, name), linkSync, original)
      for (const [file, text] of Object.entries(changed)) {
        // a linked file is the original's too
        rmSync(join(target, file))
        writeFileSync(join(target, file), text)
      }
      return target
    },
  }
}

export const readText = (file: string): string => readFileSync(file, 'utf8')
