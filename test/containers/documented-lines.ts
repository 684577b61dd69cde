/** The lines of a document that a person is to type, for a test that types them. */
import { readFileSync } from 'node:fs'

/** The blocks of shell under a heading, without those of the headings below it. */
export const shellUnder = (document: string, heading: string): readonly string[] => {
  const sections = readFileSync(document, 'utf8').split(/^(?=#+ )/m)
  const section = sections.find((text) => text.split('\n', 1)[0]?.replace(/^#+ /, '') === heading)
  if (section === undefined) throw new Error(`${document} has no heading "${heading}"`)
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block)
}

/** The block under a heading that holds these words. */
export const shellBlock = (document: string, heading: string, words: string): string => {
  const found = shellUnder(document, heading).filter((block) => block.includes(words))
  if (found.length !== 1)
    throw new Error(`${document}, "${heading}": ${found.length} blocks with "${words}" instead of one`)
  return found[0] ?? ''
}
