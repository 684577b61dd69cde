import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { CompactEncrypt } from 'jose'
import { decryptToken, encryptToken, keyIdOf } from '../../../src/tokens/encryption.ts'

const key = (id: string) => ({ id, secret: randomBytes(32) })
const [first, second] = [key('2026'), key('2025')]

it('what was encrypted comes back, whatever it was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (plain) => {
      expect(await decryptToken([first], await encryptToken([first], plain))).toBe(plain)
    }),
  )
})

it('the first key encrypts, all keys decrypt', async () => {
  const old = await encryptToken([second], '1000.a.b')
  expect(await decryptToken([first, second], old)).toBe('1000.a.b')
  expect(keyIdOf(await encryptToken([first, second], 'x'))).toBe('2026')
})

it('the same token never looks the same twice, and never shows', async () => {
  const [one, two] = [await encryptToken([first], '1000.a.b'), await encryptToken([first], '1000.a.b')]
  expect(one).not.toBe(two)
  expect(Buffer.from(one.split('.')[3] ?? '', 'base64url').toString()).not.toContain('1000.a.b')
})

it('a missing key names its id', async () => {
  const lost = await encryptToken([key('lost')], 'x')
  await expect(decryptToken([first, second], lost)).rejects.toMatchObject({
    code: 'token_key_missing',
    details: { keyId: 'lost' },
  })
})

it('another key under the same id does not decrypt', async () => {
  const jwe = await encryptToken([key('2026')], 'x')
  await expect(decryptToken([first], jwe)).rejects.toMatchObject({
    details: { keyId: '2026', reason: 'does_not_decrypt' },
  })
})

it('a changed token does not decrypt', async () => {
  const jwe = await encryptToken([first], '1000.a.b')
  const parts = jwe.split('.')
  for (const at of [2, 3, 4]) {
    const changed = parts.with(at, Buffer.from('changed').toString('base64url')).join('.')
    await expect(decryptToken([first], changed)).rejects.toMatchObject({ code: 'token_key_missing' })
  }
})

it('only the one algorithm is accepted', async () => {
  const other = await new CompactEncrypt(new TextEncoder().encode('x'))
    .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', kid: '2026' })
    .encrypt(first.secret)
  await expect(decryptToken([first], other)).rejects.toMatchObject({ code: 'token_key_missing' })
})

it.each(['', 'x', 'ey.ey.ey', '....'])('%p is no token and names no key', async (jwe) => {
  expect(keyIdOf(jwe)).toBeNull()
  await expect(decryptToken([first], jwe)).rejects.toMatchObject({ details: { keyId: null } })
})
