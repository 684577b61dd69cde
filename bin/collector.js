#!/usr/bin/env node
// The command line, in a checkout and on the image alike. Plain JavaScript on purpose: it runs before anything is compiled.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Sources beside us can be run as long as the development dependencies are installed; otherwise what the build made of them. */
const runsSources = () => {
  if (!existsSync(new URL('../scripts/collector.ts', import.meta.url))) return false
  try {
    return import.meta.resolve('tsx/esm/api') !== undefined
  } catch {
    return false
  }
}

if (runsSources()) {
  process.setSourceMapsEnabled(true)
  const { register } = await import('tsx/esm/api')
  register({ tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)) })
  await import('../scripts/collector.ts')
} else if (existsSync(new URL('../dist/scripts/collector.js', import.meta.url))) {
  await import('../dist/scripts/collector.js')
} else {
  console.error('There is nothing to run: npm run build makes dist/.')
  process.exitCode = 1
}
