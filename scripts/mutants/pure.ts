/** StrykerJS over what is pure: it makes the mutants itself, and the unit tests of the group must notice them. */
import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { Stryker } from '@stryker-mutator/core'
import jestConfig from '../../jest.config.ts'

interface Group {
  readonly mutate: readonly string[]
  readonly tests: readonly string[]
}

/** By folder: what is mutated, and the tests of exactly that. A test that loads much makes each mutant take seconds. */
export const pureGroups: Readonly<Record<string, Group>> = {
  values: {
    mutate: ['src/values/{money,day,us-state,memoize}.ts'],
    tests: ['test/unit/values/values.test.ts'],
  },
  countries: {
    mutate: ['src/values/{country,phone}.ts'],
    tests: ['test/unit/values/{country,phone}.test.ts'],
  },
  eligibility: {
    mutate: ['src/eligibility/assess.ts'],
    tests: ['test/unit/eligibility/assess.test.ts'],
  },
  parsing: {
    mutate: ['src/zoho/{values,parse-invoice,token-answer}.ts'],
    tests: ['test/unit/zoho/{values,parse-invoice,token-answer}.test.ts'],
  },
  pace: {
    mutate: ['src/sync/{pace,check-page,zoho-time,budget-limits,webhook-hint}.ts'],
    tests: ['test/unit/sync/{pace,check-page,staged-row,budget-limits,webhook-hint}.test.ts'],
  },
  cursors: {
    mutate: ['src/invoices/cursor.ts'],
    tests: ['test/unit/invoices/cursor.test.ts'],
  },
  tokens: {
    mutate: ['src/tokens/refresh-policy.ts', 'src/portal/auth/verify-token.ts'],
    tests: ['test/unit/tokens/refresh-policy.test.ts', 'test/unit/portal/verify-token.test.ts'],
  },
  cases: {
    mutate: ['src/cases/decide.ts'],
    tests: ['test/unit/cases/decide.test.ts'],
  },
}

export interface PureScore {
  readonly killed: number
  readonly all: number
}

const noticed = ['Killed', 'Timeout']
const unnoticed = ['Survived', 'NoCoverage']

/** Prints what survives. Texts are left alone: nobody wants a test that repeats a message. */
export const runPure = async (name: string): Promise<PureScore> => {
  const group = pureGroups[name]
  if (group === undefined) throw new Error(`there is no group ${name}`)
  const unit = jestConfig.projects?.[0]
  if (typeof unit !== 'object') throw new Error('jest.config.ts has no projects')
  const { transform, extensionsToTreatAsEsm, modulePathIgnorePatterns, resolver } = unit
  // As the set-up of the tests does: each mutant loads all modules anew.
  process.env['TEST_LIBRARY_BUNDLES'] = execFileSync(process.execPath, ['test/support/library-bundles.mjs'], {
    encoding: 'utf8',
  })
  const tempDirName = '.stryker-tmp'
  try {
    const results = await new Stryker({
      mutate: [...group.mutate],
      testRunner: 'jest',
      plugins: ['@stryker-mutator/jest-runner'],
      testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
      jest: {
        projectType: 'custom',
        enableFindRelatedTests: false,
        config: {
          testEnvironment: 'node',
          testMatch: group.tests.map((file) => `<rootDir>/${file}`),
          transform,
          extensionsToTreatAsEsm,
          modulePathIgnorePatterns,
          resolver,
        },
      },
      coverageAnalysis: 'perTest',
      // A value that is made when a file is loaded is mutated for all tests at once, at twenty times the cost.
      ignoreStatic: true,
      mutator: { excludedMutations: ['StringLiteral', 'Regex'] },
      ignorePatterns: ['docs', '.data'],
      reporters: ['clear-text'],
      clearTextReporter: { reportTests: false, reportMutants: true, allowColor: false, logTests: false },
      concurrency: 2,
      tempDirName,
      // Stryker would rewrite it, for which it needs an older TypeScript.
      tsconfigFile: 'no-tsconfig.json',
      allowEmpty: true,
    }).runMutationTest()
    const count = (states: readonly string[]) =>
      results.filter(({ status }) => states.includes(status)).length
    return { killed: count(noticed), all: count(noticed) + count(unnoticed) }
  } finally {
    rmSync(tempDirName, { recursive: true, force: true })
  }
}
