/** Sends a document with a bar that says how far it is. Without this file the form sends it by itself. */

import { announce } from './shared.js'

const mostBytes = 25 * 1024 * 1024
const form = document.querySelector('form[data-upload]')

const start = (form) => {
  const input = form.querySelector('input[type="file"]')
  const button = form.querySelector('button[type="submit"]')
  const bar = form.querySelector('progress')
  const problem = form.querySelector('[data-upload-problem]')
  const text = button.textContent
  let sending = false

  const end = (words) => {
    sending = false
    bar.hidden = true
    button.textContent = text
    button.removeAttribute('aria-disabled')
    problem.textContent = words
    problem.hidden = words === ''
  }

  const reasonOf = (request) => {
    try {
      return JSON.parse(request.responseText).detail
    } catch {
      return 'The file could not be added. Please try again.'
    }
  }

  const send = (file) => {
    sending = true
    problem.hidden = true
    bar.value = 0
    bar.hidden = false
    button.textContent = button.dataset.busyText
    button.setAttribute('aria-disabled', 'true')
    announce(button.dataset.busyText)
    const request = new XMLHttpRequest()
    request.open('POST', form.dataset.upload)
    request.setRequestHeader('accept', 'application/json')
    const token = form.querySelector('input[name="_csrf"]')
    if (token) request.setRequestHeader('x-csrf-token', token.value)
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      bar.value = total > 0 ? Math.floor((loaded / total) * 100) : 0
    })
    request.addEventListener('load', () => {
      if (request.status === 201) location.assign(form.dataset.back)
      else end(reasonOf(request))
    })
    request.addEventListener('error', () => end('The connection was lost. Please try again.'))
    const body = new FormData()
    body.append('file', file)
    request.send(body)
  }

  // On the form itself, so before the rule of portal.js for forms that are sent once.
  form.addEventListener('submit', (event) => {
    const [file] = input.files
    if (!file) return
    event.preventDefault()
    if (sending) return
    if (file.size > mostBytes) end('The file is larger than 25 MB.')
    else send(file)
  })
}

if (form) start(form)
