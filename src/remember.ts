/** The most answers a remembering function keeps. A page of invoices repeats few values; a whole book many. */
const maxRemembered = 5_000

/**
 * A pure function that remembers what it answered, for values that repeat from invoice to invoice. It forgets all of
 * it when it knows too much.
 *
 * @param key tells apart what is answered differently.
 */
export const remember = <Args extends readonly unknown[], Answer>(
  key: (...args: Args) => string,
  calculate: (...args: Args) => Answer,
): ((...args: Args) => Answer) => {
  const answers = new Map<string, Answer>()
  return (...args) => {
    const name = key(...args)
    const known = answers.get(name)
    if (known !== undefined) return known
    const answer = calculate(...args)
    if (answers.size >= maxRemembered) answers.clear()
    answers.set(name, answer)
    return answer
  }
}
