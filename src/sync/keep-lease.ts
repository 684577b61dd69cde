import type { Ctx } from '../context.ts'

/**
 * Renews a lease for as long as its work lasts, three times within `JOB_LOCK_SECONDS`: a slow answer of Zoho's does not
 * cost a worker its work, and only one that is silent altogether is taken for dead. `renew` says false when the lease
 * is gone: it must not bring one back that has run out.
 */
export const keepingLease = async <T>(
  ctx: Ctx,
  renew: () => Promise<boolean>,
  work: () => Promise<T>,
): Promise<T> => {
  const everyMs = (ctx.config.jobLockSeconds * 1000) / 3
  let timer: NodeJS.Timeout | undefined
  let over = false
  let renewing: Promise<void> = Promise.resolve()
  const later = () => {
    timer = setTimeout(() => {
      // Without the database the lease runs out by itself, which the next write finds out.
      renewing = renew().then(
        (held) => {
          if (held && !over) later()
        },
        () => {
          if (!over) later()
        },
      )
    }, everyMs)
  }
  later()
  try {
    return await work()
  } finally {
    over = true
    clearTimeout(timer)
    await renewing
  }
}
