import { readFileSync } from 'node:fs'
import { ConfigError, environment, loadConfig } from '../../../src/config.ts'

const enough = {
  DATABASE_URL: 'postgres://u:p@127.0.0.1/x',
  TOKEN_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 1).toString('base64')}`,
  PORTAL_JWT_SECRET: 'x'.repeat(32),
  ZOHO_CLIENT_ID: '1000.A',
  ZOHO_CLIENT_SECRET: 's',
}

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

it('has the defaults of the interface table', () => {
  expect(loadConfig(enough)).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    publicUrl: 'http://localhost:3000',
    syncIntervalSeconds: 900,
    fullSyncIntervalSeconds: 86_400,
    sweepIntervalSeconds: 5,
    proofMaxAgeSeconds: 300,
    workerConcurrency: 20,
    databasePoolSize: 10,
    retentionDays: 90,
    demoSignIn: false,
    zoho: { accountsUrl: 'https://accounts.zoho.com', requestsPerMinute: 100, maxInFlight: 4 },
  })
})

it('names every bad variable at once and never repeats a value', () => {
  const problems = problemsOf({
    ...enough,
    PORT: 'a lot',
    SYNC_INTERVAL_SECONDS: '-1',
    REDIS_URL: 'http://secret-host',
    TOKEN_ENCRYPTION_KEYS: 'k1:c2VjcmV0',
    PORTAL_JWT_SECRET: 'too-short-secret',
    LOG_LEVEL: 'loud',
  })
  expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
    'LOG_LEVEL',
    'PORT',
    'PORTAL_JWT_SECRET',
    'REDIS_URL',
    'SYNC_INTERVAL_SECONDS',
    'TOKEN_ENCRYPTION_KEYS',
  ])
  expect(problems.join()).not.toMatch(/c2VjcmV0|too-short-secret|secret-host/)
})

it('names every missing variable at once', () => {
  expect(problemsOf({}).map((problem) => problem.split(':')[0])).toEqual([
    'DATABASE_URL',
    'TOKEN_ENCRYPTION_KEYS',
    'PORTAL_JWT_SECRET',
    'ZOHO_CLIENT_ID',
    'ZOHO_CLIENT_SECRET',
  ])
})

it('refuses the simulator and the demo sign-in in production', () => {
  const problems = problemsOf({
    ...enough,
    NODE_ENV: 'production',
    ZOHO_SIMULATOR_URL: 'http://127.0.0.1:1',
    DEMO_SIGN_IN: 'true',
  })
  expect(problems).toEqual([
    expect.stringContaining('ZOHO_SIMULATOR_URL'),
    expect.stringContaining('DEMO_SIGN_IN'),
  ])
})

it('takes an empty value for "not set", as compose files write it', () => {
  expect(loadConfig({ ...enough, REDIS_URL: '', PORT: ' ' })).toMatchObject({
    redisUrls: undefined,
    port: 3000,
  })
})

it('reads several Redis URLs as the nodes of a cluster', () => {
  expect(loadConfig({ ...enough, REDIS_URL: 'redis://a:1, redis://b:2' }).redisUrls).toEqual([
    'redis://a:1',
    'redis://b:2',
  ])
})

it('refuses two encryption keys with one id', () => {
  const key = Buffer.alloc(32, 1).toString('base64')
  expect(problemsOf({ ...enough, TOKEN_ENCRYPTION_KEYS: `a:${key},a:${key}` })).toEqual([
    'TOKEN_ENCRYPTION_KEYS: has the same key id twice',
  ])
})

it('.env.example lists exactly what is read', () => {
  const listed = [...readFileSync('.env.example', 'utf8').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name)
  expect(listed.sort()).toEqual(Object.keys(environment.shape).sort())
})

it('.env.example is a valid environment once the secrets are filled in', () => {
  const given = Object.fromEntries(
    [...readFileSync('.env.example', 'utf8').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [
      name,
      value,
    ]),
  )
  expect(problemsOf({ ...given, ...enough })).toEqual([])
})
