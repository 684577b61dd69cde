import type { MutantsOfFile } from './mutant.ts'

/**
 * Defects that an attack on the running product once found, each put back: the test that came with its correction must
 * fail again. What stands in the lists of `access`, `leases`, `jobs` and `rights` is not repeated here.
 */
export const findings: readonly MutantsOfFile[] = [
  // A planted session: a link of another client's replaces a session without a question.
  {
    file: 'src/portal/auth/hand-over.ts',
    killedBy: ['test/integration/http/planted-session.test.ts'],
    mutants: [
      {
        find: "if (replacesAnother && identity.role !== 'operator') return 'another_client'",
        replace: "if (replacesAnother && identity.role === 'operator') return 'another_client'",
      },
      { find: "return expected ? 'not_from_portal' : undefined", replace: 'return undefined' },
      {
        find: 'return secret !== undefined && nonce === nonceFor(secret)',
        replace: 'return nonce !== undefined',
      },
    ],
  },
  {
    file: 'src/portal/auth/continue-at.ts',
    killedBy: ['test/integration/http/planted-session.test.ts'],
    mutants: [{ find: 'return isAct(path) ? homes[role] : path', replace: 'return path' }],
  },
  // A secret with a line break behind it.
  {
    file: 'src/config.ts',
    killedBy: ['test/unit/config/config.test.ts'],
    mutants: [{ find: 'const trimmed = value.trim()', replace: 'const trimmed = value' }],
  },
  // One odd header stops an organization for decades.
  {
    file: 'src/zoho/books-answer.ts',
    killedBy: ['test/unit/zoho/client.test.ts'],
    mutants: [
      { find: 'const maxRetryAfterSeconds = 3_600', replace: 'const maxRetryAfterSeconds = 3_600_000_000' },
      { find: 'const maxDayResetSeconds = 86_400', replace: 'const maxDayResetSeconds = 86_400_000_000' },
    ],
  },
  {
    file: 'src/connections/forget-limits.ts',
    killedBy: ['test/integration/operator/forget-limits.test.ts'],
    mutants: [
      {
        find: 'const ids = await endLimitDelays(trx, organization)',
        replace: 'const ids: string[] = []\n    void endLimitDelays',
      },
      { find: "action: 'connection.limits_forgotten'", replace: "action: 'connection.resumed'" },
    ],
  },
  // A ciphertext that somebody moved to another row or column works there.
  {
    file: 'src/tokens/encryption.ts',
    killedBy: ['test/integration/tokens/swapped-ciphertext.test.ts', 'test/unit/tokens/encryption.test.ts'],
    mutants: [
      {
        find: "if (protectedHeader['owner'] !== owner || protectedHeader['column'] !== column)",
        replace: "if (protectedHeader['column'] !== column)",
      },
      {
        find: "if (protectedHeader['owner'] !== owner || protectedHeader['column'] !== column)",
        replace: "if (protectedHeader['owner'] !== owner)",
      },
    ],
  },
  {
    file: 'src/tokens/rotate-keys.ts',
    killedBy: ['test/integration/tokens/rotate-keys.test.ts'],
    mutants: [{ find: '  await refuseWhileUnknown(ctx)\n  let rotated', replace: '  let rotated' }],
  },
  // The leftmost of X-Forwarded-For is believed.
  {
    file: 'src/portal/http/forwarded.ts',
    killedBy: ['test/integration/http/forwarded.test.ts'],
    mutants: [
      { find: 'hop < proxies', replace: 'hop <= proxies' },
      {
        find: 'return addresses.slice(addresses.lastIndexOf(undefined) + 1) as string[]',
        replace: 'return addresses.filter((one) => one !== undefined)',
      },
    ],
  },
  // Each server process counts for itself, or by what the caller writes.
  {
    file: 'src/portal/http/rate-limits.ts',
    killedBy: ['test/integration/http/rate-limits.test.ts'],
    mutants: [
      { find: '    store: sharedStore(ctx),\n', replace: '' },
      { find: ", groupId: 'writes' }", replace: ' }' },
      { find: 'request.caller?.clientId ?? addressKey(request)', replace: 'request.url' },
    ],
  },
  // One client's many commands go before another's single one.
  {
    file: 'db/jobs/due-rows.repo.ts',
    killedBy: ['test/integration/jobs/fair-turns.test.ts'],
    mutants: [
      { find: ') queued where place <= ${turns.atOnce})', replace: ') queued where place > 0)' },
      { find: 'partition by t.${sql.ref(turns.of)} order by', replace: 'order by' },
    ],
  },
  // The audit can be changed afterwards.
  {
    file: 'db/migrations/0001-initial.ts',
    killedBy: ['test/integration/db/audit-chain.test.ts'],
    mutants: [
      { find: 'new.previous_hash := head.hash;', replace: "new.previous_hash := '';" },
      { find: 'for update;\n      new.created_at := now();', replace: ';\n      new.created_at := now();' },
      { find: "if current_user <> 'audit_retention' then", replace: 'if false then' },
    ],
  },
  // The webhook's address stands in the database, and cannot be changed.
  {
    file: 'src/connections/webhook-token.ts',
    killedBy: ['test/integration/http/webhook-address.test.ts'],
    mutants: [
      { find: "createHmac('sha256', portalJwtSecret)", replace: "createHmac('sha256', 'collector')" },
      {
        find: 'return webhookTokenHash(derive(ctx.config, salt)) === hash ? addressOf(ctx.config, salt) : null',
        replace: 'return hash === null ? null : addressOf(ctx.config, salt)',
      },
    ],
  },
  // Answers and bodies without a bound.
  {
    file: 'src/zoho/http.ts',
    killedBy: ['test/unit/zoho/hostile-answers.test.ts'],
    mutants: [
      { find: 'if (bytes > maxBytes) throw', replace: 'if (bytes < 0) throw' },
      {
        find: 'followRedirect: false',
        replace: 'followRedirect: true',
      },
    ],
  },
  {
    file: 'src/portal/http/json-body.ts',
    killedBy: ['test/integration/http/bad-requests.test.ts'],
    mutants: [{ find: 'const MAX_DEPTH = 32', replace: 'const MAX_DEPTH = 1_000_000' }],
  },
  {
    file: 'src/portal/api/paging.ts',
    killedBy: ['test/integration/http/cases.test.ts', 'test/integration/http/bad-requests.test.ts'],
    mutants: [
      {
        find: '(text) => /^[np]\\./.test(text) && uuid.safeParse(text.slice(2)).success,',
        replace: '(text) => text.length + String(uuid).length > 0,',
      },
    ],
  },
  {
    file: 'src/errors.ts',
    killedBy: ['test/integration/http/health.test.ts', 'test/integration/http/case-commands.test.ts'],
    mutants: [{ find: "const diskFull = '53100'", replace: "const diskFull = '53101'" }],
  },
  {
    file: 'db/core/migrate.ts',
    killedBy: ['test/integration/db/migrations.test.ts'],
    mutants: [
      {
        find: 'await sql`select pg_advisory_lock(${migrationLock})`.execute(connection)',
        replace: 'await sql`select pg_advisory_lock_shared(${migrationLock})`.execute(connection)',
      },
    ],
  },
  {
    file: 'src/values/csv.ts',
    killedBy: ['test/unit/cases/result-csv.test.ts'],
    mutants: [{ find: '/(^|[;\\t\\r\\n])(', replace: '/(^)(' }],
  },
  // After an outage everybody waits for his own schedule.
  {
    file: 'src/tokens/outage-over.ts',
    killedBy: ['test/integration/sync/outage.test.ts'],
    mutants: [
      {
        find: 'const end = await endOutage(ctx.db, place)',
        replace:
          'const end = await endOutage(ctx.db, { ...place, dataCenter: place.dataCenter.toUpperCase() })',
      },
    ],
  },
  {
    file: 'db/connections/end-outage.ts',
    killedBy: ['test/integration/sync/outage.test.ts'],
    mutants: [
      { find: 'wakeSyncs(dataCenter, service, soon, refreshes),\n', replace: '' },
      { find: 'wakeCommands(dataCenter, code, soon),\n', replace: '' },
      { find: 'wakeCaseFollows(dataCenter, soon),\n', replace: '' },
      { find: 'if (outage.seconds < shortestSeconds)', replace: 'if (outage.seconds < 0)' },
      { find: 'Math.min(60, Math.max(5,', replace: 'Math.min(0, Math.max(5,' },
    ],
  },
]
