/**
 * A selection that survives paging, sorting and searching: ids with their amounts in sessionStorage, per
 * organization. Without this file the form carries the ids along in the URL.
 */
import { announce } from './shared.js'

const KEY = 'selected-invoices'
const MOST = 10_000
/** Up to so many ids the review is a plain address, which the back button and a reload like best. */
const MOST_IN_ADDRESS = 100

/* What is read here, in one place; the first as in pages/bulk-import/words.tsx. */
const words = {
  nothing: 'Select invoices to collect.',
  selected: (count) => `${new Intl.NumberFormat(locale).format(count)} selected`,
  moreCurrencies: (count) => ` and ${count} more currencies`,
  takenOut: (count) => `, ${new Intl.NumberFormat(locale).format(count)} taken out`,
  tooMany: 'At most 10,000 invoices fit into one command.',
  cleared: 'Nothing is selected',
  notKept: 'This browser keeps no more: the selection ends with this page.',
}

const form = document.getElementById('selection')
const scope = form?.dataset.scope

const load = () => {
  try {
    const stored = JSON.parse(sessionStorage.getItem(KEY) ?? '{}')
    return stored.scope === scope ? new Map(stored.invoices) : new Map()
  } catch {
    return new Map()
  }
}

const store = (invoices) => {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ scope, invoices: [...invoices] }))
  } catch {
    announce(words.notKept)
  }
}

const forget = () => {
  try {
    sessionStorage.removeItem(KEY)
  } catch {
    // A frame of another site may keep nothing, then there is nothing to forget.
  }
}

/* The order was given: what was selected is done with. */
if (document.querySelector('[data-selection-used]')) forget()

/** Exact sums of decimal strings: per currency, in units of the smallest fraction seen. */
export const sumsOf = (invoices) => {
  const sums = new Map()
  for (const [amount, currency] of invoices.values()) {
    const [whole, fraction = ''] = amount.split('.')
    const sum = sums.get(currency) ?? { digits: 0, units: 0n }
    const digits = Math.max(sum.digits, fraction.length)
    const units =
      sum.units * 10n ** BigInt(digits - sum.digits) +
      BigInt(whole + fraction) * 10n ** BigInt(digits - fraction.length)
    sums.set(currency, { digits, units })
  }
  return [...sums].map(([currency, { digits, units }]) => {
    const text = units.toString().padStart(digits + 1, '0')
    return { currency, amount: digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}` }
  })
}

const { locale } = document.documentElement.dataset

const money = ({ amount, currency }) => {
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount)
  } catch {
    return `${amount} ${currency}`
  }
}

const watch = () => {
  const selected = load()
  const boxes = [...form.querySelectorAll('input[name="ids"][type="checkbox"]:not(:disabled)')]
  const pageBox = form.querySelector('[data-select-page]')
  const text = form.querySelector('[data-selected]')
  const clear = form.querySelector('[data-clear-selection]')

  const show = () => {
    const checked = boxes.filter((box) => box.checked).length
    if (pageBox) {
      pageBox.checked = checked > 0 && checked === boxes.length
      pageBox.indeterminate = checked > 0 && checked < boxes.length
      pageBox.disabled = boxes.length === 0
    }
    clear.hidden = selected.size === 0
    if (selected.size === 0) {
      // A text that is put in anew is painted anew, even if it is the same.
      if (text.textContent !== words.nothing) text.textContent = words.nothing
      return
    }
    const sums = sumsOf(selected)
    const shown = sums.slice(0, 3).map(money).join(' + ')
    const more = sums.length > 3 ? words.moreCurrencies(sums.length - 3) : ''
    const count = document.createElement('b')
    count.textContent = words.selected(selected.size)
    text.replaceChildren(count, ` · ${shown}${more}`)
  }

  const put = (box) => {
    if (!box.checked) selected.delete(box.value)
    else if (selected.size < MOST) selected.set(box.value, [box.dataset.amount, box.dataset.currency])
    else {
      box.checked = false
      announce(words.tooMany)
    }
  }

  // What the form carried here by itself, before this file ran.
  for (const box of boxes) {
    if (selected.has(box.value)) box.checked = true
    else if (box.defaultChecked) put(box)
  }

  let lastBox
  form.addEventListener('click', (event) => {
    const box = event.target
    if (!boxes.includes(box)) return
    // Shift selects all rows between.
    if (event.shiftKey && lastBox) {
      const [from, to] = [boxes.indexOf(lastBox), boxes.indexOf(box)].sort((a, b) => a - b)
      for (const between of boxes.slice(from, to + 1)) {
        between.checked = box.checked
        put(between)
      }
    }
    lastBox = box
  })
  form.addEventListener('change', (event) => {
    if (event.target === pageBox)
      for (const box of boxes) {
        box.checked = pageBox.checked
        put(box)
      }
    else if (boxes.includes(event.target)) put(event.target)
    store(selected)
    show()
  })
  clear.addEventListener('click', () => {
    selected.clear()
    for (const box of boxes) box.checked = false
    store(selected)
    show()
    announce(words.cleared)
  })

  form.addEventListener('submit', () => {
    for (const input of form.querySelectorAll('input[name="ids"]')) input.disabled = true
    const ids = document.createElement('input')
    ids.type = 'hidden'
    ids.name = 'ids'
    ids.value = [...selected.keys()].join(',')
    form.append(ids)
    if (selected.size <= MOST_IN_ADDRESS) return
    const token = document.createElement('input')
    token.type = 'hidden'
    token.name = '_csrf'
    token.value = form.dataset.csrf
    form.append(token)
    form.method = 'post'
  })
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload()
  })
  show()
}

/** All that match are selected: what is unticked is taken out, and the server knows the rest. */
const watchAll = () => {
  const boxes = [...form.querySelectorAll('input[name="ids"][type="checkbox"]:not(:disabled)')]
  const pageBox = form.querySelector('[data-select-page]')
  const text = form.querySelector('[data-taken-out]')
  const show = () => {
    const here = boxes.filter((box) => !box.checked).length
    const taken = here + Number(text.dataset.before)
    pageBox.checked = here === 0
    pageBox.indeterminate = here > 0 && here < boxes.length
    text.textContent = taken === 0 ? '' : words.takenOut(taken)
  }
  form.addEventListener('change', ({ target }) => {
    if (target === pageBox) for (const box of boxes) box.checked = pageBox.checked
    show()
  })
  window.addEventListener('pageshow', show)
  show()
}

if (form?.dataset.mode === 'ids') watch()
if (form?.dataset.mode === 'all') watchAll()
