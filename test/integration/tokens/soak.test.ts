import { testTokenSoak } from '../../support/token-soak-test.ts'

// The full size, 200 connections, is test/chaos/token-soak.test.ts.
testTokenSoak(25, 120_000)
