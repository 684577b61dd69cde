/**
 * An S3-compatible store: four requests of its API, signed by `aws4fetch`. The sum of what is written is part of the signature, so
 * the store itself refuses other bytes than those that were meant; what is read is compared by who reads it.
 */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { AwsV4Signer } from 'aws4fetch'
import got, { type Request, type Response } from 'got'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'

export interface StoredObject {
  readonly key: string
  readonly sizeBytes: number
}

export interface NewObject {
  readonly key: string
  /** Of all bytes, in hexadecimal. */
  readonly sha256: string
  readonly sizeBytes: number
  /** The bytes from their beginning; asked again for each try. */
  readonly open: () => AsyncIterable<Buffer> | Iterable<Buffer>
}

/** All throw AppError document_store_unavailable and document_store_misconfigured. */
export interface ObjectStore {
  readonly put: (object: NewObject) => Promise<void>
  /** @throws AppError document_lost */
  readonly get: (key: string) => Promise<AsyncIterable<Buffer>>
  /** One that is not there is deleted as well. */
  readonly remove: (key: string) => Promise<void>
  /** Every object of ours, by key, a thousand a request. */
  readonly list: () => AsyncIterable<StoredObject>
  /** Whether the store answers and knows us. */
  readonly check: () => Promise<void>
}

export interface ObjectStoreOptions {
  /** A store that accepts no connection, sends nothing or takes nothing for so long is down. Default 15 s. */
  readonly silenceMs?: number
  /** Before a request is made again; doubled each time. Default 200 ms. */
  readonly pauseMs?: number
}

const tries = 3
const emptySum = createHash('sha256').digest('hex')
/** Of an answer that is read as a whole: a list of a thousand keys has some 400 kB. */
const mostAnswerBytes = 4_000_000

const passing = new Set([408, 429, 500, 502, 503, 504])

const unavailable = (details: Readonly<Record<string, unknown>>) =>
  new AppError('document_store_unavailable', { details })

/** The code of an answer in S3's XML; never its text, which may repeat keys. */
const codeIn = (xml: string): string | undefined => /<Code>(\w{1,60})<\/Code>/.exec(xml)?.[1]

const textOf = async (answer: Readable): Promise<string> => {
  const portions: Buffer[] = []
  let bytes = 0
  for await (const portion of answer) {
    bytes += (portion as Buffer).length
    if (bytes > mostAnswerBytes) throw unavailable({ reason: 'answer too long' })
    portions.push(portion as Buffer)
  }
  return Buffer.concat(portions).toString('utf8')
}

interface Ask {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly object?: NewObject
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const plain = (xml: string) =>
  xml.replace(/&(amp|lt|gt|quot|apos);/g, (_, name: string) => entities[name] ?? '')

/** @returns undefined for anything but a list. */
const listIn = (xml: string) => {
  if (!xml.includes('<ListBucketResult')) return undefined
  const objects = [...xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, one = '']) => ({
    key: plain(/<Key>([^<]*)<\/Key>/.exec(one)?.[1] ?? ''),
    sizeBytes: Number(/<Size>(\d+)<\/Size>/.exec(one)?.[1] ?? Number.NaN),
  }))
  const next = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(xml)?.[1]
  return { objects, next: next === undefined ? undefined : plain(next) }
}

