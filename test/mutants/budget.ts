import type { MutantsOfFile } from './mutant.ts'

const limits = 'test/unit/sync/budget-limits.test.ts'
const statements = 'test/integration/sync/budget-statements.test.ts'

export const budget: readonly MutantsOfFile[] = [
  {
    file: 'src/sync/budget-limits.ts',
    killedBy: [limits],
    mutants: [
      {
        find: 'const { ofMinute, inFlight, day } = reserves[priority]',
        replace: 'const { ofMinute, inFlight, day } = reserves[priority && "person"]',
      },
      { find: 'ofMinute: 0.02', replace: 'ofMinute: 0' },
      { find: 'requestsPerMinute > countedUpTo', replace: 'requestsPerMinute >= countedUpTo' },
      {
        find: 'background: { ofMinute: 0.02, inFlight: 1',
        replace: 'background: { ofMinute: 0.02, inFlight: 0',
      },
      { find: 'Math.max(1, maxInFlight - inFlight)', replace: 'maxInFlight - inFlight' },
      { find: 'requests: 20, share: 0.05', replace: 'requests: 0, share: 0.05' },
      { find: 'requests: 20, share: 0.05', replace: 'requests: 20, share: 0' },
      { find: 'const slotShare = 2 / 3', replace: 'const slotShare = 4 / 3' },
    ],
  },
  {
    file: 'db/sync/organization-budgets.repo.ts',
    killedBy: [statements],
    mutants: [
      {
        find: '      for update\n    ),\n    -- 2. the time',
        replace: '    ),\n    -- 2. the time',
        killedBy: ['test/integration/interleavings/model.test.ts'],
      },
      { find: 'where at > t - ${minute}', replace: 'where at > t - ${minute} * 0.5' },
      { find: 'unnest(in_flight_until) at where at > t)', replace: 'unnest(in_flight_until) at)' },
      {
        find: 'case when day_resets_at > t then day_remaining end as left_today',
        replace: 'day_remaining as left_today',
      },
      {
        find: 'least(${maxInFlight}::int, coalesce(max_in_flight, ${maxInFlight}::int))',
        replace: '${maxInFlight}::int',
      },
      { find: 'when blocked_until > t then blocked_code\n', replace: '\n' },
      { find: 'left_today <= greatest(', replace: 'left_today < greatest(' },
      { find: 'ceil(day_limit * ${dayReserve.share}::float8)', replace: '0 * ${dayReserve.share}::float8' },
      {
        find: 'cardinality(recent) >= ${perMinute}::int',
        replace: 'cardinality(recent) > ${perMinute}::int',
      },
      { find: 'cardinality(flying) >= most_in_flight', replace: 'cardinality(flying) > most_in_flight' },
      {
        find: 'recent[cardinality(recent) - ${perMinute}::int + 1] + ${minute}',
        replace: "recent[cardinality(recent)] + ${minute} + ${perMinute}::int * interval '0'",
      },
      { find: 'and a.refusal is null', replace: '' },
      {
        find: "when ${perMinute}::int is null then '{}' else recent || t end",
        replace: "when ${perMinute}::int is null then '{}' else recent end",
      },
      {
        find: 'when b.day_remaining > 0 then b.day_remaining - 1',
        replace: 'when b.day_remaining > 0 then b.day_remaining',
      },
      {
        find: 'array_replace(b.request_times, granted, t)',
        replace: 'array_remove(b.request_times, granted)',
      },
      { find: 'array_replace(b.request_times, granted, t)', replace: 'b.request_times' },
      {
        find: '::timestamptz, granted + make_interval(secs => ${slotSeconds}))',
        replace: '::timestamptz, granted + make_interval(secs => ${slotSeconds} + 1))',
      },
      { find: 'greatest(0, cardinality(b.in_flight_until) - 1))', replace: '0)' },
      {
        find: 'blocked_times = case when ${wellAnswered} then 0 else b.blocked_times end',
        replace: 'blocked_times = case when ${wellAnswered} then b.blocked_times else b.blocked_times end',
      },
      { find: "b.blocked_until < t - interval '10 minutes'", replace: 'b.blocked_until < t' },
      { find: 'blocked_until = greatest(blocked_until, coalesce(', replace: 'blocked_until = (coalesce(' },
      {
        find: 'when blocked_until > clock_timestamp() then blocked_times else least(blocked_times + 1, 16) end,',
        replace: 'when false then blocked_times else least(blocked_times + 1, 16) end,',
      },
      {
        find: 'greatest(1, cardinality(in_flight_until) - 1)',
        replace: 'greatest(1, cardinality(in_flight_until))',
      },
      {
        find: 'day_remaining = case when ${untilDayReset} then 0 else day_remaining end',
        replace: 'day_remaining = case when ${untilDayReset} then day_remaining else day_remaining end',
      },
      { find: '${seconds}::float8 * 2 ^ (case', replace: '${seconds}::float8 * 1 ^ (case' },
      {
        find: '${maxSeconds}::float8, ${seconds}::float8',
        replace: '${maxSeconds}::float8 * 100, ${seconds}::float8',
      },
      {
        find: 'clock_timestamp() + make_interval(secs => ${retryAfterSeconds}::float8),',
        replace: 'null::timestamptz + make_interval(secs => ${retryAfterSeconds}::float8),',
      },
      { find: '      blocked_until: null,\n', replace: '' },
    ],
  },
]
