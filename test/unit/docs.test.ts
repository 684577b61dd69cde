/** What the documents promise of the tests: a file that is named is there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

const inDocs = readdirSync('docs').filter((name) => name.endsWith('.md'))
// The contract names files of other people's repositories.
const documents = ['README.md', 'CONTRIBUTING.md', ...inDocs.map((name) => `docs/${name}`)].filter(
  (name) => name !== 'docs/zoho-contract.md',
)
const filesNamedIn = (text: string): readonly string[] =>
  [...text.matchAll(/`((?:test|src|jobs|db|scripts|docs|docker|\.github)\/[\w./-]+\.\w+)`/g)].map(
    ([, file = '']) => file,
  )

it.each(documents)('every file that %s names exists', (document) => {
  const named = filesNamedIn(readFileSync(document, 'utf8'))
  expect(named.filter((file) => !existsSync(file))).toEqual([])
})

it('docs/security.md names for each threat what proves its control', () => {
  const rows = readFileSync('docs/security.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()))
  expect(rows.length).toBeGreaterThan(15)
  const unproven = rows.filter(([, , , proof = '']) => !filesNamedIn(proof).some((file) => existsSync(file)))
  expect(unproven.map(([, threat]) => threat)).toEqual([])
})

it('every picture that a document shows is there, and every picture in the repository is shown', () => {
  const shown = documents.flatMap((document) => {
    const folder = document.startsWith('docs/') ? 'docs/' : ''
    return [...readFileSync(document, 'utf8').matchAll(/!\[[^\]]*\]\(([^)]+\.png)\)/g)].map(
      ([, path = '']) => `${folder}${path}`,
    )
  })
  const kept = readdirSync('docs/screenshots')
    .filter((name) => name.endsWith('.png'))
    .map((name) => `docs/screenshots/${name}`)
  expect([...new Set(shown)].sort()).toEqual(kept.sort())
})
