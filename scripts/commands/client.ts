import { createWriteStream } from 'node:fs'

import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { currentUser } from '../support/current-user.ts'
import { commandConfig } from '../support/local-defaults.ts'
import { defineScript, UsageError } from '../support/script.ts'

const help = `Usage: collector client export <client id> [--output <file>]
       collector client erase <client id> --yes

export   writes one JSON document with everything held about the client, without secrets, to standard output or a file
erase    revokes the grant at Zoho, then deletes everything that is no legal record (see docs/backup.md)

Options:
  --operator <name>  who does this, for the audit trail; default: the user of this terminal
  --output <file>    where the document goes; readable by the owner only
  --yes              erase without this only says what it would do`

const writer = (stream: Writable) => (text: string) =>
  new Promise<void>((done, fail) => {
    stream.write(text, (error) => (error ? fail(error) : done()))
  })

export const command = defineScript({
  help,
  positionals: true,
  options: { output: { type: 'string' }, operator: { type: 'string' }, yes: { type: 'boolean' } },
  run: async ({ output, operator = currentUser(), yes }, [order, clientId, ...rest]) => {
    if ((order !== 'export' && order !== 'erase') || !clientId || rest.length > 0) throw new UsageError(help)
    if (order === 'erase' && !yes)
      throw new UsageError(
        `This disconnects client ${clientId}, revokes its grant at Zoho and deletes its staged invoices, runs, sessions and
commands without a case, for good. Its cases stay without the names of people. Once more with --yes to do it.`,
      )
    const config = await commandConfig(order === 'erase' ? ['tokenKeys', 'zohoClient'] : [])
    // Loaded only now: help and a wrong environment are answered at once.
    const { eraseClient } = await import('../../src/clients/erase-client.ts')
    const { exportClient } = await import('../../src/clients/export-client.ts')
    const { createContext } = await import('../support/create-context.ts')
    const context = await createContext(config)
    try {
      if (order === 'erase') {
        console.log(JSON.stringify(await eraseClient(context.ctx, { clientId, operator }), null, 2))
        return 0
      }
      const stream = output === undefined ? process.stdout : createWriteStream(output, { mode: 0o600 })
      await exportClient(context.ctx, { clientId, operator }, writer(stream))
      if (output !== undefined) await finished(stream.end())
      return 0
    } finally {
      await context.close()
    }
  },
})
