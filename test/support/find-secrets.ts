/** Looks for secrets in text as they might have got there: plain, URL-encoded, base64, hex. */

export interface Secret {
  /** Named in the failure instead of the secret itself. */
  readonly kind: string
  readonly value: string
}

const disguises = (value: string): readonly string[] => {
  const bytes = Buffer.from(value)
  // The inner part of a base64 text is the same wherever the value stands within its surroundings, up to alignment.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  )
  const plain = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), bytes.toString('hex')]
  return [...new Set([...plain, ...base64])]
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
