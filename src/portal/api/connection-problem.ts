/** A stored problem code as one sentence and the one thing to do about it. */
import { z } from 'zod'
import { type ErrorCode, errorCatalogue, isErrorCode, messageOf } from '../../errors.ts'

const actions = ['reconnect', 'choose_organization', 'wait', 'contact_support'] as const

export const problemView = z
  .object({
    code: z.string().describe('See the list of error codes'),
    message: z.string().describe('One sentence for the client'),
    action: z.enum(actions).describe('What the client can do; `wait`: nothing, it goes on by itself'),
  })
  .meta({
    id: 'ConnectionProblem',
    example: {
      code: 'reconnect_required',
      message: messageOf('reconnect_required'),
      action: 'reconnect',
    },
  })

type Action = (typeof actions)[number]

const special: Partial<Record<ErrorCode, Action>> = {
  reconnect_required: 'reconnect',
  zoho_permission_missing: 'reconnect',
  zoho_organization_gone: 'choose_organization',
}

export const problemOf = (stored: string): z.infer<typeof problemView> => {
  const code = isErrorCode(stored) ? stored : 'internal_error'
  const { retry } = errorCatalogue[code]
  return {
    code,
    message: messageOf(code),
    action: special[code] ?? (retry === 'never' ? 'contact_support' : 'wait'),
  }
}
