import type { MutantsOfFile } from './mutant.ts'

const commands = [
  'test/integration/cases/create-cases.test.ts',
  'test/integration/cases/submit-command.test.ts',
  'test/integration/http/case-commands.test.ts',
]
const sync = [
  'test/integration/sync/full-run.test.ts',
  'test/integration/sync/incremental-run.test.ts',
  'test/integration/sync/schedule.test.ts',
]
const budget = ['test/integration/sync/budget.test.ts', ...sync]
const connect = [
  'test/integration/connections/connect.test.ts',
  'test/integration/connections/organizations.test.ts',
  'test/integration/connections/disconnect.test.ts',
]

/** What ties the rules and the statements together. Chosen after the tests were written, one line each. */
export const orchestration: readonly MutantsOfFile[] = [
  {
    file: 'src/cases/create-cases.ts',
    killedBy: commands,
    mutants: [
      {
        find: "if (connection === undefined || connection.state === 'disconnected')\n    return finish",
        replace: 'if (connection === undefined)\n    return finish',
        survives: 'Its rows are gone, and the call that would prove one ends with the same code.',
      },
      { find: '> patienceSeconds.now)\n    return finish', replace: '> 1e9)\n    return finish' },
      { find: '/^2[23]/.test', replace: '/^22/.test' },
      {
        find: "  if (error.retry !== 'never') throw error\n  await failUnproven",
        replace: '  await failUnproven',
      },
      { find: 'return rereads === maxRereads', replace: 'return rereads > 1e6' },
      {
        find: 'const first = (work.command.attempts - 1) % unproven.length',
        replace: 'const first = 0 * unproven.length',
      },
      { find: "  if (error.code === 'lease_lost') return\n  const command", replace: '  const command' },
      { find: "error.retry === 'never' ? error.code : 'not_proven'", replace: "'not_proven'" },
      { find: "  if (connection.state !== 'active') return false\n", replace: '' },
      {
        find: 'if (!inTime || stale - pages < minCallsSaved) return false',
        replace: 'if (!inTime) return false',
      },
    ],
  },
  {
    file: 'src/cases/insert-chunk.ts',
    killedBy: commands,
    mutants: [
      { find: "  if (!held) throw new AppError('lease_lost')\n", replace: '  void held\n' },
      { find: 'existing.clientId === clientId\n', replace: "existing.clientId !== '' && clientId !== ''\n" },
      { find: 'decisions.filter(({ ordinal }) => written.has(ordinal))', replace: 'decisions' },
      { find: '    ...others,\n', replace: '' },
    ],
  },
  {
    file: 'src/cases/submit-command.ts',
    killedBy: commands,
    mutants: [
      {
        find: 'if (total > maxMatches)',
        replace: 'if (total > maxMatches + 1)',
        survives: '200,001 matching rows would take a test half a minute, and one more harms nobody.',
      },
      { find: 'found.request_hash !== hash', replace: "found.request_hash === ''" },
      { find: '  await limitToClient(trx, request.clientId)\n', replace: '' },
    ],
  },
  {
    file: 'src/cases/withdraw-case.ts',
    killedBy: ['test/integration/http/cases.test.ts', 'test/integration/cases/case-follows.test.ts'],
    mutants: [
      {
        find: "if (state !== 'open') throw",
        replace: "if (state === 'unreadable') throw",
        survives: 'The case learns of it in the transaction that stages the answer, and is asked below.',
      },
      {
        killedBy: ['test/integration/interleavings/transactions.test.ts'],
        find: "found.invoice_state !== 'unpaid' && found.invoice_state !== 'partly_paid'",
        replace: "found.invoice_state === 'unknown'",
      },
    ],
  },
  {
    file: 'src/cases/describe-case.ts',
    killedBy: ['test/integration/http/cases.test.ts'],
    mutants: [
      { find: "if (found.status !== 'pending_verification') throw", replace: 'if (false) throw' },
      { find: '    if (found.claim_description === description) return\n', replace: '' },
      { find: ', claimDescription: description }', replace: ' }' },
    ],
  },
  {
    file: 'src/cases/follow-cases.ts',
    killedBy: ['test/integration/cases/case-follows.test.ts'],
    mutants: [
      { find: "if (!isAppError(error, 'zoho_answer_invalid')) throw error", replace: 'throw error' },
      {
        find: 'await followCase(ctx.db, connectionId, id)',
        replace: 'void followCase',
        survives:
          'Staging the answer says it already; this is for one that is older than what the case knows.',
      },
    ],
  },
  {
    file: 'src/sync/call-books.ts',
    killedBy: budget,
    mutants: [
      {
        find: "if (!found || found.state === 'disconnected')",
        replace: 'if (!found)',
        killedBy: ['test/integration/connections/disconnect.test.ts'],
      },
      { find: 'zoho_minute_limit: { minutes: 1,', replace: 'zoho_minute_limit: { minutes: 0,' },
      {
        find: 'maxMinutes: 60, untilDayReset: true',
        replace: 'maxMinutes: 60, untilDayReset: false',
      },
      { find: 'release(factsOf(error), answered.has(error.code))', replace: 'release(factsOf(error), true)' },
      {
        find: "      throw new AppError('zoho_permission_missing', { cause: error, details: error.details })",
        replace: '      throw error',
      },
    ],
  },
  {
    file: 'src/sync/stage-page.ts',
    killedBy: sync,
    mutants: [
      { find: 'row.modifiedAt >= other.modifiedAt', replace: 'row.modifiedAt < other.modifiedAt' },
      { find: '    await resolveRows(trx, target.connectionId, page.rows.ids)\n', replace: '' },
    ],
  },
  {
    file: 'src/sync/walk-list.ts',
    killedBy: sync,
    mutants: [
      {
        find: 'const shrunk = list.shrinkingDisturbs === true && total',
        replace: 'const shrunk = list.shrinkingDisturbs === undefined && total',
      },
      { find: "sortColumn: 'created_time'", replace: "sortColumn: 'last_modified_time'" },
    ],
  },
  {
    file: 'src/sync/check-missing.ts',
    killedBy: sync,
    mutants: [
      { find: "return state === 'open' || (modifiedAt", replace: 'return (modifiedAt' },
      { find: ' && error.facts.rowProblems !== undefined)', replace: ')' },
    ],
  },
  {
    file: 'src/sync/sync-connection.ts',
    killedBy: budget,
    mutants: [
      {
        find: 'delayedCode: fromZoho && long ? error.code : null',
        replace: 'delayedCode: long ? error.code : null',
      },
      {
        find: 'baseSeconds: hopeless ? backoff.maxSeconds : backoff.baseSeconds',
        replace: 'baseSeconds: backoff.baseSeconds',
      },
    ],
  },
  {
    file: 'src/sync/sync-debtors.ts',
    killedBy: ['test/integration/sync/debtors.test.ts'],
    mutants: [
      {
        find: "    if (await invoicesWait(slice.ctx.db, slice.connection)) return 'invoices'\n",
        replace: '',
      },
      { find: 'modifiedAt !== null && modifiedAt < since', replace: 'modifiedAt === null' },
    ],
  },
  {
    file: 'src/connections/store-grant.ts',
    killedBy: connect,
    mutants: [
      {
        find: 'organizations.filter((organization) => organization.isActive)',
        replace: 'organizations.slice()',
      },
      {
        find: '  await forgetDebtorFailure(trx, live.id)\n',
        replace: '',
        killedBy: [...connect, 'test/integration/sync/debtors.test.ts'],
      },
    ],
  },
  {
    file: 'src/connections/complete-connect.ts',
    killedBy: connect,
    mutants: [
      { find: "if (verdict !== 'valid') throw", replace: "if (verdict === 'invalid') throw" },
      {
        find: 'if (isAppError(error)) await revokeOrphan',
        replace: 'if (!isAppError(error)) await revokeOrphan',
      },
    ],
  },
  {
    file: 'src/connections/organizations.ts',
    killedBy: connect,
    mutants: [
      { find: 'id === organizationId && isActive', replace: 'id === organizationId && (isActive || true)' },
      { find: '    await deleteStagedData(trx, connection.id)\n', replace: '' },
    ],
  },
  {
    file: 'src/connections/disconnect.ts',
    killedBy: connect,
    mutants: [{ find: '    await cancelRuns(trx, live.id)\n', replace: '' }],
  },
  {
    file: 'jobs/run-job.ts',
    killedBy: ['test/integration/jobs/queues.test.ts'],
    mutants: [
      {
        find: "error.retry === 'never' ? new UnrecoverableError(reason) : new Error(reason)",
        replace: 'error.retry === "later" ? new UnrecoverableError(reason) : new Error(reason)',
      },
      { find: '  shown.stack = reason\n', replace: '' },
      { find: '        await definition.rearm(jobCtx, data)\n', replace: '' },
    ],
  },
]
