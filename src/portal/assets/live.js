/**
 * Live progress. An event only says that something changed: the page is read again and the parts marked with
 * `data-live` are exchanged, so that there is one renderer, the server's.
 */
import { announce, fetchPage } from './shared.js'

const parts = () => [...document.querySelectorAll('[data-live][id]')]
const kinds = { connection: ['connection', 'runs'], run: ['connection', 'runs'], command: ['command'] }

const states = {
  syncing: 'Syncing',
  active: 'Sync finished',
  delayed: 'Sync delayed',
  reconnect_required: 'Reconnect needed',
  error: 'The connection has a problem',
  completed: 'All invoices of this order are done',
}

/** Exchanges a part and keeps the focus where it was, if that still exists. */
const exchange = (old, fresh) => {
  const focused = old.contains(document.activeElement) ? document.activeElement : undefined
  const name = focused?.getAttribute('href') ?? focused?.textContent
  if (old.dataset.state !== fresh.dataset.state && states[fresh.dataset.state])
    announce(states[fresh.dataset.state])
  old.replaceWith(document.adoptNode(fresh))
  if (name === undefined) return
  const again = [...fresh.querySelectorAll('a, button')].find(
    (element) => element.getAttribute('href') === name || element.textContent === name,
  )
  again?.focus({ preventScroll: true })
}

let waiting = false
let busy = false
let last = 0

const refresh = async () => {
  if (busy) {
    waiting = true
    return
  }
  busy = true
  waiting = false
  last = Date.now()
  const page = await fetchPage(location.href, { background: true })
  for (const old of page ? parts() : []) {
    const fresh = page.getElementById(old.id)
    // The list has its first rows: what works on rows begins with the page.
    if (fresh && old.dataset.untilFilled !== undefined && fresh.dataset.untilFilled === undefined) {
      location.reload()
      return
    }
    if (fresh && fresh.outerHTML !== old.outerHTML) exchange(old, fresh)
  }
  const title = page?.querySelector('title')?.textContent
  if (title) document.title = title
  busy = false
  if (waiting) schedule()
}

let timer
/** Events may come many times a second; the page is read at most once in one. */
const schedule = () => {
  clearTimeout(timer)
  timer = setTimeout(refresh, Math.max(0, last + 1000 - Date.now()))
}

/** Whether something on this page may look different now. The first word on a connection is often no news. */
const concerns = (kind, { id, state, progress }) =>
  parts().some((part) => {
    if (!kinds[kind].includes(part.dataset.live)) return false
    if (kind === 'command') return part.dataset.liveId === id
    if (kind === 'run' || progress !== null) return true
    return part.dataset.state !== undefined && part.dataset.state !== state
  })

const listen = () => {
  const source = new EventSource('/api/events')
  for (const kind of Object.keys(kinds))
    source.addEventListener(kind, (event) => {
      const state = JSON.parse(event.data)
      if (concerns(kind, state)) schedule()
    })
  // Whatever happened between the page and this stream, or while the stream was away, sent no event that we saw: a
  // first sync may be over, a command done.
  source.addEventListener('open', schedule)
  source.addEventListener('session-ended', () => {
    source.close()
    location.reload()
  })
  window.addEventListener('pagehide', () => source.close(), { once: true })
}

if (parts().length > 0) {
  listen()
  window.addEventListener('pageshow', (event) => {
    if (!event.persisted) return
    listen()
    schedule()
  })
}
