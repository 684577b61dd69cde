/**
 * The path to continue at, if it stays on this origin; undefined otherwise. Checked after the URL parser has had its
 * say, because `/..//evil.example` and `/\evil.example` only turn into another host there.
 */
export const safePath = (next: string, publicUrl: string): string | undefined => {
  if (!next.startsWith('/') || next.length > 2000 || !URL.canParse(next, publicUrl)) return undefined
  const url = new URL(next, publicUrl)
  if (url.origin !== new URL(publicUrl).origin || url.pathname.startsWith('//')) return undefined
  return `${url.pathname}${url.search}${url.hash}`
}
