import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { CompactEncrypt } from 'jose'
import { decryptToken, encryptToken, keyIdOf } from '../../../src/tokens/encryption.ts'

const key = (id: string) => ({ id, secret: randomBytes(32) })
const [first, second] = [key('2026'), key('2025')]
const place = { owner: 'connection-1', column: 'refresh_token' } as const

it('what was encrypted comes back, whatever it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (plain) => {
      expect(await decryptToken([first], place, await encryptToken([first], place, plain))).toBe(plain)
    }),
  )
})

it('the first key encrypts, all keys decrypt', async () => {
  const old = await encryptToken([second], place, '1000.a.b')
  expect(await decryptToken([first, second], place, old)).toBe('1000.a.b')
  expect(keyIdOf(await encryptToken([first, second], place, 'x'))).toBe('2026')
})

it('the same token never looks the same twice, and never shows', async () => {
  const [one, two] = [
    await encryptToken([first], place, '1000.a.b'),
    await encryptToken([first], place, '1000.a.b'),
  ]
  expect(one).not.toBe(two)
  expect(Buffer.from(one.split('.')[3] ?? '', 'base64url').toString()).not.toContain('1000.a.b')
})

it('a missing key names its id', async () => {
  const lost = await encryptToken([key('lost')], place, 'x')
  await expect(decryptToken([first, second], place, lost)).rejects.toMatchObject({
    code: 'token_key_missing',
    details: { keyId: 'lost' },
  })
})

it('another key under the same id does not decrypt', async () => {
  const jwe = await encryptToken([key('2026')], place, 'x')
  await expect(decryptToken([first], place, jwe)).rejects.toMatchObject({
    details: { keyId: '2026', reason: 'does_not_decrypt' },
  })
})

it('a changed token does not decrypt', async () => {
  const jwe = await encryptToken([first], place, '1000.a.b')
  const parts = jwe.split('.')
  for (const at of [2, 3, 4]) {
    const changed = parts.with(at, Buffer.from('changed').toString('base64url')).join('.')
    await expect(decryptToken([first], place, changed)).rejects.toMatchObject({ code: 'token_key_missing' })
  }
})

it('only the one algorithm is accepted', async () => {
  const other = await new CompactEncrypt(new TextEncoder().encode('x'))
    .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', kid: '2026' })
    .encrypt(first.secret)
  await expect(decryptToken([first], place, other)).rejects.toMatchObject({ code: 'token_key_missing' })
})

it.each(['', 'x', 'ey.ey.ey', '....'])('%p is no token and names no key', async (jwe) => {
  expect(keyIdOf(jwe)).toBeNull()
  await expect(decryptToken([first], place, jwe)).rejects.toMatchObject({ details: { keyId: null } })
})

it.each([
  ['another row', { ...place, owner: 'connection-2' }],
  ['another column', { ...place, column: 'access_token' as const }],
])('what was encrypted for one place is refused in %s', async (_name, elsewhere) => {
  const jwe = await encryptToken([first], place, '1000.a.b')
  await expect(decryptToken([first], elsewhere, jwe)).rejects.toMatchObject({ code: 'token_misplaced' })
})

it('the place cannot be rewritten: the cipher authenticates it', async () => {
  const [, ...rest] = (await encryptToken([first], place, '1000.a.b')).split('.')
  const header = { alg: 'dir', enc: 'A256GCM', kid: '2026', ...place, owner: 'connection-2' }
  const forged = [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.')
  await expect(decryptToken([first], { ...place, owner: 'connection-2' }, forged)).rejects.toMatchObject({
    details: { reason: 'does_not_decrypt' },
  })
})

it('a token that names no place is refused', async () => {
  const unbound = await new CompactEncrypt(new TextEncoder().encode('1000.a.b'))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: '2026' })
    .encrypt(first.secret)
  await expect(decryptToken([first], place, unbound)).rejects.toMatchObject({ code: 'token_misplaced' })
})
