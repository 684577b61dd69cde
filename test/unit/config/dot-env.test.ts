import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'dot-env-'))
afterAll(() => rmSync(folder, { recursive: true }))

const programs: Readonly<Record<string, readonly string[]>> = {
  start: [resolve('node_modules/tsx/dist/cli.mjs'), resolve('scripts/start.ts')],
}
const run = (script: string, env: Record<string, string> = {}) =>
  spawnSync(process.execPath, programs[script] ?? [resolve('bin/collector.js'), ...script.split(' ')], {
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  })

// The other commands are started in the same way (scripts/support/script.ts).
it.each(['server', 'worker', 'verify', 'start'])(
  '%s reads .env of its folder, and says which variable is wrong',
  (script) => {
    writeFileSync(
      join(folder, '.env'),
      'LOG_LEVEL=loud\nDATABASE_URL=postgres://u:p@127.0.0.1:1/x\nZOHO_CLIENT_ID=1000.A\nZOHO_CLIENT_SECRET=s\n',
    )
    const { status, stderr } = run(script)
    expect(stderr).toContain('LOG_LEVEL')
    expect(stderr).not.toContain('ZOHO_CLIENT_ID')
    expect(status).toBe(1)
  },
)

it('what the environment sets already wins over .env', () => {
  writeFileSync(join(folder, '.env'), 'LOG_LEVEL=loud\nDATABASE_POOL_SIZE=none\n')
  const { stderr } = run('verify', { LOG_LEVEL: 'error' })
  expect(stderr).toContain('DATABASE_POOL_SIZE')
  expect(stderr).not.toContain('LOG_LEVEL')
})
