/** What makes the interface document good for generating clients: a name for every operation, one for every type. */
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'

type Transform = typeof jsonSchemaTransform
type TransformObject = typeof jsonSchemaTransformObject
type Schemas = Record<string, unknown>

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

/** `GET /api/case-commands/:id/result.csv` → `getCaseCommandsByIdResultCsv`. As stable as the paths, which are a contract. */
export const operationIdOf = (method: string, url: string): string => {
  const words = url
    .replace(/^\/api\//, '/')
    .split('/')
    .flatMap((part) => (part.startsWith(':') ? ['by', part.slice(1)] : part.split(/[^a-z0-9]+/i)))
    .filter((word) => word !== '')
  return method.toLowerCase() + words.map(capital).join('')
}

export const documentRoute: Transform = (route) => {
  const { schema, url } = jsonSchemaTransform(route)
  const operationId = operationIdOf([route.route.method].flat()[0] ?? '', url)
  return { schema: { operationId, ...schema }, url }
}

const refs = /"\$ref":"#\/components\/schemas\/([^"]+)"/g

const referred = (value: unknown) =>
  new Set([...JSON.stringify(value).matchAll(refs)].map(([, name]) => name))

/** Names that the paths need, and those that these need. */
const needed = (paths: unknown, schemas: Schemas): Set<string> => {
  const found = new Set<string>()
  const add = (value: unknown) => {
    for (const name of referred(value)) {
      if (name === undefined || found.has(name)) continue
      found.add(name)
      add(schemas[name])
    }
  }
  add(paths)
  return found
}

/**
 * The provider writes every type twice, as it is sent and, with `Input` behind its name, as it is taken. A type keeps
 * one of them, under its own name, where both are the same or only one is in use.
 */
export const documentObject: TransformObject = (given) => {
  const document = jsonSchemaTransformObject(given) as { paths?: unknown; components?: { schemas?: Schemas } }
  const all = document.components?.schemas ?? {}
  const used = needed(document.paths, all)
  const inputs = [...used].filter((name) => name.endsWith('Input'))
  const plain = (text: string) => text.replaceAll(/(#\/components\/schemas\/\w+?)Input"/g, '$1"')
  const same = (name: string, input: string) =>
    !used.has(name) || plain(JSON.stringify(all[name])) === plain(JSON.stringify(all[input]))
  const renamed = new Map(
    inputs.flatMap((input) => {
      const name = input.slice(0, -'Input'.length)
      return same(name, input) ? [[input, name] as const] : []
    }),
  )
  const schemas = Object.fromEntries(
    [...used]
      .map((name) => [renamed.get(name) ?? name, all[name]] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
  // Of our own types' `readonly`: a generator would make a second type of it, for reading.
  const withoutReadOnly = (key: string, value: unknown) => (key === 'readOnly' ? undefined : value)
  const text = JSON.stringify(
    { ...document, components: { ...document.components, schemas } },
    withoutReadOnly,
  )
  return JSON.parse(
    text.replaceAll(refs, (ref, name: string) => ref.replace(`/${name}"`, `/${renamed.get(name) ?? name}"`)),
  )
}
