/**
 * The styles of every page, inside it: as files of their own they would hold up the first sight of a page by one more way to
 * the server and back, which on a phone is longer than their 8 kB take.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const read = (file: string) =>
  readFileSync(fileURLToPath(new URL(`../assets/${file}`, import.meta.url)), 'utf8')

/** Comments and indentation are for whoever reads the files. */
const withoutComments = (css: string) => css.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\s*\n\s*/g, '\n')

/** What stands in the style element of a page. */
export const pageStyles: string = withoutComments(
  [...['tokens.css', 'base.css', 'components.css'].map(read), `@media print {\n${read('print.css')}}`].join(
    '\n',
  ),
)

/** The source of `style-src` that allows exactly these styles. */
export const pageStylesSource: string = `'sha256-${createHash('sha256').update(pageStyles).digest('base64')}'`
