/** The button of the review says how many cases it creates, with those ticked although a payment is on its way. */

const button = document.querySelector('[data-create-count]')
const numbers = new Intl.NumberFormat(document.documentElement.dataset.locale)

/* What is read here, in one place; the same as in pages/bulk-import/words.tsx. */
const words = {
  create: (cases) => {
    if (cases === 0) return 'Create Cases'
    return cases === 1 ? 'Create 1 Case' : `Create ${numbers.format(cases)} Cases`
  },
}

const show = () => {
  const ticked = document.querySelectorAll('input[name="acceptPaymentInProgress"]:checked').length
  button.textContent = words.create(Number(button.dataset.createCount) + ticked)
}

if (button) {
  document.addEventListener('change', show)
  // The back button brings ticks back.
  window.addEventListener('pageshow', show)
}

/* What is removed here is not ticked in the list either. The key is that of selection.js. */
document.addEventListener('click', ({ target }) => {
  const remove = target.closest('button[name="remove"]')
  if (!remove) return
  try {
    const stored = JSON.parse(sessionStorage.getItem('selected-invoices') ?? '{}')
    const invoices = (stored.invoices ?? []).filter(([id]) => id !== remove.value)
    sessionStorage.setItem('selected-invoices', JSON.stringify({ ...stored, invoices }))
  } catch {
    // Nothing is kept here, so there is nothing to take out.
  }
})
