import { isAppError } from '../errors.ts'

/** A request as anybody may see it: without its URL, query and token. */
export interface ObservedRequest {
  readonly method: 'GET' | 'POST'
  /** Path with placeholders for ids. */
  readonly endpoint: string
  readonly dataCenter: string
}

export interface ObservedEnd {
  /** Null when there was no answer. */
  readonly status: number | null
  /** Null when all was well; otherwise a code of ours, or a verdict on a token call. */
  readonly code: string | null
}

/** Told when a request begins; what it returns is told how the request ended. */
export type ObserveZoho = (request: ObservedRequest) => (end: ObservedEnd) => void

/** For those who do not look. */
export const unobserved: ObserveZoho = () => () => {}

/** Shows `work` to an observer. `answered` hands over what came back before anything can be thrown because of it. */
export const observed = async <T>(
  observe: ObserveZoho,
  request: ObservedRequest,
  work: (answered: (end: ObservedEnd) => void) => Promise<T>,
): Promise<T> => {
  const finish = observe(request)
  let end: ObservedEnd = { status: null, code: null }
  try {
    return await work((answer) => {
      end = answer
    })
  } catch (error) {
    end = { ...end, code: isAppError(error) ? error.code : 'unexpected' }
    throw error
  } finally {
    finish(end)
  }
}
