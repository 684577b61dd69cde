/** The receivers that docs/events.md shows, run as they are: in languages and with libraries that did not sign. */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Webhook } from 'standardwebhooks'
import { eventTypeNames } from '../../../src/events/catalogue.ts'
import { createGuardedAgents } from '../../../src/events/guarded-agent.ts'
import { sendWebhook, signedHeaders } from '../../../src/events/send-webhook.ts'

const secret = `whsec_${Buffer.alloc(32, 5).toString('base64')}`
const another = `whsec_${Buffer.alloc(32, 6).toString('base64')}`
const text = readFileSync('docs/events.md', 'utf8')

const has = (command: string) => spawnSync(command, ['--version']).status === 0
const languages = [
  { language: 'TypeScript', fence: 'ts', file: 'receiver.ts', run: [process.execPath, '--import', 'tsx'] },
  { language: 'Python', fence: 'python', file: 'receiver.py', run: ['python3'] },
  { language: 'C#', fence: 'csharp', file: 'Receiver.cs', run: [] },
] as const
const runnable = languages.filter(({ run: [command] }) => command !== undefined && has(command))

const startExample = async (file: string, [command = '', ...options]: readonly string[]) => {
  const child = spawn(command, [...options, `docs/events/${file}`], {
    env: { ...process.env, PORT: '0', WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const port = await new Promise<string>((done, fail) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, found] = /^listening on (\d+)$/.exec(line) ?? []
      if (found === undefined) lines.push(line)
      else done(found)
    })
    child.once('exit', (code) => fail(new Error(`${file} ended with ${code}`)))
  })
  const ended = new Promise<void>((done) => child.stdout.once('close', done))
  return {
    url: `http://127.0.0.1:${port}/`,
    /** All that it printed. */
    stop: async () => {
      child.kill()
      await ended
      return lines
    },
  }
}

it.each(languages)('the page shows the receiver in $language that is beside it', ({ fence, file }) => {
  expect(text).toContain(`\`\`\`${fence}\n${readFileSync(`docs/events/${file}`, 'utf8').trimEnd()}\n\`\`\``)
})

it('the page names each type of event', () => {
  const named = [...text.matchAll(/^\| `([a-z]+\.[a-z_]+)`/gm)].map(([, type]) => type)
  expect(named).toEqual(eventTypeNames)
})

it('the receiver in TypeScript is run everywhere, the one in Python where there is Python', () => {
  expect(runnable.map(({ language }) => language)).toContain('TypeScript')
  if (process.env['REQUIRE_ALL']) expect(runnable).toHaveLength(2)
})

it.each(runnable)(
  'the receiver in $language takes what we sign, once, and nothing that is old, forged or changed',
  async ({ file, run }) => {
    const agents = createGuardedAgents({ allowed: ['127.0.0.0/8'] })
    const { url, stop } = await startExample(file, run)
    try {
      const event = { id: '11111111-1111-4111-8111-111111111111', type: 'case.created', subject: 'c-1' }
      const body = JSON.stringify(event)
      const send = async (more: object = {}) =>
        (await sendWebhook(agents, { url, id: event.id, body, secrets: [secret], now: new Date(), ...more }))
          .status
      const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000)
      expect(await send()).toBe(204)
      expect(await send()).toBe(204)
      // While a secret is being rotated.
      expect(await send({ secrets: [another, secret] })).toBe(204)
      expect(await send({ now: minutesAgo(4) })).toBe(204)
      expect(await send({ now: minutesAgo(6) })).toBe(400)
      expect(await send({ now: minutesAgo(-6) })).toBe(400)
      expect(await send({ secrets: [another] })).toBe(400)
      const headers = signedHeaders({ id: event.id, body, secrets: [secret], now: new Date() })
      const changed = await fetch(url, { method: 'POST', headers, body: body.replace('c-1', 'c-2') })
      expect(changed.status).toBe(400)
      expect((await fetch(url, { method: 'POST', body })).status).toBe(400)
    } finally {
      agents.close()
      expect(await stop()).toEqual(['case.created c-1'])
    }
  },
  20_000,
)

it('the library that the page names verifies what we sign', () => {
  const headers = signedHeaders({ id: 'e', body: '{}', secrets: [secret], now: new Date() })
  expect(new Webhook(secret).verify('{}', headers)).toEqual({})
})
