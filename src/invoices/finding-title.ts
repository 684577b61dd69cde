import { type RuleCode, rules } from '../eligibility/rules.ts'

/** A finding in the words for a group of invoices; a code that no rule has stands for itself. */
export const findingTitle = (code: string): string =>
  Object.hasOwn(rules, code) ? rules[code as RuleCode].title : code
