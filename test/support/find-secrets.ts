/** Looks for given secrets in given texts. */
import { disguises } from './secrets/shapes.ts'

export interface Secret {
  /** Named in the failure instead of the secret itself. */
  readonly kind: string
  readonly value: string
}

/** @returns which kinds of secret stand in which text, each with a piece of what surrounds it. */
export const findSecrets = (
  secrets: readonly Secret[],
  texts: Readonly<Record<string, string>>,
): readonly string[] =>
  Object.entries(texts).flatMap(([where, text]) =>
    secrets.flatMap(({ kind, value }) =>
      disguises(value).flatMap((disguise) => {
        const at = text.indexOf(disguise)
        return at < 0 ? [] : [`${kind} in ${where}: …${text.slice(Math.max(0, at - 120), at)}…`]
      }),
    ),
  )
