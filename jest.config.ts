/** @jest-config-loader esbuild-register */
import type { Config } from 'jest'

const swc = [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', tsx: true },
      target: 'es2022',
      transform: { react: { runtime: 'automatic', importSource: 'preact' } },
    },
    module: { type: 'es6' },
  },
] as const

const project = (name: string) => ({
  displayName: name,
  rootDir: '.',
  testEnvironment: 'node',
  testMatch: [
    `<rootDir>/test/${name}/**/*.test.{ts,tsx}`,
    ...(name === 'unit' ? ['<rootDir>/test/*.test.ts'] : []),
  ],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  ...(['e2e', 'chaos'].includes(name) && { globalSetup: '<rootDir>/test/support/global-build.ts' }),
  setupFilesAfterEnv: ['<rootDir>/test/support/secrets/each-test-file.ts'],
  resolver: '<rootDir>/test/support/resolver.cjs',
  // The build writes a package.json of the same name.
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: { '^.+\\.tsx?$': [swc[0], swc[1]] as [string, Record<string, unknown>] },
})

const config: Config = {
  // Long rounds of killing and cutting are a run of their own: npm run chaos.
  projects: [
    'unit',
    'integration',
    'e2e',
    ...(process.env['CHAOS'] ? ['chaos'] : []),
    // With a container engine: npm run test:containers.
    ...(process.env['CONTAINERS'] ? ['containers'] : []),
  ].map(project),
  testSequencer: '<rootDir>/test/support/sequencer.cjs',
  // Of the whole run: Jest does not take it per project. Long enough for a test that starts real processes.
  testTimeout: process.env['CHAOS'] || process.env['CONTAINERS'] ? 1_800_000 : 90_000,
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  // One more than cores of a small machine: some tests wait for a limit or a lease to end.
  maxWorkers: 3,
}

export default config
