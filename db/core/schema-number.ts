/**
 * A migration is named `NNNN-what`, and expands: processes of older versions go on working on the schema it leaves. One
 * that takes something away is named `NNNN-contract-MMMM-what`: no version before MMMM can live with it.
 */
import { migrations } from '../migrations/index.ts'

const numberOf = (name: string): number => Number(/^\d+/.exec(name)?.[0] ?? 0)

/** The oldest version that can live with all of these migrations. */
export const oldestFor = (names: readonly string[]): number =>
  Math.max(0, ...names.map((name) => Number(/^\d+-contract-(\d+)-/.exec(name)?.[1] ?? 0)))

/** The migration that this version needs, and its number. */
export const needed = Object.keys(migrations).sort().at(-1) as string
export const ownNumber = numberOf(needed)

const product = 'zoho-books-collector'

/** Tells every session of ours apart by version, for whoever looks into pg_stat_activity. */
export const applicationName = `${product}/${String(ownNumber).padStart(4, '0')}`

/** The version that a session with this name belongs to; undefined: another program. */
export const versionOf = (name: string): number | undefined =>
  name.startsWith(`${product}/`) ? numberOf(name.slice(product.length + 1)) : undefined
