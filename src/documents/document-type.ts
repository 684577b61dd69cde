/** What a file is, by its content: its name and the header of its request are the sender's words. */
import type { DocumentType } from '../../db/core/schema.ts'

/** So many of the first bytes tell. */
export const headBytes = 8

// Three signatures need no library; one that knows hundreds of formats would parse what strangers send.
const signatures: readonly (readonly [DocumentType, Buffer])[] = [
  ['application/pdf', Buffer.from('%PDF-', 'latin1')],
  ['image/jpeg', Buffer.from([0xff, 0xd8, 0xff])],
  ['image/png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
]

/** @returns undefined for anything but a PDF, JPG or PNG from its very first byte on. */
export const documentTypeOf = (head: Buffer): DocumentType | undefined =>
  signatures.find(([, signature]) => head.subarray(0, signature.length).equals(signature))?.[0]

const extensions: Readonly<Record<DocumentType, string>> = {
  'application/pdf': 'pdf',
  'image/jpeg': 'jpg',
  'image/png': 'png',
}

const longestName = 100

/**
 * A name to show and to save a file under: without folders, control characters and what turns text around, and with the extension
 * of what the file is.
 */
export const safeFileName = (given: string, type: DocumentType): string => {
  const last = given.normalize('NFC').split(/[/\\]/).at(-1) ?? ''
  const bare = last
    .replace(/\.[A-Za-z0-9]{1,8}$/, '')
    .replace(/[\p{C}\p{Zl}\p{Zp}<>:"|?*]/gu, '')
    .replace(/^[\s.]+|[\s.]+$/g, '')
  const name = [...bare].slice(0, longestName).join('')
  return `${name === '' ? 'document' : name}.${extensions[type]}`
}
