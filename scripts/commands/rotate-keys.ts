import { hostname } from 'node:os'
import { currentUser } from '../support/current-user.ts'
import { commandConfig } from '../support/local-defaults.ts'
import { defineScript } from '../support/script.ts'

export const command = defineScript({
  help: `Usage: collector rotate-keys [--operator <name>]

Re-encrypts every stored token and webhook secret with the first key of TOKEN_ENCRYPTION_KEYS. Put the new key first, keep the old ones,
restart server and workers, run this, then drop the old keys. Workers may run meanwhile; a stopped rotation goes on
when it is started again. Refuses to begin while a worker runs that does not know the new key. Exit code 1 then, and
when a token cannot be re-encrypted: it names a key that is not configured, or belongs to another row.

  --operator <name>  who does it, for the audit (default: the user of this machine)`,
  options: { operator: { type: 'string' } },
  run: async ({ operator = currentUser() }) => {
    const config = await commandConfig(['tokenKeys'])
    // Loaded only now: help and a wrong environment are answered at once.
    const { rotateKeys } = await import('../../src/tokens/rotate-keys.ts')
    const { createContext } = await import('../support/create-context.ts')
    const context = await createContext(config)
    try {
      const onProgress = (done: number) => {
        if (done % 100 === 0) console.log(`${done} tokens re-encrypted`)
      }
      const order = { operator, host: hostname() }
      const { rotated, failed } = await rotateKeys(context.ctx, order, { onProgress })
      console.log(`${rotated} tokens re-encrypted with key ${context.ctx.config.tokenEncryptionKeys[0]?.id}.`)
      for (const { connectionId, endpointId, keyId, misplaced } of failed)
        console.error(
          `${endpointId === undefined ? `Connection ${connectionId ?? '(disconnected)'}` : `Webhook endpoint ${endpointId}`}: ${
            misplaced
              ? 'its token belongs to another row.'
              : `key ${keyId ?? '(unreadable)'} is not configured.`
          }`,
        )
      return failed.length === 0 ? 0 : 1
    } finally {
      await context.close()
    }
  },
})
