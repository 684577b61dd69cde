import { testTokenSoak } from '../support/token-soak-test.ts'

testTokenSoak(200, 600_000)
