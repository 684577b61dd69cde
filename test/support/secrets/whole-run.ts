/** The search for secrets over a whole run: what the processes share, and what is said at the end. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildSync } from 'esbuild'
import { type Entry, type Found, folderVariable, preloadVariable, type Surface } from './watch.ts'

/** Makes the folder for what is found. In the environment it reaches the workers of Jest and their children. */
export const beginSearch = (): void => {
  const folder = mkdtempSync(join(tmpdir(), 'test-secrets-'))
  const preload = join(folder, 'child-process.mjs')
  buildSync({
    entryPoints: ['test/support/secrets/child-process.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: preload,
    logLevel: 'warning',
  })
  process.env[folderVariable] = folder
  process.env[preloadVariable] = pathToFileURL(preload).href
}

/** What was written to a folder so far. */
export const readEntries = (folder: string): readonly Entry[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line) as Entry)

const described = ({ kind, surface, where, test, before }: Found) =>
  `${kind} in ${surface === 'answer' ? 'an answer' : surface} (${where}) of ${test || 'the run'}: …${before}…`

const summary = (entries: readonly Entry[]): string => {
  const totals = new Map<Surface, { times: number; characters: number }>()
  for (const entry of entries) {
    if (!('looked' in entry)) continue
    const { surface, times, characters } = entry.looked
    const total = totals.get(surface) ?? { times: 0, characters: 0 }
    totals.set(surface, { times: total.times + times, characters: total.characters + characters })
  }
  return [...totals]
    .map(([surface, { times, characters }]) => `${surface} ${times}× ${(characters / 1e6).toFixed(1)} MB`)
    .join(', ')
}

/** What was looked through and what was found; the folder is gone afterwards. */
export const endSearch = (): { readonly looked: string; readonly found: readonly string[] } => {
  const folder = process.env[folderVariable] ?? ''
  const entries = readEntries(folder)
  rmSync(folder, { recursive: true, force: true })
  const found = new Set(entries.flatMap((entry) => ('found' in entry ? [described(entry.found)] : [])))
  return { looked: summary(entries), found: [...found] }
}
