/** What is read on a page stands in the `words.tsx` of its folder, so that somebody can translate it without reading code. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseSync } from '@swc/core'
import { assetsDirectory } from '../../../src/portal/pages/assets.ts'

const folders = ['src/portal/pages', 'src/portal/components', 'src/operator']
const pages = folders.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => file.endsWith('.tsx') && basename(file) !== 'words.tsx'),
)

/** Attributes and properties whose texts are read. */
const read = new Set([
  'title',
  'aria-label',
  'label',
  'caption',
  'text',
  'placeholder',
  'alt',
  'data-busy-text',
])
const hasLetters = (text: unknown) => typeof text === 'string' && /\p{L}{2}/u.test(text)

interface Node {
  readonly type?: string
  readonly name?: { readonly value?: string }
  readonly key?: { readonly value?: string }
  readonly value?: string | { readonly type?: string; readonly value?: string }
}

const isText = ({ type, name, key, value }: Node): boolean => {
  if (type === 'JSXText') return hasLetters(value)
  const named = type === 'JSXAttribute' ? name?.value : type === 'KeyValueProperty' ? key?.value : undefined
  return (
    named !== undefined &&
    read.has(named) &&
    typeof value === 'object' &&
    value?.type === 'StringLiteral' &&
    hasLetters(value.value)
  )
}

const textOf = ({ value }: Node) => (typeof value === 'object' ? value.value : value)

const textsIn = (node: unknown): unknown[] => {
  if (Array.isArray(node)) return node.flatMap(textsIn)
  if (typeof node !== 'object' || node === null) return []
  return [...(isText(node) ? [textOf(node as Node)] : []), ...Object.values(node).flatMap(textsIn)]
}
const parsed = (source: string) => parseSync(source, { syntax: 'typescript', tsx: true })

it('finds texts at all', () => {
  const source = `const page = <p title="A title" class="small muted">Some text {[{ label: 'A label', key: 'it' }]}</p>`
  expect(textsIn(parsed(source))).toHaveLength(3)
  expect(pages.length).toBeGreaterThan(50)
})

it.each(pages)('%s has no text of its own', (file) => {
  expect(textsIn(parsed(readFileSync(file, 'utf8')))).toEqual([])
})

it.each(readdirSync(assetsDirectory).filter((file) => file.endsWith('.js')))(
  'what %s says stands at its head',
  (file) => {
    const source = readFileSync(join(assetsDirectory, file), 'utf8')
    expect(source.match(/(?:announce\(|textContent = |setAttribute\('aria-label', )'.*/g)).toBeNull()
  },
)
