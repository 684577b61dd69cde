import type { MutantsOfFile } from './mutant.ts'

const statements = ['test/integration/tokens/token-statements.test.ts']

/** Access tokens: the budget of mints, pauses, and who may write the row. */
export const tokens: readonly MutantsOfFile[] = [
  {
    file: 'db/tokens/oauth-tokens.repo.ts',
    killedBy: statements,
    mutants: [
      {
        find: "array(select m from unnest(t.minted_at) m where m > clock_timestamp() - interval '10 minutes' order by m)",
        replace:
          "array(select m from unnest(t.minted_at) m where m > clock_timestamp() - interval '5 minutes' order by m)",
      },
      {
        find: "array(select m from unnest(t.minted_at) m where m > clock_timestamp() - interval '10 minutes' order by m)",
        replace: 'array(select m from unnest(t.minted_at) m order by m)',
      },
      { find: 'order by m) as recent_mints', replace: 'order by m desc) as recent_mints' },
      { find: 'coalesce(t.next_refresh_at <= clock_timestamp(), true) as due', replace: 'true as due' },
      { find: '    minted_at: sql<Date[]>`array[clock_timestamp()]`,\n', replace: '' },
      {
        find: "unnest(oauth_tokens.minted_at) m where m > clock_timestamp() - interval '10 minutes') || clock_timestamp()",
        replace: "unnest(oauth_tokens.minted_at) m where m > clock_timestamp() - interval '10 minutes')",
      },
      {
        find: "unnest(oauth_tokens.minted_at) m where m > clock_timestamp() - interval '10 minutes') || clock_timestamp()",
        replace: 'unnest(oauth_tokens.minted_at) m) || clock_timestamp()',
      },
      {
        find: '      minted_at: withThisMint,\n      version: sql<number>`version + 1`,\n',
        replace: '      version: sql<number>`version + 1`,\n',
      },
      { find: '      minted_at: withThisMint,\n      updated_at', replace: '      updated_at' },
      {
        find: '      minted_at: withThisMint,\n      version: sql<number>`version + 1`,\n',
        replace: '      minted_at: withThisMint,\n',
      },
      {
        find: "      refresh_failures: 0,\n      refresh_error_code: null,\n      updated_at: sql<Date>`now()`,\n    })\n    .where('connection_id', '=', row.connection_id)\n    .where('version', '=', row.version)\n",
        replace:
          "      refresh_failures: 0,\n      refresh_error_code: null,\n      updated_at: sql<Date>`now()`,\n    })\n    .where('connection_id', '=', row.connection_id)\n",
      },
      {
        find: "    .where('version', '=', row.version)\n    .returning('next_refresh_at')",
        replace: "    .returning('next_refresh_at')",
      },
      {
        find: "      refresh_error_code: 'reconnect_required',\n      version: sql<number>`version + 1`,\n      updated_at: sql<Date>`now()`,\n    })\n    .where('connection_id', '=', row.connection_id)\n    .where('version', '=', row.version)\n",
        replace:
          "      refresh_error_code: 'reconnect_required',\n      version: sql<number>`version + 1`,\n      updated_at: sql<Date>`now()`,\n    })\n    .where('connection_id', '=', row.connection_id)\n",
      },
      {
        find: '      key_id: encrypted.keyId,\n      version: sql<number>`version + 1`,\n',
        replace: '      key_id: encrypted.keyId,\n',
      },
      {
        find: "      key_id: encrypted.keyId,\n      version: sql<number>`version + 1`,\n    })\n    .where('connection_id', '=', row.connection_id)\n    .where('version', '=', row.version)\n",
        replace:
          "      key_id: encrypted.keyId,\n      version: sql<number>`version + 1`,\n    })\n    .where('connection_id', '=', row.connection_id)\n",
      },
      { find: "o.since < now() - interval '30 seconds'", replace: 'o.since < now()' },
      {
        find: "where o.data_center = c.data_center and o.service = 'accounts'",
        replace: "where o.service = 'accounts'",
      },
      { find: 'and t.connection_id <> c.id\n', replace: '\n' },
      { find: '          and other.data_center = c.data_center\n', replace: '' },
      { find: "code === 'zoho_token_unclear' && (await", replace: "code !== '' && (await" },
      {
        find: 'refresh_failures: sql<number>`refresh_failures + 1`',
        replace: 'refresh_failures: sql<number>`refresh_failures`',
      },
      {
        find: '      access_token_jwe: null,\n      access_token_expires_at: null,\n      next_refresh_at: null,',
        replace: '      access_token_expires_at: null,\n      next_refresh_at: null,',
      },
      {
        find: 'greatest(now(), access_token_expires_at - make_interval(secs => ${leadSeconds}))',
        replace: 'greatest(now(), access_token_expires_at + make_interval(secs => ${leadSeconds}))',
      },
      { find: "    .where('access_token_expires_at', 'is not', null)\n", replace: '' },
      { find: "    .where('next_refresh_at', 'is', null)\n", replace: '' },
      { find: "    .where('next_refresh_at', '<=', sql<Date>`clock_timestamp()`)\n", replace: '' },
    ],
  },
  {
    file: 'src/tokens/refresh-policy.ts',
    killedBy: ['test/unit/tokens/refresh-policy.test.ts'],
    mutants: [
      { find: 'export const freshSeconds = 300', replace: 'export const freshSeconds = 30' },
      { find: 'export const lastResortSeconds = 30', replace: 'export const lastResortSeconds = 0' },
      { find: 'export const mintsPerTenMinutes = 8', replace: 'export const mintsPerTenMinutes = 10' },
      { find: 'freshSeconds + 10 * minute * random', replace: 'freshSeconds + minute * random' },
      { find: 'Math.max(expiresIn / 2,', replace: 'Math.max(0,' },
      { find: 'throttled: { first: 10 * minute,', replace: 'throttled: { first: minute,' },
      { find: 'first * 2 ** Math.min(failuresBefore, 20)', replace: 'first' },
      { find: '* (1 + random / 4)', replace: '* (1 - random / 4)' },
    ],
  },
  {
    file: 'src/tokens/refresh-under-lock.ts',
    killedBy: ['test/integration/tokens/get-access-token.test.ts'],
    mutants: [
      {
        find: 'row.recent_mints.at(-mintsPerTenMinutes)',
        replace: 'row.recent_mints.at(-mintsPerTenMinutes * 2)',
      },
      {
        find: 'current !== undefined && current !== rejected ? current',
        replace: 'current !== undefined ? current',
      },
      {
        find: 'if (row.refresh_failures > 0 && !row.due && row.next_refresh_at !== null) {',
        replace: 'if (row.refresh_failures > 9 && !row.due && row.next_refresh_at !== null) {',
      },
      {
        find: "if (usable && !scheduled && failed.error.retry === 'later') return { token: usable }\n",
        replace: '',
      },
      {
        find: "if (connection.state === 'reconnect_required') return { error",
        replace: "if (connection.problem_code === 'never') return { error",
      },
      {
        find: 'row.refresh_failures + 1 >= shownFromFailure',
        replace: 'row.refresh_failures >= shownFromFailure',
      },
    ],
  },
]
