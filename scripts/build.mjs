// Plain JavaScript on purpose: it runs before anything is compiled.
import { execFileSync } from 'node:child_process'
import { cpSync, rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
})
cpSync('src/portal/assets', 'dist/src/portal/assets', { recursive: true })
cpSync('package.json', 'dist/package.json')
