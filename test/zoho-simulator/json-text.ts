/**
 * Edits JSON as text. `JSON.parse` would turn `135000.00` into 135000 and lose what a test wants to see on the
 * wire, so a patched row keeps the exact text of all members that were not touched.
 */
type Member = readonly [key: string, value: string]

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function endOfValue(text: string, start: number): number {
  let depth = 0
  let at = start
  while (at < text.length) {
    const char = text[at]
    if (char === '"') {
      at = endOfString(text, at)
      continue
    }
    if (depth === 0 && (char === ',' || char === '}' || char === ']')) return at
    if (char === '{' || char === '[') depth += 1
    if (char === '}' || char === ']') depth -= 1
    at += 1
  }
  return at
}

function members(object: string): Member[] {
  const found: Member[] = []
  let at = 1
  while (object[at] === '"') {
    const keyEnd = endOfString(object, at)
    const valueEnd = endOfValue(object, keyEnd + 1)
    found.push([JSON.parse(object.slice(at, keyEnd)), object.slice(keyEnd + 1, valueEnd)])
    at = valueEnd + 1
  }
  return found
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function valueText(old: string | undefined, value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (!isPlainObject(value)) return JSON.stringify(value)
  if (typeof value['$json'] === 'string') return value['$json']
  if (value['$absent'] === true) return undefined
  return patchJson(old?.startsWith('{') ? old : '{}', value)
}

/** The text of a member of a compact JSON object: a string without its quotes, anything else as it stands. */
export function memberText(object: string, key: string): string | undefined {
  const value = new Map(members(object)).get(key)
  return value?.startsWith('"') ? (JSON.parse(value) as string) : value
}

/**
 * Merges `patch` into a compact JSON object text; objects merge deeply, anything else replaces.
 * `{"$absent":true}` (or undefined) removes a member, `{"$json":"1190.00"}` puts in exact text, even malformed text.
 */
export function patchJson(object: string, patch: Readonly<Record<string, unknown>>): string {
  const merged = new Map<string, string>(members(object))
  for (const [key, value] of Object.entries(patch)) {
    const text = valueText(merged.get(key), value)
    if (text === undefined) merged.delete(key)
    else merged.set(key, text)
  }
  return `{${[...merged].map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`
}
