/** The portal's static files: served as they are, their addresses carry a hash of their content. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import '../http/fastify-types.ts'

export const assetsDirectory = fileURLToPath(new URL('../assets/', import.meta.url))

const hashOf = (file: string) =>
  createHash('sha256')
    .update(readFileSync(join(assetsDirectory, file)))
    .digest('base64url')
    .slice(0, 12)

const addresses = new Map(
  readdirSync(assetsDirectory).map((file) => [file, `/assets/${file}?v=${hashOf(file)}`] as const),
)

/** Address of a file of `assets/`; it changes with the content, so browsers may keep the answer for ever. */
export const assetAddress = (name: string): string => {
  const address = addresses.get(name)
  if (address === undefined) throw new Error(`There is no asset ${name}`)
  return address
}

const YEAR = 31_536_000

export const assetRoutes = async (app: FastifyInstance): Promise<void> => {
  app.addHook('onRoute', (route) => {
    route.config = { access: 'public', ...route.config }
  })
  await app.register(fastifyStatic, {
    root: assetsDirectory,
    prefix: '/assets/',
    index: false,
    maxAge: YEAR * 1000,
    immutable: true,
  })
  // An address without the hash (typed by hand, or imported by a module) must not be kept for ever.
  app.addHook('onSend', async (request, reply) => {
    if (!request.url.includes('?v=')) reply.header('cache-control', 'no-cache')
  })
}
