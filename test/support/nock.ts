/**
 * nock takes over the http module of Node itself, which all test files of a Jest worker share: it is given back after
 * the file that asked for it, or the next file's requests would go through it.
 */
import nock from 'nock'

afterAll(() => {
  nock.abortPendingRequests()
  nock.cleanAll()
  nock.enableNetConnect()
  nock.restore()
})

export default nock
