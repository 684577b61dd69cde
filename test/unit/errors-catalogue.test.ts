import { readFile } from 'node:fs/promises'
import { type GuideEntry, parseErrorGuide } from '../../src/error-guide.ts'
import { errorCatalogue } from '../../src/errors.ts'

let guide: readonly GuideEntry[]
beforeAll(async () => {
  guide = parseErrorGuide(await readFile('docs/operations.md', 'utf8'))
})

it('docs/operations.md has one section for each code, in the order of the catalogue, and no other', () => {
  expect(guide.map(({ code }) => code)).toEqual(Object.keys(errorCatalogue))
})

it('each section says what the code means, what happens by itself and what to do', () => {
  const incomplete = guide.filter(({ meaning, byItself, toDo }) => !meaning || !byItself || !toDo)
  expect(incomplete.map(({ code }) => code)).toEqual([])
})

it('each section names the status and the retry class of the catalogue', () => {
  for (const { code, meaning } of guide) {
    const { status, retry } = errorCatalogue[code as keyof typeof errorCatalogue]
    expect(`${code}: ${meaning}`).toMatch(new RegExp(`${status}, ${retry}\\.$`))
  }
})

it('messages for clients hold no word of the trade, and hints hold no secret', () => {
  for (const [code, { message, hint }] of Object.entries(errorCatalogue)) {
    expect(`${code}: ${message}`).not.toMatch(/redis|postgres|queue store|jwe|stack/i)
    expect(`${code}: ${hint}`).not.toMatch(/1000\.[0-9a-f]{8}/)
  }
})
