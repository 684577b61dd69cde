/** CSV as an answer. */
import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'

export const csvFile = {
  description: 'RFC 4180, UTF-8',
  content: { 'text/csv': { schema: z.any() } },
}

/** Sends a file to keep. */
export const sendCsv = (reply: FastifyReply, name: string, rows: Readable) =>
  reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}.csv"`)
    .send(rows)
