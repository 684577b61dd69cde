/** Says "come back later" while the event loop is late, instead of letting every request become slow. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { FastifyInstance } from 'fastify'
import type { Ctx } from '../../context.ts'
import { AppError } from '../../errors.ts'

export interface OverloadOptions {
  /** Mean lateness of the event loop, in each of two samples in a row, above which requests are turned away. */
  readonly maxDelayMs: number
  readonly sampleMs: number
}

/** Files cost nothing, and the page that says "busy" needs its style and the script that tries again. */
const exempt = new Set(['/healthz', '/readyz', '/metrics', '/assets/*'])
const RETRY_AFTER_MS = 2_000

export const installOverloadProtection = (
  app: FastifyInstance,
  ctx: Ctx,
  { maxDelayMs, sampleMs }: OverloadOptions = { maxDelayMs: 500, sampleMs: 1_000 },
) => {
  const resolution = 20
  const delay = monitorEventLoopDelay({ resolution })
  delay.enable()
  // One long pause (the start itself, a garbage collection) is over when it is noticed: only a second one in a row counts.
  let [lateBefore, late] = [false, false]
  const timer = setInterval(() => {
    // The histogram measures the whole interval, so its own resolution is taken off.
    const lateMs = delay.count === 0 ? 0 : delay.mean / 1e6 - resolution
    ;[lateBefore, late] = [late, lateMs > maxDelayMs]
    delay.reset()
  }, sampleMs)
  timer.unref()

  app.addHook('onClose', async () => {
    clearInterval(timer)
    delay.disable()
  })
  app.addHook('onRequest', async (request) => {
    if (!(lateBefore && late) || exempt.has(request.routeOptions.url ?? '')) return
    throw new AppError('overloaded', { retryAt: new Date(ctx.clock.now().getTime() + RETRY_AFTER_MS) })
  })
}
