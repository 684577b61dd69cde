import { readFile, writeFile } from 'node:fs/promises'
import { errorGroups } from '../src/error-catalogue.ts'
import { runScript } from './support/script.ts'

const file = 'docs/operations.md'
const begin = '<!-- error codes: written by npm run docs -->'
const end = '<!-- end of the error codes -->'

/** Breaks a line of Markdown at blanks; what follows the first line is indented as part of the list item. */
const wrapped = (text: string, width = 118): string =>
  text
    .split(' ')
    .reduce(
      ({ lines, column }, word) =>
        column + word.length + 1 > width
          ? { lines: `${lines}\n  ${word}`, column: word.length + 2 }
          : { lines: lines === '' ? word : `${lines} ${word}`, column: column + word.length + 1 },
      { lines: '', column: 0 },
    ).lines

/** The error codes as Markdown, from the catalogue. */
const sections = (): string =>
  errorGroups
    .map(({ title, entries }) =>
      [
        `## ${title}`,
        ...Object.entries(entries).map(([code, { status, retry, meaning, byItself, toDo }]) =>
          [
            `### ${code}`,
            '',
            wrapped(`- **Meaning**: ${meaning} ${status}, ${retry}.`),
            wrapped(`- **By itself**: ${byItself}`),
            wrapped(`- **To do**: ${toDo}`),
          ].join('\n'),
        ),
      ].join('\n\n'),
    )
    .join('\n\n')

const written = (text: string): string => {
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`${file} lacks its two markers`)
  return `${before}${begin}\n\n${sections()}\n\n${end}${after}`
}

await runScript({
  help: `Usage: npm run docs [-- --check]

Writes the error codes of ${file} from the catalogue of errors.

  --check   writes nothing; exit code 1 when the file is out of date`,
  options: { check: { type: 'boolean', default: false } },
  run: async ({ check }) => {
    const text = await readFile(file, 'utf8')
    const fresh = written(text)
    if (check) {
      if (text !== fresh) console.error(`${file} is out of date: npm run docs`)
      return text === fresh ? 0 : 1
    }
    await writeFile(file, fresh)
    return 0
  },
})
