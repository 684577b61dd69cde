import type { Ctx } from '../../context.ts'
import { invalidRequest } from '../http/classify-error.ts'
import { homes, type Role } from '../http/identity.ts'
import { isAct } from '../http/sign-in-url.ts'
import { safePath } from './safe-path.ts'

/**
 * Where a person goes on after the sign-in. A `next` that would act, as Connect does, leads home instead.
 *
 * @throws AppError invalid_request for anything that would leave this origin.
 */
export const continueAt = (ctx: Ctx, next: string | undefined, role: Role): string => {
  if (next === undefined || next === '') return homes[role]
  const path = safePath(next, ctx.config.publicUrl)
  if (path === undefined)
    throw invalidRequest([{ path: 'next', message: 'must be a path of this site, starting with a single /' }])
  return isAct(path) ? homes[role] : path
}
