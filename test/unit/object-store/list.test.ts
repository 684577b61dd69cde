/** Answers that the S3 server of the other tests does not give. */

import { createObjectStore } from '../../../src/object-store/object-store.ts'
import nock from '../../support/nock.ts'

const origin = 'https://store.test'
const store = createObjectStore(
  {
    endpoint: origin,
    bucket: 'files',
    prefix: 'ours/',
    region: 'eu-central-1',
    accessKeyId: 'key',
    secretAccessKey: 'secret',
  },
  { pauseMs: 1 },
)
afterEach(() => nock.cleanAll())

const page = (keys: readonly string[], next?: string) =>
  `<?xml version="1.0"?><ListBucketResult><Name>files</Name>${keys
    .map((key) => `<Contents><Key>${key}</Key><Size>7</Size></Contents>`)
    .join(
      '',
    )}${next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`}</ListBucketResult>`

const listed = async () => {
  const keys: string[] = []
  for await (const { key, sizeBytes } of store.list()) keys.push(`${key} ${sizeBytes}`)
  return keys
}

it('a list of several pages is read to its end', async () => {
  nock(origin)
    .get('/files')
    .query({ 'list-type': '2', prefix: 'ours/' })
    .reply(200, page(['ours/a', 'ours/b&amp;c'], '1/x+y&amp;z='))
    .get('/files')
    .query({ 'list-type': '2', prefix: 'ours/', 'continuation-token': '1/x+y&z=' })
    .reply(200, page(['ours/d']))
  expect(await listed()).toEqual(['a 7', 'b&c 7', 'd 7'])
})

it('what passes is asked for again, three times in all', async () => {
  const answers = nock(origin)
    .get('/files')
    .query(true)
    .times(2)
    .reply(503, '<Error><Code>SlowDown</Code></Error>')
  nock(origin)
    .get('/files')
    .query(true)
    .reply(200, page(['ours/a']))
  expect(await listed()).toEqual(['a 7'])
  expect(answers.isDone()).toBe(true)
  nock(origin).get('/files').query(true).times(3).reply(503, '<Error><Code>SlowDown</Code></Error>')
  await expect(listed()).rejects.toMatchObject({
    code: 'document_store_unavailable',
    details: { status: 503, storeCode: 'SlowDown' },
  })
})

it('what does not pass is asked for once', async () => {
  const answer = nock(origin).get('/files').query(true).reply(403, '<Error><Code>AccessDenied</Code></Error>')
  await expect(listed()).rejects.toMatchObject({
    code: 'document_store_misconfigured',
    details: { status: 403, storeCode: 'AccessDenied' },
  })
  expect(answer.isDone()).toBe(true)
})

it('a page of something else is no list', async () => {
  nock(origin).get('/files').query(true).times(3).reply(200, '<html>Sign in to this network</html>')
  await expect(listed()).rejects.toMatchObject({ code: 'document_store_unavailable' })
})
