import type { Call } from './answer.ts'

/** Whether the body is JSON, which Zoho's token endpoint does not read (contract 3). */
export function hasJsonBody({ headers }: Pick<Call, 'headers'>): boolean {
  return (headers['content-type'] ?? '').includes('json')
}

async function bodyFields({ headers, body }: Pick<Call, 'headers' | 'body'>): Promise<[string, string][]> {
  const type = headers['content-type'] ?? ''
  if (type.includes('application/x-www-form-urlencoded'))
    return [...new URLSearchParams(body.toString('utf8'))]
  if (!type.includes('multipart/form-data')) return []
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData()
  return [...form.entries()].map(([key, value]): [string, string] => [key, String(value)])
}

function basicFields({ headers }: Pick<Call, 'headers'>): [string, string][] {
  const [, encoded] = /^Basic (.+)$/i.exec(headers.authorization ?? '') ?? []
  if (encoded === undefined) return []
  const [id = '', secret = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':')
  return [
    ['client_id', decodeURIComponent(id)],
    ['client_secret', decodeURIComponent(secret)],
  ]
}

/** Parameters from the query string, a form body (urlencoded or multipart) and HTTP Basic together (contract 3). */
export async function readParameters(
  call: Pick<Call, 'query' | 'headers' | 'body'>,
): Promise<Map<string, string>> {
  return new Map([...call.query, ...(await bodyFields(call)), ...basicFields(call)])
}
