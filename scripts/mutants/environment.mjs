/** Node's environment for a mutant's tests: one failed test is enough, so the rest of its file is left out. */
import { TestEnvironment } from 'jest-environment-node'

export default class UntilFirstFailure extends TestEnvironment {
  #failed = false

  handleTestEvent(event) {
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') this.#failed = true
    if (event.name === 'test_start' && this.#failed) event.test.mode = 'skip'
  }
}
