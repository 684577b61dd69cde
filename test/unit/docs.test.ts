/** What the documents promise of the tests: a file that is named is there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tableUnder } from '../support/markdown-table.ts'

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
  const threats = tableUnder('docs/security.md', 'Security')
  expect(threats.length).toBeGreaterThan(30)
  const unproven = threats.filter(({ 'proven by': proof = '' }) => {
    const files = filesNamedIn(proof)
    return files.length === 0 || files.some((file) => !existsSync(file))
  })
  expect(unproven.map(({ threat }) => threat)).toEqual([])
})

it.each([
  ['a planted session', 'planted session', 'planted-session.test.ts'],
  ['a swapped ciphertext', 'moves a ciphertext', 'swapped-ciphertext.test.ts'],
  ['an odd header', 'One odd header', 'forget-limits.test.ts'],
  ['a spent link', 'sign-in link is used twice', 'sign-in.test.ts'],
])('docs/security.md names %s with the test that holds it', (_what, words, test) => {
  const [threat, more] = tableUnder('docs/security.md', 'Security').filter((row) =>
    row['threat']?.includes(words),
  )
  expect(more).toBeUndefined()
  expect(threat?.['proven by']).toContain(test)
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
