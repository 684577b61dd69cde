/**
 * Filters as chips: one open at a time; what was changed applies when it is chosen, or when the filter is closed. Without this file
 * they are a form with a button.
 */
const filters = document.querySelector('form[data-filters]')
const chips = [...document.querySelectorAll('details[data-chip]')]
const isChanged = (chip) =>
  [...chip.querySelectorAll('input, select')].some((field) =>
    field.matches('select')
      ? !field.selectedOptions[0]?.defaultSelected && field.value !== ''
      : field.value !== field.defaultValue,
  )

for (const chip of chips)
  chip.addEventListener('toggle', () => {
    if (chip.open) {
      for (const other of chips) if (other !== chip) other.open = false
      chip.querySelector('input, select')?.focus()
    } else if (isChanged(chip)) filters.requestSubmit()
  })
filters?.addEventListener('change', (event) => {
  if (event.target.matches('select')) filters.requestSubmit()
})
document.addEventListener('click', (event) => {
  for (const details of document.querySelectorAll('details[data-chip][open], .more-sums[open]'))
    if (!details.contains(event.target)) details.open = false
})
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return
  const chip = event.target.closest('details[data-chip][open], .more-sums[open]')
  if (!chip) return
  for (const field of chip.querySelectorAll('input')) field.value = field.defaultValue
  chip.open = false
  chip.querySelector('summary').focus()
})
/* Only what is set stands in the address. */
filters?.addEventListener('submit', () => {
  for (const field of filters.elements) if (field.name && field.value === '') field.disabled = true
})
window.addEventListener('pageshow', () => {
  for (const field of filters?.elements ?? []) field.disabled = false
})
