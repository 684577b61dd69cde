import type { MutantsOfFile } from './mutant.ts'

const sessions = ['test/integration/portal/session-statements.test.ts']

/** Sessions, sign-in tokens and consents. */
export const access: readonly MutantsOfFile[] = [
  {
    file: 'src/portal/auth/sessions.ts',
    killedBy: sessions,
    mutants: [{ find: 'export const SESSION_HOURS = 12', replace: 'export const SESSION_HOURS = 1_200' }],
  },
  {
    file: 'db/portal/portal-sessions.repo.ts',
    killedBy: sessions,
    mutants: [
      {
        find: 'make_interval(hours => ${session.hours})',
        replace: 'make_interval(days => ${session.hours})',
      },
      { find: '`expires_at > now() and last_seen_at', replace: '`last_seen_at' },
      {
        find: 'last_seen_at > now() - make_interval(mins => ${idleMinutes})',
        replace: 'last_seen_at > now() - make_interval(hours => ${idleMinutes})',
      },
      { find: "last_seen_at < now() - interval '1 minute'", replace: 'last_seen_at < now()' },
      {
        find: "    .where(alive(idleMinutes))\n    .orderBy('last_seen_at', 'desc')",
        replace: "    .orderBy('last_seen_at', 'desc')",
      },
      { find: "    .selectAll()\n    .where('client_id', '=', clientId)\n", replace: '    .selectAll()\n' },
      {
        find: "    .where('client_id', '=', clientId)\n    .where('subject', '=', subject)\n    .where(alive",
        replace: "    .where('client_id', '=', clientId)\n    .where(alive",
      },
      {
        find: "    .deleteFrom('portal_sessions')\n    .where('client_id', '=', clientId)\n",
        replace: "    .deleteFrom('portal_sessions')\n",
      },
      { find: "    .where('subject', '=', subject)\n    .$if(", replace: '    .$if(' },
      { find: "(query) => query.where('id', '=', id ?? '')", replace: '(query) => query' },
    ],
  },
  {
    file: 'src/portal/auth/verify-token.ts',
    killedBy: ['test/unit/portal/verify-token.test.ts'],
    mutants: [
      { find: 'const DAY_SECONDS = 24 * 60 * 60', replace: 'const DAY_SECONDS = 48 * 60 * 60' },
      { find: 'const LINK_SECONDS = 2 * 60', replace: 'const LINK_SECONDS = 20 * 60' },
      { find: 'const SKEW_SECONDS = 60', replace: 'const SKEW_SECONDS = 2 * 60 * 60' },
      { find: 'const SKEW_SECONDS = 60', replace: 'const SKEW_SECONDS = 0' },
      { find: "algorithms: ['HS256']", replace: "algorithms: ['HS256', 'HS512']" },
      { find: 'iat === undefined || exp - iat > LINK_SECONDS', replace: 'exp - (iat ?? exp) > LINK_SECONDS' },
      {
        find: 'iat !== undefined && iat > now + SKEW_SECONDS',
        replace: 'iat !== undefined && iat > now + SKEW_SECONDS && exp < now',
      },
      {
        find: 'exp - (iat ?? now) > DAY_SECONDS + SKEW_SECONDS || exp - now',
        replace: 'exp - now',
      },
      {
        find: ' || exp - now > DAY_SECONDS + SKEW_SECONDS)',
        replace: ')',
      },
      {
        find: "if (use === 'bearer' && purpose !== undefined)",
        replace: "if (use === 'bearer' && purpose === undefined && exp < 0)",
      },
      {
        find: "if (use === 'sign-in' && purpose === undefined && ctx.config.signInPurposeRequired)",
        replace: 'if (exp < 0)',
      },
      { find: '    currentDate: clock.now(),\n', replace: '' },
      {
        find: '...(config.portalJwtAudience !== undefined && { audience: config.portalJwtAudience }),',
        replace: '',
      },
      {
        find: '...(config.portalJwtIssuer !== undefined && { issuer: config.portalJwtIssuer }),',
        replace: '',
      },
      {
        find: "requiredClaims: ['exp', 'sub', 'role']",
        replace: "requiredClaims: ['sub', 'role']",
        survives: 'The schema of the claims asks for exp as well.',
      },
    ],
  },
  {
    file: 'db/portal/used-sign-in-tokens.repo.ts',
    killedBy: ['test/integration/clients/retention-rules.test.ts'],
    mutants: [{ find: 'return spent !== undefined', replace: 'return spent !== null' }],
  },
  {
    file: 'db/connections/oauth-states.repo.ts',
    killedBy: ['test/integration/connections/consent-statements.test.ts'],
    mutants: [
      {
        find: "    .where('session_id', '=', key.sessionHash)\n    .where('client_id', '=', key.clientId)\n    .where('used_at', 'is', null)",
        replace: "    .where('client_id', '=', key.clientId)\n    .where('used_at', 'is', null)",
      },
      {
        find: "    .where('client_id', '=', key.clientId)\n    .where('used_at', 'is', null)",
        replace: "    .where('used_at', 'is', null)",
      },
      { find: "    .where('used_at', 'is', null)\n", replace: '' },
      { find: "    .where('expires_at', '>', sql<Date>`now()`)\n", replace: '' },
      { find: "    .where('used_at', 'is not', null)\n", replace: '' },
      {
        find: "    .where('session_id', '=', key.sessionHash)\n    .where('client_id', '=', key.clientId)\n    .where('used_at', 'is not', null)",
        replace: "    .where('client_id', '=', key.clientId)\n    .where('used_at', 'is not', null)",
      },
    ],
  },
  {
    file: 'db/core/rate-limits.repo.ts',
    killedBy: ['test/integration/connections/consent-statements.test.ts'],
    mutants: [
      { find: 'case when l.expires_at <= now() then 1 else l.requests + 1 end', replace: 'l.requests + 1' },
      { find: 'case when l.expires_at <= now() then 1 else l.requests + 1 end', replace: '1' },
      {
        find: 'case when l.expires_at <= now() then excluded.expires_at else l.expires_at end',
        replace: 'excluded.expires_at',
      },
      {
        find: ".where('expires_at', '<', sql<Date>`now()`)",
        replace: ".where('expires_at', '>', sql<Date>`now()`)",
      },
    ],
  },
]
