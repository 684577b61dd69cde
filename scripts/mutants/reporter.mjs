/** Writes one line of JSON per test file as soon as it has ended: what a run that is cut off has found is not lost. */
import { appendFileSync } from 'node:fs'

export default class Results {
  #file

  constructor(_config, { file }) {
    this.#file = file
  }

  onTestFileResult(test, result) {
    const failed = result.testResults.find(({ status }) => status === 'failed')
    const line = {
      project: test.context.config.displayName.name,
      file: test.path,
      failed: result.numFailingTests > 0 || result.testExecError !== undefined,
      by: failed?.fullName ?? (result.testExecError?.message ?? '').split('\n')[0],
      message:
        failed?.failureMessages.join('\n').slice(0, 2_000) ?? result.failureMessage?.slice(0, 2_000) ?? '',
      tests: result.numPassingTests,
    }
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`)
  }
}
