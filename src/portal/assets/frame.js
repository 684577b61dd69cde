/**
 * In the frame of a host portal (docs/embedding.md): tells it how high the page is, takes its colours, and the page to
 * come back to from Zoho. Loaded only when FRAME_ANCESTORS names a host; every message is checked against it.
 */

const sources = (document.documentElement.dataset.hosts ?? '').split(' ')

/** The rule of a source list of a content security policy, for the sources that the configuration accepts. */
const mayFrame = (origin) =>
  sources.some((source) => {
    if (source === "'self'") return origin === location.origin
    if (/^https?:$/.test(source)) return origin.startsWith(`${source}//`)
    const pattern = source
      .replace(/[.+?^$(){}|[\]\\]/g, '\\$&')
      .replace('*\\.', '[^/:]+\\.')
      .replace(/:\*$/, '(:\\d+)?')
    return new RegExp(`^${pattern}$`, 'i').test(origin)
  })

const themed =
  /^--(paper|surface|sunken|ink|muted|line|control|shadow(-high)?|font|mono|radius(-s)?|page|on-(accent|bad)|accent(-strong|-soft)?|good(-soft)?|warn(-soft)?|bad(-soft|-strong)?)$/

const applyTheme = (theme) => {
  for (const [name, value] of Object.entries(theme))
    if (themed.test(name) && typeof value === 'string' && value.length <= 200)
      document.documentElement.style.setProperty(name, value)
}

/** Kept for the next page of this frame, so that it does not begin in our own colours. */
const remembered = 'theme of the host'
const remember = (theme) => {
  try {
    sessionStorage.setItem(remembered, JSON.stringify(theme))
  } catch {
    // Storage may be switched off: then each page asks again.
  }
}
const recall = () => {
  try {
    return JSON.parse(sessionStorage.getItem(remembered) ?? '{}')
  } catch {
    return {}
  }
}

/** Links out of the frame carry the page that they lead back to. */
const leadBackTo = (page) => {
  for (const link of document.querySelectorAll('a[data-top]')) {
    const url = new URL(link.href)
    url.searchParams.set('return', page)
    link.href = url.href
  }
}

const isObject = (value) => typeof value === 'object' && value !== null

const listen = (host) => {
  let origin
  const tellHeight = () => {
    if (origin === undefined) return
    const height = Math.ceil(document.body.getBoundingClientRect().height)
    host.postMessage({ type: 'zoho-books:height', height }, origin)
  }
  window.addEventListener('message', (event) => {
    const { data } = event
    if (event.source !== host || !mayFrame(event.origin)) return
    if (!isObject(data) || data.type !== 'zoho-books:host') return
    origin = event.origin
    if (isObject(data.theme)) {
      applyTheme(data.theme)
      remember(data.theme)
    }
    if (typeof data.returnUrl === 'string' && URL.canParse(data.returnUrl))
      if (new URL(data.returnUrl).origin === origin) leadBackTo(data.returnUrl)
    tellHeight()
  })
  new ResizeObserver(tellHeight).observe(document.body)
  // Says nothing but that a page is there: nobody knows yet who the host is.
  host.postMessage({ type: 'zoho-books:ready' }, '*')
}

if (window.parent !== window) {
  document.documentElement.dataset.framed = ''
  applyTheme(recall())
  listen(window.parent)
}
