import { z } from 'zod'

/** Which requests a rule, a hook or a look into the log is about; what is left out matches everything. */
export const requestMatch = z
  .object({
    method: z.string(),
    /** Regular expression on the path. */
    path: z.string(),
    /** Exact value of query parameters. */
    query: z.record(z.string(), z.string()),
    dataCenter: z.string(),
    /** Token endpoint only. */
    grantType: z.string(),
  })
  .partial()

export type RequestMatch = z.infer<typeof requestMatch>

const duration = z.number().min(0).max(3_600_000)

/** What a failing request gets. */
export const failureAction = z.union([
  z.enum([
    'hang',
    'reset',
    'truncate',
    'empty',
    'html502',
    'html404',
    'hasMoreOnEmptyPage',
    'samePageTwice',
    'endlessPages',
  ]),
  z.object({ delayMs: duration }),
  /** This answer instead of Zoho's; a string body is sent as it is. */
  z.object({
    status: z.number().int().min(100).max(599),
    body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  /** HTTP 200 with a code that is not 0 (contract 10.2: treat as an error). */
  z.object({ code: z.number().int(), message: z.string().optional() }),
  /** The true answer, made as long as this many bytes with blanks at its end. */
  z.object({ padTo: z.number().int().min(0).max(64_000_000) }),
  /** Merged into the true answer; see `patchJson` for `$absent` and `$json`. */
  z.object({ patch: z.record(z.string(), z.unknown()) }),
])

export type FailureAction = z.infer<typeof failureAction>

/** Bends a listing instead of replacing the answer. */
export type ListTwist = 'hasMoreOnEmptyPage' | 'samePageTwice' | 'endlessPages'

/** "After `after` matches, fail `times` matches" (`times: 0` fails for ever). */
export const failureRule = z.object({
  match: requestMatch.default({}),
  after: z.number().int().min(0).default(0),
  times: z.number().int().min(0).default(1),
  action: failureAction,
})

export type FailureRuleInput = z.input<typeof failureRule>

interface Matchable {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly dataCenter: string
  readonly grantType?: string
}

/** Whether a request is one of those meant. */
export function matches(match: RequestMatch, request: Matchable): boolean {
  if (match.method !== undefined && match.method.toUpperCase() !== request.method) return false
  if (match.path !== undefined && !new RegExp(match.path).test(request.path)) return false
  if (match.dataCenter !== undefined && match.dataCenter !== request.dataCenter) return false
  if (match.grantType !== undefined && match.grantType !== request.grantType) return false
  return Object.entries(match.query ?? {}).every(([key, value]) => request.query[key] === value)
}

/** The rules and hooks in force. */
export interface FailureRules {
  /** Adds a rule; returns its number, with which it can be taken away. */
  add(rule: FailureRuleInput): number
  /** Runs `act` just before the `nth` matching request is answered. */
  before(match: RequestMatch, nth: number, act: () => void): number
  remove(id: number): boolean
  clear(): void
  /** Counts the request against every rule and hook; runs due hooks; returns the action that hits it. */
  take(request: Matchable): FailureAction | undefined
}

/** Creates an empty set of rules. The oldest matching rule that is due wins. */
export function createFailureRules(): FailureRules {
  let nextId = 1
  const rules = new Map<number, z.output<typeof failureRule> & { seen: number }>()
  const hooks = new Map<number, { match: RequestMatch; nth: number; act: () => void }>()

  const runHooks = (request: Matchable) => {
    for (const [id, hook] of hooks) {
      if (!matches(hook.match, request)) continue
      hook.nth -= 1
      if (hook.nth > 0) continue
      hooks.delete(id)
      hook.act()
    }
  }

  return {
    add: (input) => {
      const id = nextId++
      rules.set(id, { ...failureRule.parse(input), seen: 0 })
      return id
    },
    before: (match, nth, act) => {
      const id = nextId++
      hooks.set(id, { match, nth, act })
      return id
    },
    remove: (id) => rules.delete(id) || hooks.delete(id),
    clear: () => {
      rules.clear()
      hooks.clear()
    },
    take: (request) => {
      runHooks(request)
      let action: FailureAction | undefined
      for (const [id, rule] of rules) {
        if (!matches(rule.match, request)) continue
        const due = rule.seen >= rule.after
        if (due && action) continue
        rule.seen += 1
        if (!due) continue
        if (rule.times > 0 && rule.seen >= rule.after + rule.times) rules.delete(id)
        action = rule.action
      }
      return action
    },
  }
}