/** Opens a store. It holds no state; every request is one of its own. */
export const createObjectStore = (
  { endpoint, bucket, prefix, region, accessKeyId, secretAccessKey }: NonNullable<Config['documentStore']>,
  { silenceMs = 15_000, pauseMs = 200 }: ObjectStoreOptions = {},
): ObjectStore => {
  const signed = async ({ method, path, query = {}, object }: Ask) => {
    const url = new URL(`${endpoint}/${bucket}${path}`)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const { headers } = await new AwsV4Signer({
      method,
      url: url.href,
      headers: { 'x-amz-content-sha256': object?.sha256 ?? emptySum },
      accessKeyId,
      secretAccessKey,
      service: 's3',
      region,
    }).sign()
    return { url, headers: Object.fromEntries(headers) }
  }

  /** One request. @returns the answer with its status, whatever it is, its body unread. */
  const once = async (ask: Ask): Promise<{ readonly status: number; readonly body: Request }> => {
    const { url, headers } = await signed(ask)
    const { object } = ask
    const request = got.stream(url, {
      method: ask.method,
      headers: {
        ...headers,
        ...(object && {
          'content-length': String(object.sizeBytes),
          'content-type': 'application/octet-stream',
        }),
      },
      retry: { limit: 0 },
      throwHttpErrors: false,
      followRedirect: false,
      decompress: false,
      timeout: { lookup: silenceMs, connect: silenceMs, secureConnect: silenceMs, socket: silenceMs },
      ...(object && { body: Readable.from(object.open(), { objectMode: false }) }),
    })
    // Got waits for a body of everything that may have one.
    if (ask.method === 'DELETE') request.end()
    return new Promise((resolve, reject) => {
      // Stays: what breaks off later is heard by who reads the body.
      request.on('error', (error: Error & { readonly code?: string }) =>
        reject(unavailable({ reason: error.code ?? error.name })),
      )
      request.once('response', ({ statusCode }: Response) => resolve({ status: statusCode, body: request }))
    })
  }

  const refusal = async ({ status, body }: { readonly status: number; readonly body: Request }) => {
    const code = codeIn(await textOf(body).catch(() => ''))
    const details = { status, ...(code !== undefined && { storeCode: code }) }
    return passing.has(status)
      ? unavailable(details)
      : new AppError('document_store_misconfigured', { details })
  }

  /** Asks again after what passes; `take` reads the body of a good answer. */
  const ask = async <T>(
    what: Ask,
    take: (answer: { readonly status: number; readonly body: Request }) => Promise<T>,
    good: readonly number[] = [200, 204],
  ): Promise<T> => {
    for (let at = 1; ; at += 1) {
      try {
        const answer = await once(what)
        if (!good.includes(answer.status)) throw await refusal(answer)
        return await take(answer).catch((error: unknown) => {
          throw error instanceof AppError ? error : unavailable({ reason: 'broken off' })
        })
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'document_store_unavailable') || at === tries)
          throw error
        await pause(pauseMs * 2 ** (at - 1))
      }
    }
  }
  const drain = async ({ body }: { readonly body: Request }): Promise<void> => {
    await textOf(body)
  }
  const pathOf = (key: string) => `/${prefix}${key}`

  return {
    put: (object) => ask({ method: 'PUT', path: pathOf(object.key), object }, drain),
    get: (key) =>
      ask(
        { method: 'GET', path: pathOf(key) },
        async ({ status, body }) => {
          if (status === 200) return body
          const code = codeIn(await textOf(body))
          throw code === 'NoSuchBucket'
            ? new AppError('document_store_misconfigured', { details: { status, storeCode: code } })
            : new AppError('document_lost', { details: { key } })
        },
        [200, 404],
      ),
    remove: (key) =>
      ask(
        { method: 'DELETE', path: pathOf(key) },
        async ({ status, body }) => {
          const code = codeIn(await textOf(body))
          if (status === 404 && code === 'NoSuchBucket')
            throw new AppError('document_store_misconfigured', { details: { status, storeCode: code } })
        },
        [200, 204, 404],
      ),
    list: async function* () {
      for (let next: string | undefined = ''; next !== undefined; ) {
        const query: Record<string, string> = { 'list-type': '2', ...(prefix && { prefix }) }
        if (next !== '') query['continuation-token'] = next
        const list: ReturnType<typeof listIn> = await ask(
          { method: 'GET', path: '', query },
          async ({ body }) => listIn(await textOf(body)),
        )
        if (list === undefined) throw unavailable({ reason: 'no list' })
        for (const { key, sizeBytes } of list.objects) yield { key: key.slice(prefix.length), sizeBytes }
        next = list.next
      }
    },
    check: () => ask({ method: 'HEAD', path: '' }, drain),
  }
}
