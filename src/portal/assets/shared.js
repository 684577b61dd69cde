/**
 * What the scripts of a page share. They import it by one address, so that it is one module; the others are never imported.
 */

const announcer = document.getElementById('announce')

/** Says something to a screen reader. */
export const announce = (text) => {
  if (announcer) announcer.textContent = text
}

/** Fetches one of our own pages. Undefined: it cannot be shown here (signed out, gone, offline), so go there. */
export const fetchPage = async (href) => {
  try {
    const answer = await fetch(href, { headers: { accept: 'text/html' } })
    if (!answer.ok || answer.redirected) return undefined
    return new DOMParser().parseFromString(await answer.text(), 'text/html')
  } catch {
    return undefined
  }
}
