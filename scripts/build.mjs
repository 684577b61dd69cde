// Plain JavaScript on purpose: it runs before anything is compiled.
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
})
cpSync('src/portal/assets', 'dist/src/portal/assets', { recursive: true })
// The page that explains error codes reads it.
cpSync('docs/operations.md', 'dist/docs/operations.md')
cpSync('package.json', 'dist/package.json')
