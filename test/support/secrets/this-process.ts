/** Looks through what this process logs and answers, whichever logger and server it comes from. */
import { channel } from 'node:diagnostics_channel'
import { OutgoingMessage, ServerResponse } from 'node:http'
import { look } from './watch.ts'

/** Longer than any secret in any disguise: it may come in two pieces. */
const overlap = 400

const onLine = (message: unknown): void => {
  const { result } = message as { result?: unknown }
  if (typeof result === 'string') look('log', 'a log line', result)
}

/** Under this name the channel remembers who listens: the test file before this one did, in the same process. */
const listener = Symbol.for('test.secrets.listener')

/** Every line of every pino logger, as it goes out (diagnostics channel of pino). */
export const watchLogs = (): void => {
  const lines = channel('tracing:pino_asJson:end') as ReturnType<typeof channel> & {
    [listener]?: typeof onLine
  }
  if (lines[listener]) lines.unsubscribe(lines[listener])
  lines[listener] = onLine
  lines.subscribe(onLine)
}

/** The simulator issues tokens, so its own answers hold them. Zoho's Books says this of itself, and nothing of ours does. */
const isSimulator = (head: string) => head.includes('\r\nServer: ZGS\r\n')

type AnyEnd = (this: OutgoingMessage, ...given: unknown[]) => OutgoingMessage
type AnyWrite = (this: OutgoingMessage, ...given: unknown[]) => boolean

/** Every answer of every HTTP server of this process: head and body, also of streams and of `inject`. */
export const watchAnswers = (): void => {
  const open = new WeakMap<ServerResponse, { readonly where: string; tail: string; simulator: boolean }>()
  const note = (response: ServerResponse, chunk: unknown) => {
    let answer = open.get(response)
    if (!answer) {
      const head = (response as unknown as { _header: string | null })._header ?? ''
      const { method, url = '' } = response.req
      answer = { where: `${method} ${url.split('?')[0]}`, tail: '', simulator: isSimulator(head) }
      open.set(response, answer)
      if (!answer.simulator) look('answer', `${answer.where}, head`, head)
    }
    if (answer.simulator || typeof chunk === 'function' || chunk === undefined || chunk === null) return
    const piece = typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString('latin1')
    look('answer', answer.where, answer.tail + piece)
    answer.tail = (answer.tail + piece).slice(-overlap)
  }
  // Those of the class above: here the test file before this one, in the same process, may have put its own.
  const { write, end } = OutgoingMessage.prototype as unknown as { write: AnyWrite; end: AnyEnd }
  Object.assign(ServerResponse.prototype, {
    write(this: ServerResponse, ...given: unknown[]) {
      const written = write.apply(this, given)
      note(this, given[0])
      return written
    },
    end(this: ServerResponse, ...given: unknown[]) {
      const ended = end.apply(this, given)
      note(this, given[0])
      return ended
    },
  })
}
