/** The most answers a remembering function keeps. A page of invoices repeats few values; a whole book many. */
const maxRemembered = 5_000

/**
 * A pure function that remembers what it answered, for values that repeat from invoice to invoice. It forgets all of
 * it when it knows too much. For two arguments, one such function gives another: no key has to be put together.
 */
export const memoize = <Argument, Answer extends NonNullable<unknown> | null>(
  calculate: (argument: Argument) => Answer,
): ((argument: Argument) => Answer) => {
  const answers = new Map<Argument, Answer>()
  return (argument) => {
    const known = answers.get(argument)
    if (known !== undefined) return known
    const answer = calculate(argument)
    if (answers.size >= maxRemembered) answers.clear()
    answers.set(argument, answer)
    return answer
  }
}
