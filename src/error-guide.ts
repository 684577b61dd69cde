/** The sections of docs/operations.md, so that pages can show them and a test can hold them against the catalogue. */
import { readFileSync } from 'node:fs'

export interface GuideEntry {
  readonly code: string
  readonly meaning: string
  readonly byItself: string
  readonly toDo: string
}

const partOf = (section: string, name: string): string =>
  new RegExp(`^- \\*\\*${name}\\*\\*: ([\\s\\S]*?)(?=^- \\*\\*|^#|$(?![\\s\\S]))`, 'm')
    .exec(section)?.[1]
    ?.replace(/\s+/g, ' ')
    .trim() ?? ''

/** Reads the sections of the guide: those whose heading is a code. */
export const parseErrorGuide = (markdown: string): readonly GuideEntry[] =>
  [...markdown.matchAll(/^### ([a-z_]+)\n([\s\S]*?)(?=^#|$(?![\s\S]))/gm)].map(
    ([, code = '', section = '']) => ({
      code,
      meaning: partOf(section, 'Meaning'),
      byItself: partOf(section, 'By itself'),
      toDo: partOf(section, 'To do'),
    }),
  )

/** The guide beside this program; empty where it is not shipped: pages then show the catalogue's hints only. */
export const loadErrorGuide = (): ReadonlyMap<string, GuideEntry> => {
  try {
    const markdown = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8')
    return new Map(parseErrorGuide(markdown).map((entry) => [entry.code, entry]))
  } catch {
    return new Map()
  }
}
