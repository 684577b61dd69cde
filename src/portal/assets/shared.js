/**
 * What the scripts of a page share. They import it by one address, so that it is one module; the others are never imported.
 */

const announcer = document.getElementById('announce')

/** Says something to a screen reader. */
export const announce = (text) => {
  if (announcer) announcer.textContent = text
}

/**
 * Fetches one of our own pages. Undefined: it cannot be shown here (signed out, gone, offline), so go there.
 * Only what stands in its middle is sent. `background`: nobody asked for it, so it does not keep the session from ending for want of use.
 */
export const fetchPage = async (href, { background = false } = {}) => {
  try {
    const headers = { accept: 'text/html', 'x-part': '1', ...(background && { 'x-background': '1' }) }
    const answer = await fetch(href, { headers })
    if (!answer.ok || answer.redirected) return undefined
    return new DOMParser().parseFromString(await answer.text(), 'text/html')
  } catch {
    return undefined
  }
}
