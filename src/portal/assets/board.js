/**
 * The queue dashboard is not ours; its buttons of one icon have no name. Here they get one, from the icon, whenever the
 * dashboard draws something.
 */
const words = {
  'arrow-up': 'Promote',
  'chevron-down': 'Show more',
  'chevron-left': 'Back',
  'chevron-right': 'Forward',
  'chevron-up': 'Show less',
  'circle-user': 'Account',
  copy: 'Copy',
  'ellipsis-vertical': 'More actions',
  files: 'Duplicate',
  maximize: 'Full screen',
  menu: 'Menu',
  'panel-left': 'Queues',
  pencil: 'Change data',
  'refresh-cw': 'Retry',
  'rotate-cw': 'Retry',
  settings: 'Settings',
  trash: 'Remove',
  'trash-2': 'Remove',
  trash2: 'Remove',
  x: 'Close',
}

const isNamed = (element) =>
  ['aria-label', 'aria-labelledby', 'title'].some((name) => element.hasAttribute(name)) ||
  element.textContent.trim() !== ''

const iconOf = (element) =>
  [...(element.querySelector('svg[class*="lucide-"]')?.classList ?? [])]
    .find((name) => name.startsWith('lucide-'))
    ?.slice('lucide-'.length)

const nameAll = () => {
  for (const element of document.querySelectorAll('button, a[href], [role="button"]')) {
    if (isNamed(element)) continue
    const icon = iconOf(element)
    element.setAttribute(
      'aria-label',
      icon === undefined ? 'Open' : (words[icon] ?? icon.replaceAll('-', ' ')),
    )
  }
}

let waiting = false
new MutationObserver(() => {
  if (waiting) return
  waiting = true
  requestAnimationFrame(() => {
    waiting = false
    nameAll()
  })
}).observe(document.documentElement, { childList: true, subtree: true })
nameAll()
