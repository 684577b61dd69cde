const modules = [
  'contacts',
  'settings',
  'estimates',
  'invoices',
  'customerpayments',
  'creditnotes',
  'projects',
  'expenses',
  'salesorders',
  'purchaseorders',
  'bills',
  'debitnotes',
  'vendorpayments',
  'banking',
  'accountants',
] as const
const shape = new RegExp(
  `^ZohoBooks\\.(?:(?:${modules.join('|')})\\.(?:CREATE|READ|UPDATE|DELETE|ALL)|fullaccess\\.all)$`,
  'i',
)

const moduleWords: Readonly<Record<string, string>> = {
  settings: 'organizations and settings',
  invoices: 'invoices',
  contacts: 'customers and their contact persons',
  customerpayments: 'payments received',
  creditnotes: 'credit notes',
}
const verbs: Readonly<Record<string, string>> = {
  create: 'Create',
  read: 'Read',
  update: 'Change',
  delete: 'Delete',
  all: 'Read, create, change and delete',
}

/** Comma-separated scopes, or undefined when one of them does not exist (contract 4). */
export function parseScopes(text: string): string[] | undefined {
  const scopes = text.split(',').map((scope) => scope.trim())
  return scopes.length > 0 && scopes.every((scope) => shape.test(scope)) ? scopes : undefined
}

/** Whether a grant with these scopes may do `operation` in `module`. */
export function allows(scopes: readonly string[], module: string, operation: string): boolean {
  const enough = new Set([
    `zohobooks.${module}.${operation}`,
    `zohobooks.${module}.all`,
    'zohobooks.fullaccess.all',
  ])
  return scopes.some((scope) => enough.has(scope.toLowerCase()))
}

/** The scope in words, for the consent page. */
export function explainScope(scope: string): string {
  const [, module = '', operation = ''] = scope.toLowerCase().split('.')
  if (module === 'fullaccess') return 'Full access to Zoho Books'
  return `${verbs[operation] ?? operation} ${moduleWords[module] ?? module}`
}
