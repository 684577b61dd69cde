/**
 * Jest loads each module of each library anew for every test file, one after the other: a test of a page needs some
 * 1,700, and loading them took longer than the test. Here the largest libraries become a few files, once per version.
 * A program of plain JavaScript, for Jest compiles what it loads itself to CommonJS. Prints the file of each library.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '../..')

/** Libraries of many modules that our code imports by these names; none that looks for files beside its own. */
const libraries = [
  '@fastify/compress',
  '@fastify/cookie',
  '@fastify/formbody',
  '@fastify/helmet',
  '@fastify/multipart',
  '@fastify/rate-limit',
  '@fastify/static',
  'fast-check',
  'fastify',
  'fastify-plugin',
  'fastify-type-provider-zod',
  'got',
  'i18n-iso-countries',
  'jose',
  'kysely',
  'libphonenumber-js',
  'prom-client',
  'simple-oauth2',
  'zod',
]

const fileOf = (library) => library.replaceAll(/[@/]+/g, '-')

/** The same exports under the same names, those of CommonJS too: a bundler does not see them. */
const entryOf = async (library) => {
  const names = Object.keys(await import(library)).filter((name) => name !== 'module.exports')
  const named = names.filter((name) => name !== 'default')
  return [
    `import * as library from '${library}'`,
    ...(names.includes('default') ? [`export { default } from '${library}'`] : []),
    ...named.map((name) => `const ${name}_ = library.${name}; export { ${name}_ as ${name} }`),
  ].join('\n')
}

const entries = {
  name: 'entries',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^library:/ }, ({ path }) => ({
      path: path.slice('library:'.length),
      namespace: 'library',
    }))
    onLoad({ filter: /.*/, namespace: 'library' }, async ({ path }) => ({
      contents: await entryOf(path),
      resolveDir: root,
    }))
  },
}

const version = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(readFileSync(import.meta.filename))
  .digest('hex')
  .slice(0, 16)
const folder = join(root, 'node_modules/.cache/test-libraries', version)

if (!existsSync(folder)) {
  const unfinished = `${folder}.${process.pid}`
  await build({
    entryPoints: libraries.map((library) => ({ in: `library:${library}`, out: fileOf(library) })),
    plugins: [entries],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outdir: unfinished,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
    // CommonJS in a bundle requires what Node brings along.
    banner: {
      js: "import { createRequire as requireOfBundle } from 'node:module'; const require = requireOfBundle(import.meta.url)",
    },
  })
  try {
    renameSync(unfinished, folder)
  } catch {
    // Another run was first.
    rmSync(unfinished, { recursive: true, force: true })
  }
}

console.log(
  JSON.stringify(
    Object.fromEntries(libraries.map((library) => [library, join(folder, `${fileOf(library)}.mjs`)])),
  ),
)
