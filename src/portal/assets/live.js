/**
 * Live progress. An event only says that something changed: the page is read again and the parts marked with
 * `data-live` are exchanged, so that there is one renderer, the server's.
 */
import { announce, fetchPage } from './shared.js'

/** A drawer puts the address of its invoice in place of this one. */
const address = location.href
const parts = () => [...document.querySelectorAll('[data-live][id]')]

/* What is read here, in one place. */
const words = {
  states: {
    syncing: 'Syncing',
    active: 'Sync finished',
    delayed: 'Sync delayed',
    reconnect_required: 'Reconnect needed',
    error: 'The connection has a problem',
    completed: 'All invoices of this order are done',
  },
  refresh: 'List changed – Refresh',
  changed: 'The list has changed.',
}

/** Exchanges a part and keeps the focus where it was, if that still exists. */
const exchange = (old, fresh) => {
  const focused = old.contains(document.activeElement) ? document.activeElement : undefined
  const name = focused?.getAttribute('href') ?? focused?.textContent
  if (old.dataset.state !== fresh.dataset.state && words.states[fresh.dataset.state])
    announce(words.states[fresh.dataset.state])
  old.replaceWith(document.adoptNode(fresh))
  if (name === undefined) return
  const again = [...fresh.querySelectorAll('a, button')].find(
    (element) => element.getAttribute('href') === name || element.textContent === name,
  )
  again?.focus({ preventScroll: true })
}

/** What is in a row may change under the pointer, the rows themselves may not: new ones wait until somebody wants them. */
const rowsOf = (page) => [...(page.getElementById('list')?.querySelectorAll('tr[data-row]') ?? [])]

const offerNew = () => {
  const list = document.getElementById('list')
  if (list.querySelector('.list-changed')) return
  const offer = document.createElement('div')
  offer.className = 'list-changed'
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'button button-primary button-small'
  button.textContent = words.refresh
  button.addEventListener('click', () => location.assign(address))
  offer.append(button)
  list.querySelector('form#selection, .empty')?.before(offer)
  announce(words.changed)
}

const isLocked = (row) => row.querySelector('input[name="ids"]')?.disabled

const freshenRows = (page) => {
  const list = document.getElementById('list')
  if (page.getElementById('list') === null || list === null || list.dataset.untilFilled !== undefined) return
  const old = rowsOf(document)
  const fresh = rowsOf(page)
  const isSame =
    old.length === fresh.length && old.every((row, at) => row.dataset.row === fresh[at].dataset.row)
  if (!isSame) return offerNew()
  for (const [at, row] of old.entries()) {
    if (isLocked(row) !== isLocked(fresh[at])) offerNew()
    for (const [column, cell] of [...row.cells].entries()) {
      const other = fresh[at].cells[column]
      if (column > 0 && cell.innerHTML !== other.innerHTML && !cell.contains(document.activeElement))
        cell.replaceChildren(...other.childNodes)
    }
  }
}

/** Totals that come late are waited for: what stands there meanwhile is better than nothing. */
const loaded = async (fresh) =>
  fresh?.dataset.load === undefined
    ? fresh
    : (await fetchPage(fresh.dataset.load, { background: true }))?.getElementById(fresh.id)

const exchangeAll = async (page) => {
  freshenRows(page)
  for (const old of parts()) {
    const fresh = await loaded(page.getElementById(old.id))
    if (!fresh) continue
    // The list has its first rows: what works on rows begins with the page.
    if (old.dataset.untilFilled !== undefined && fresh.dataset.untilFilled === undefined) {
      location.reload()
      return
    }
    if (fresh.outerHTML !== old.outerHTML && old.isConnected) exchange(old, fresh)
  }
  const title = page.querySelector('title')?.textContent
  if (title) document.title = title
}

/** After so long a page that could not be had is asked for again. */
const AGAIN_MS = 3000

let wanted
let busy = false
let last = 0

const refresh = async () => {
  if (busy) return
  busy = true
  const from = wanted
  wanted = undefined
  last = Date.now()
  const page = await fetchPage(from, { background: true })
  try {
    if (page) await exchangeAll(page)
  } finally {
    busy = false
  }
  if (wanted !== undefined) schedule(wanted)
  // We are busy, or the network is: what was told of is still to be shown.
  else if (!page) setTimeout(schedule, AGAIN_MS, from)
}

let timer
/** Events may come many times a second; the page, or a part of it, is read at most once in one. */
const schedule = (from) => {
  wanted = wanted === undefined || wanted === from ? from : address
  clearTimeout(timer)
  timer = setTimeout(refresh, Math.max(0, last + 1000 - Date.now()))
}

const differs = (shown, now) => (shown ?? '') !== String(now ?? '')

/** What is told first is often no news, and of a running sync only the line that counts is. */
const onConnection = ({ state, lastSyncedAt, progress }) => {
  const shown = parts().filter(
    (part) => part.dataset.live === 'connection' && part.dataset.state !== undefined,
  )
  const isNews = shown.some(({ dataset }) => dataset.state !== state || differs(dataset.synced, lastSyncedAt))
  const counts = shown.filter(({ dataset }) => differs(dataset.rows, progress?.rowsRead))
  // Where the line is all that lives, it is all that is read again.
  const [line, ...others] = parts()
  const all = others.length === 0 ? (line?.dataset.from ?? address) : address
  if (isNews || document.querySelector('[data-until-filled]')) {
    if (isNews || counts.length > 0) schedule(all)
  } else if (counts.length > 0) schedule(counts[0].dataset.from ?? address)
}

const on = {
  connection: onConnection,
  run: () => {
    if (document.querySelector('[data-live="runs"]')) schedule(address)
  },
  command: ({ id }) => {
    if (parts().some((part) => part.dataset.liveId === id)) schedule(address)
  },
}

const listen = () => {
  const source = new EventSource('/api/events')
  for (const [kind, act] of Object.entries(on))
    source.addEventListener(kind, (event) => act(JSON.parse(event.data)))
  // The stream begins with the state of the connection. Of a command it tells only what happens from now on, so one that was done
  // between the page and this stream is looked at again.
  source.addEventListener('open', () => {
    if (document.querySelector('[data-live="command"]')) schedule(address)
  })
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
    schedule(address)
  })
}
