/**
 * The list as a place to work: a row opens over the list, keys go from row to row. Without this file every
 * row is a link.
 */
import { announce, fetchPage } from './shared.js'

/* What is read here, in one place. */
const words = {
  select: 'Select',
  close: 'Close',
  previous: 'Previous',
  next: 'Next',
  invoice: (number) => `Invoice ${number}`,
  keys: 'Keys',
  meanings: {
    '/': 'Search',
    j: 'Next invoice',
    k: 'Previous invoice',
    x: 'Select or take out',
    Enter: 'Open the invoice',
    Escape: 'Close',
    '?': 'These keys',
  },
  cannotBeSelected: 'This invoice cannot be selected.',
  selected: 'Selected',
  takenOut: 'Taken out',
}

const rowsOf = () => [...document.querySelectorAll('tr[data-row]')]
const linkOf = (row) => row?.querySelector('a[data-drawer]')
const boxOf = (row) => row?.querySelector('input[name="ids"]:not(:disabled)')

/* The drawer: one invoice over the list, with the way to its neighbours. */
let open

const button = (text, act) => {
  const one = document.createElement('button')
  one.type = 'button'
  one.className = 'button button-small'
  one.textContent = text
  one.addEventListener('click', act)
  return one
}

const neighbour = (step) => {
  const rows = rowsOf()
  return rows[rows.findIndex((row) => row.dataset.row === open?.id) + step]
}

const toggle = (box) => {
  box.checked = !box.checked
  box.dispatchEvent(new Event('change', { bubbles: true }))
}

const selectionOf = (row) => {
  const label = document.createElement('label')
  const box = document.createElement('input')
  const real = boxOf(row)
  box.type = 'checkbox'
  box.checked = real?.checked ?? false
  box.disabled = real === null || real === undefined
  box.addEventListener('change', () => {
    if (real.checked !== box.checked) toggle(real)
  })
  label.append(box, words.select)
  return label
}

const build = () => {
  const drawer = document.createElement('dialog')
  drawer.className = 'drawer'
  const head = document.createElement('div')
  head.className = 'dialog-head'
  const tools = document.createElement('div')
  tools.className = 'drawer-tools'
  const close = button(words.close, () => drawer.close())
  close.classList.add('button-quiet')
  head.append(tools, close)
  const content = document.createElement('div')
  content.className = 'drawer-content'
  drawer.append(head, content)
  drawer.addEventListener('click', (event) => {
    if (event.target === drawer) drawer.close()
  })
  drawer.addEventListener('close', () => {
    const row = rowsOf().find((one) => one.dataset.row === open?.id)
    const { list } = open
    open = undefined
    drawer.remove()
    if (location.href !== list) history.replaceState(null, '', list)
    linkOf(row)?.focus()
  })
  document.body.append(drawer)
  return { drawer, tools, content, list: location.href, id: undefined }
}

const show = async (row) => {
  const link = linkOf(row)
  if (!link) return
  const detail = (await fetchPage(link.href))?.querySelector('[data-detail]')
  if (!detail) {
    location.assign(link.href)
    return
  }
  const isNew = open === undefined
  open ??= build()
  const { drawer, tools, content } = open
  open.id = row.dataset.row
  drawer.setAttribute('aria-label', words.invoice(link.textContent))
  const previous = button(words.previous, () => show(neighbour(-1)))
  const next = button(words.next, () => show(neighbour(1)))
  previous.disabled = !neighbour(-1)
  next.disabled = !neighbour(1)
  const focused = tools.contains(document.activeElement) ? document.activeElement.textContent : undefined
  tools.replaceChildren(previous, next, selectionOf(row))
  content.replaceChildren(document.adoptNode(detail))
  drawer.scrollTop = 0
  // The address is that of the invoice: to share, to reload, to come back to.
  history.replaceState(null, '', link.href)
  if (isNew) drawer.showModal()
  else [previous, next].find((one) => one.textContent === focused && !one.disabled)?.focus()
  row.scrollIntoView({ block: 'nearest' })
}

document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
  const row = event.target.closest('tr[data-row]')
  if (!row) return
  const control = event.target.closest('a, button, input, label, summary')
  if (control && !control.matches('a[data-drawer]')) return
  // whoever marks a text to copy it does not want the drawer
  if (!control && String(getSelection()) !== '') return
  event.preventDefault()
  void show(row)
})

/* Keys, as lists elsewhere have them. */
const help = () => {
  const dialog = document.createElement('dialog')
  dialog.setAttribute('aria-label', words.keys)
  const body = document.createElement('div')
  body.className = 'card-body stack-s'
  const title = document.createElement('h2')
  title.textContent = words.keys
  const list = document.createElement('dl')
  list.className = 'keys'
  for (const [key, text] of Object.entries(words.meanings)) {
    const name = document.createElement('dt')
    const sign = document.createElement('kbd')
    sign.textContent = key
    name.append(sign)
    const meaning = document.createElement('dd')
    meaning.textContent = text
    list.append(name, meaning)
  }
  body.append(
    title,
    list,
    button(words.close, () => dialog.close()),
  )
  dialog.append(body)
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}

const rowOfFocus = () => document.activeElement?.closest('tr[data-row]')

const step = (by) => {
  if (open) return show(neighbour(by))
  const rows = rowsOf()
  const at = rows.indexOf(rowOfFocus())
  const row = at < 0 ? rows[by > 0 ? 0 : rows.length - 1] : rows[at + by]
  const link = linkOf(row)
  link?.focus()
}

const select = () => {
  const row = open ? rowsOf().find((one) => one.dataset.row === open.id) : rowOfFocus()
  const box = boxOf(row)
  if (box === null || box === undefined) {
    if (row) announce(words.cannotBeSelected)
    return
  }
  toggle(box)
  announce(box.checked ? words.selected : words.takenOut)
  open?.tools.querySelector('label')?.replaceWith(selectionOf(row))
}

const acts = {
  '/': () => document.querySelector('[data-search]')?.focus(),
  j: () => step(1),
  k: () => step(-1),
  x: select,
  '?': help,
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  if (event.target.closest('input:not([type="checkbox"]), select, textarea, [contenteditable]')) return
  // another dialog has its own keys
  if (document.querySelector('dialog[open]:not(.drawer)')) return
  const act = acts[event.key]
  if (!act) return
  event.preventDefault()
  void act()
})
