/** Looks through what is stored: every table of a database, and every command that reaches a Redis. */
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import pg from 'pg'
import { look, tellLooked } from './watch.ts'

const atATime = 5_000

const databaseOf = (url: string, name: string) => {
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}

const withClient = async <T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

/** All rows of all tables of all schemas, the queue's too. */
export const lookIntoDatabase = (url: string): Promise<void> =>
  withClient(url, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(`
      select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables
      where pg_relation_size(relid) > 0`)
    await client.query('begin read only')
    for (const { name } of tables) {
      await client.query(
        `declare found no scroll cursor for select the_row::text as row from ${name} the_row`,
      )
      for (;;) {
        const { rows } = await client.query<{ row: string }>(`fetch ${atATime} from found`)
        if (rows.length > 0) look('database', `table ${name}`, rows.map(({ row }) => row).join('\n'))
        if (rows.length < atATime) break
      }
      await client.query('close found')
    }
    tellLooked()
  })

/** Every database of a cluster, as they stand. `url` leads to any of them, with a login that may read all. */
export const lookIntoCluster = async (url: string): Promise<void> => {
  const names = await withClient(url, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'select datname from pg_database where datallowconn and not datistemplate',
    )
    return rows.map(({ datname }) => datname)
  })
  for (const name of names) await lookIntoDatabase(databaseOf(url, name))
}

const open = (url: URL, ca: string | undefined): Socket => {
  const place = { host: url.hostname, port: Number(url.port) }
  return url.protocol === 'rediss:'
    ? connectTls({ ...place, ...(ca === undefined ? {} : { ca }) })
    : connect(place)
}

/**
 * Every command that a Redis is given from now on, by its MONITOR: also what is deleted again at once, and what is in
 * its memory when it is killed. Ends with the Redis. Resolves when it is listening.
 */
export const watchRedis = (address: string, { ca }: { readonly ca?: string } = {}): Promise<void> => {
  const url = new URL(address)
  const socket = open(url, ca)
  // What waits for this Redis waits for its own connections, not for this one.
  socket.unref()
  const password = decodeURIComponent(url.password)
  let agreements = password === '' ? 1 : 2
  let rest = ''
  return new Promise((listening, fail) => {
    socket.on('error', fail)
    socket.on('close', () => {
      tellLooked()
      fail(new Error(`${url.host} went away before its commands could be watched`))
    })
    socket.setEncoding('latin1')
    socket.on('data', (chunk: Buffer | string) => {
      const text = rest + chunk.toString()
      const end = text.lastIndexOf('\n') + 1
      rest = text.slice(end)
      if (end === 0) return
      look('redis', `commands to ${url.host}`, text.slice(0, end))
      if (agreements === 0) return
      if (text.startsWith('-')) fail(new Error(`${url.host} does not let its commands be watched: ${text}`))
      agreements -= text.match(/^\+OK\r$/gm)?.length ?? 0
      if (agreements === 0) listening()
    })
    if (password !== '') socket.write(`AUTH ${password}\r\n`)
    socket.write('MONITOR\r\n')
  })
}
