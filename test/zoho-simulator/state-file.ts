import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { BookChanges } from './book.ts'
import { restoreLedger, type SavedLedger, saveLedger } from './ledger.ts'
import type { Organization, World } from './world.ts'

const savedState = z.object({
  version: z.literal(1),
  /** What the books were generated from; others are not continued. */
  books: z.string(),
  bookedAt: z.number(),
  ports: z.record(z.string(), z.number()),
  consents: z.array(z.string()),
  /** By data centre. Keys are hashes: nobody can sign in with what stands here. */
  grants: z.record(
    z.string(),
    z.array(
      z.object({ key: z.string(), userId: z.string(), clientId: z.string(), scopes: z.array(z.string()) }),
    ),
  ),
  /** By organization; rows are the simulator's own and are not checked again. */
  changes: z.record(z.string(), z.custom<BookChanges>()),
  /** Payments and credits by organization. */
  ledgers: z.record(z.string(), z.custom<SavedLedger>()).default({}),
})

export type SavedState = z.infer<typeof savedState>

/** The state a simulator left, or undefined when there is none. A file that is something else is an error. */
export function readState(file: string | undefined): SavedState | undefined {
  if (file === undefined) return undefined
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  try {
    return savedState.parse(JSON.parse(text))
  } catch (cause) {
    throw new Error(`${file} holds no state of the simulator; remove it to begin anew`, { cause })
  }
}

/** Writes the state; the file is replaced in one step, so that a crash leaves the old one or the new one. */
export function writeState(file: string, world: World, origin: Pick<SavedState, 'books' | 'bookedAt'>): void {
  const homes = [...world.dataCenters.values()]
  const state: SavedState = {
    version: 1,
    ...origin,
    ports: Object.fromEntries(homes.map(({ code, port }) => [code, port])),
    consents: [...world.consents],
    grants: Object.fromEntries(
      homes.map(({ code, refreshTokens }) => [
        code,
        [...refreshTokens.values()].map(({ key, userId, clientId, scopes }) => ({
          key,
          userId,
          clientId,
          scopes: [...scopes],
        })),
      ]),
    ),
    changes: Object.fromEntries(
      [...world.organizations.values()].map(({ id, book }) => [id, book.changes()]),
    ),
    ledgers: Object.fromEntries(
      [...world.organizations.values()].map(({ id, ledger }) => [id, saveLedger(ledger)]),
    ),
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify(state), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** Gives a fresh organization the changes to its books that were left. */
export function restoreBooks({ id, book, ledger }: Organization, { changes, ledgers }: SavedState): void {
  const saved = ledgers[id]
  if (changes[id]) book.restore(changes[id])
  if (saved) restoreLedger(ledger, saved)
}

/** Gives a fresh world the grants that were left. Changes to the books are restored with the books. */
export function restoreGrants(world: World, { consents, grants }: SavedState): void {
  for (const consent of consents) world.consents.add(consent)
  for (const [code, list] of Object.entries(grants)) {
    const home = world.dataCenters.get(code)
    for (const grant of home ? list : [])
      home?.refreshTokens.set(grant.key, { ...grant, minted: [], live: [] })
  }
}
