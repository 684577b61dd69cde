/** What the consent asks for, and what a grant allows (contract 4). */

/** Reading only: organizations, invoices with their PDF, and customers. */
export const askedScopes = [
  'ZohoBooks.invoices.READ',
  'ZohoBooks.settings.READ',
  'ZohoBooks.contacts.READ',
] as const

/** The scopes that a token answer names, parted by blanks or commas. */
export const readScopes = (scope: string): readonly string[] =>
  scope.split(/[\s,]+/).filter((word) => word !== '')

/** Whether a grant may read customers: by the scope itself or by one that includes it. */
export const allowsContacts = (granted: readonly string[]): boolean => {
  const enough = new Set(['zohobooks.contacts.read', 'zohobooks.contacts.all', 'zohobooks.fullaccess.all'])
  return granted.some((scope) => enough.has(scope.toLowerCase()))
}
