import type { Finding } from '../../db/core/schema.ts'

/** Stands on a staged invoice from the moment Zoho sends it in a form we cannot read until it can be read again. */
export const unreadable: Finding = {
  code: 'status_unknown',
  message: 'Zoho Books sends this invoice in a form that we cannot read, so we hold it back.',
  field: 'zohoStatus',
}
