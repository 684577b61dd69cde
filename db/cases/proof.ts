/** What proves for a case that its invoice is unpaid: the rule, in SQL, for whoever judges an item or inserts a case. */
import { type RawBuilder, sql } from 'kysely'

const laterAndYoung = (askedAt: string, proofMaxAgeSeconds: number): RawBuilder<boolean> => sql<boolean>`
  (${sql.raw(askedAt)} > m.created_at and ${sql.raw(askedAt)} >= clock_timestamp() - make_interval(secs => ${proofMaxAgeSeconds}))`

/**
 * The row `s` holds an answer by id that was asked for after the command `m` was accepted, and not too long ago. Both
 * times are the database's, so no clock of Zoho's has a say.
 */
export const isProvenById = (proofMaxAgeSeconds: number): RawBuilder<boolean> =>
  sql<boolean>`coalesce(${laterAndYoung('s.looked_at', proofMaxAgeSeconds)}, false)`

/**
 * The same of the last complete full run of the connection `n`, which began then. It has seen every open row or read
 * it by id; only a row that was written since it began, by an answer asked for before, is none of those.
 */
export const isProvenByFullRun = (proofMaxAgeSeconds: number): RawBuilder<boolean> =>
  sql<boolean>`coalesce(${laterAndYoung('n.proven_at', proofMaxAgeSeconds)}
    and (s.changed_at < n.proven_at or s.proven_at >= n.proven_at), false)`

/** Either of them. */
export const isProven = (proofMaxAgeSeconds: number): RawBuilder<boolean> =>
  sql<boolean>`(${isProvenById(proofMaxAgeSeconds)} or ${isProvenByFullRun(proofMaxAgeSeconds)})`
