import type { z } from 'zod'
import type { JobDefinition } from '../../jobs/define-job.ts'
import type { Ctx } from '../../src/context.ts'
import { toAppError } from '../../src/errors.ts'

/** One attempt of a job, as `jobs/run-job.ts` would make it. @returns the code of its error, if any. */
export const attemptJob = async <Schema extends z.ZodType>(
  ctx: Ctx,
  definition: JobDefinition<Schema>,
  data: z.output<Schema>,
  { last = true, signal = new AbortController().signal }: { last?: boolean; signal?: AbortSignal } = {},
): Promise<string | null> => {
  try {
    await definition.run(ctx, data, { signal })
    return null
  } catch (thrown) {
    const error = toAppError(thrown)
    await definition.failed(ctx, data, { error, last })
    return error.code
  }
}
