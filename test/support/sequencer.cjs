const Sequencer = require('@jest/test-sequencer').default

const isEndToEnd = ({ context }) => context.config.displayName?.name === 'e2e'

/**
 * The longest test files first, or the last of them runs alone. Jest knows how long they took from the run before; in a fresh
 * checkout it goes by their size, and the end-to-end ones, short as they are, take longest.
 */
module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests)
    if (sorted.some(({ duration }) => duration !== undefined)) return sorted
    return [...sorted.filter(isEndToEnd), ...sorted.filter((test) => !isEndToEnd(test))]
  }
}
