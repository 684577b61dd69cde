import { finding } from '../eligibility/finding-texts.ts'

/** Stands on a staged invoice from the moment Zoho sends it in a form we cannot read until it can be read again. */
export const unreadable = finding('status_unknown')
