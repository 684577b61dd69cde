/** Small comforts on every page. Each works on its own, and every page works without this file. */

import { announce, fetchPage } from './shared.js'

/* What is read here, in one place. */
const words = {
  soon: 'in less than a minute',
  now: 'just now',
  copied: 'Copied',
  copyYourself: 'Press Ctrl+C to copy',
  noTotals: 'The totals could not be added up right now.',
}

/* Relative times stay true while a page is open. The rule is that of components/formatter.ts. */
const relativeTime = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const steps = [
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
]

const relative = (at) => {
  const seconds = Math.round((at - Date.now()) / 1000)
  for (const [unit, size] of steps)
    if (Math.abs(seconds) >= size) return relativeTime.format(Math.trunc(seconds / size), unit)
  return seconds > 0 ? words.soon : words.now
}

const refreshTimes = () => {
  for (const element of document.querySelectorAll('time[data-relative]')) {
    const text = relative(Date.parse(element.dateTime))
    if (element.textContent !== text) element.textContent = text
  }
}
setInterval(refreshTimes, 15_000)

/* What takes seconds says so: to the eye by its words and a sign, to the ear too. */
const showBusy = (control) => {
  control.dataset.busy = ''
  const { busyText } = control.dataset
  if (busyText === undefined || control.dataset.text !== undefined) return
  control.dataset.text = control.textContent
  control.textContent = busyText
  announce(busyText)
}

/* A form that writes is sent once, however often its button is pressed. */
document.addEventListener('submit', (event) => {
  const form = event.target
  if (!form.matches('form[data-once]') || event.defaultPrevented) return
  if (form.dataset.sent !== undefined) {
    event.preventDefault()
    return
  }
  form.dataset.sent = ''
  const { submitter } = event
  if (submitter) {
    showBusy(submitter)
    submitter.setAttribute('aria-disabled', 'true')
  }
})

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-once-link]')
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return
  if (link.dataset.busy !== undefined) event.preventDefault()
  showBusy(link)
})

/* A page that comes back from memory after signing out, here or in another tab, must not stay. */
const leaveIfSignedOut = async () => {
  if (!document.querySelector('form[action="/sign-out"]')) return
  try {
    if ((await fetch('/api/connection')).status === 401) location.reload()
  } catch {
    // Offline: nobody can tell.
  }
}

/* The back button may bring a page back as it was left: its forms can be sent again. */
window.addEventListener('pageshow', (event) => {
  if (!event.persisted) return
  for (const element of document.querySelectorAll('[data-sent], [data-busy]')) {
    delete element.dataset.sent
    delete element.dataset.busy
    element.removeAttribute('aria-disabled')
    if (element.dataset.text !== undefined) {
      element.textContent = element.dataset.text
      delete element.dataset.text
    }
  }
  refreshTimes()
  void leaveIfSignedOut()
})

/* Dialogs: the link leads to a page that asks the same. */
const open = (dialog) => {
  dialog.showModal()
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close()
  })
}

document.addEventListener('click', (event) => {
  const opener = event.target.closest('a[data-dialog]')
  const dialog = opener && document.getElementById(opener.dataset.dialog)
  if (dialog && !event.ctrlKey && !event.metaKey) {
    event.preventDefault()
    open(dialog)
  }
  event.target.closest('[data-close]')?.closest('dialog')?.close()
})

/* Copy and print */
document.addEventListener('click', async (event) => {
  const copier = event.target.closest('[data-copy]')
  if (copier) {
    const field = document.getElementById(copier.dataset.copy)
    field.select()
    try {
      await navigator.clipboard.writeText(field.value)
      announce(words.copied)
      copier.textContent = words.copied
    } catch {
      announce(words.copyYourself)
    }
  }
  if (event.target.closest('[data-print]')) window.print()
})

/* Totals that take longer than the page arrive in the space kept for them. */
const loadLate = async (place) => {
  const fresh = (await fetchPage(place.dataset.load))?.getElementById(place.id)
  if (fresh) {
    if (place.classList.contains('summary-late')) fresh.classList.add('summary-late')
    place.replaceWith(document.adoptNode(fresh))
  } else place.textContent = words.noTotals
}
for (const place of document.querySelectorAll('[data-load]')) void loadLate(place)

/* We are busy or Zoho is: the page that says so tries again by itself. */
const busy = document.querySelector('[data-retry]')
if (busy) setTimeout(() => location.reload(), Number(busy.dataset.retry) * 1000 + Math.random() * 1000)
