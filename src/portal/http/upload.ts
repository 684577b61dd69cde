/** One file of a multipart request, as a stream: nothing of it is kept here, in memory or on a disk. */
import type { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError, isAppError } from '../../errors.ts'
import { invalidRequest } from './classify-error.ts'
import { endUnlessComplete } from './request-time.ts'

/** Room for the multipart frame around the largest file. */
const frameBytes = 64 * 1024

export interface ReceivedFile {
  readonly fileName: string
  readonly content: AsyncIterable<Buffer>
}

/** Of a client: each may be 25 MB, and take its time as long as it goes on. */
export const uploadLimit = {
  rateLimit: { max: 60, timeWindow: '1 minute', groupId: 'uploads' },
  arrivesSlowly: true,
}

export interface UploadPace {
  readonly windowMs: number
  /** In each window; slower is no network that a person would wait for. */
  readonly bytesPerSecond: number
}

const uploadPace: UploadPace = { windowMs: 30_000, bytesPerSecond: 16_000 }

/** A signal that fires when the sender is too slow. What has come and waits for us is not held against it. */
const watchPace = ({ raw }: FastifyRequest, { windowMs, bytesPerSecond }: UploadPace) => {
  const late = new AbortController()
  let before = raw.socket.bytesRead
  const timer = setInterval(() => {
    const received = raw.socket.bytesRead
    const tooFew = received - before < (bytesPerSecond * windowMs) / 1_000
    before = received
    if (tooFew && !raw.complete && raw.readableLength === 0) late.abort(new AppError('upload_too_slow'))
  }, windowMs)
  timer.unref()
  return { signal: late.signal, stop: () => clearInterval(timer) }
}

const rejected = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

/** Lets the routes of this scope read multipart requests, and only them. */
export const acceptUploads = async (app: FastifyInstance, maxBytes: number): Promise<void> => {
  await app.register(multipart, {
    // A byte more than allowed comes through, so that who counts sees that it is too many.
    limits: { files: 1, fileSize: maxBytes + 1, fields: 5, fieldSize: 1_000, parts: 6, headerPairs: 20 },
    throwFileSizeLimit: false,
  })
  app.addHook('onRequest', async ({ headers }) => {
    if (Number(headers['content-length'] ?? 0) > maxBytes + frameBytes)
      throw new AppError('document_too_large')
  })
}

/** Whatever the sender or its connection did wrong. */
const damaged = (cause: unknown): AppError =>
  isAppError(cause) ? cause : new AppError('document_damaged', { cause })

const portionsOf = async function* (file: Readable): AsyncGenerator<Buffer> {
  try {
    // Who stops early leaves the rest to be thrown away, not a request that nobody reads.
    for await (const portion of file.iterator({ destroyOnReturn: false })) yield portion as Buffer
  } catch (error) {
    throw damaged(error)
  }
}

/**
 * Gives the file of a request to `take`. What `take` leaves unread is thrown away, so that the sender hears the answer.
 *
 * @throws AppError unsupported_media_type, invalid_request (no file), document_damaged (the request is not whole), upload_too_slow
 */
export const receiveFile = async <T>(
  request: FastifyRequest,
  take: (file: ReceivedFile) => Promise<T>,
  pace: UploadPace = uploadPace,
): Promise<T> => {
  if (!request.isMultipart()) throw new AppError('unsupported_media_type')
  const { signal, stop } = watchPace(request, pace)
  try {
    const part = await Promise.race([request.file(), rejected(signal)]).catch((error: unknown) => {
      throw damaged(error)
    })
    if (part === undefined || part.fieldname !== 'file' || part.filename === '') {
      part?.file.resume()
      throw invalidRequest([{ path: 'file', message: 'is missing' }])
    }
    signal.addEventListener('abort', () => part.file.destroy(signal.reason))
    const content = portionsOf(part.file)
    try {
      return await take({ fileName: part.filename, content })
    } finally {
      part.file.on('error', () => {})
      await content.return(undefined)
      part.file.resume()
    }
  } finally {
    stop()
    // The rest of one that was refused is read so that its sender hears why; not for ever.
    endUnlessComplete(request, pace.windowMs, (socket) => socket.destroy())
  }
}
