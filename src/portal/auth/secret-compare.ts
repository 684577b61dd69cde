import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string) => createHash('sha256').update(text).digest()

/** Compares two secrets in a time that tells nothing about them, not even a length. */
export const sameSecret = (a: string, b: string) => timingSafeEqual(digest(a), digest(b))

/** What is stored instead of a secret that is random already. */
export const hashSecret = (text: string) => digest(text).toString('base64url')
