/** Sends a document with a bar that says how far it is. Without this file the form sends it by itself. */

import { announce } from './shared.js'

/* What is read here, in one place. */
const words = {
  notAdded: 'The file could not be added. Please try again.',
  connectionLost: 'The connection was lost. Please try again.',
  tooLarge: 'The file is larger than 25 MB.',
}

const mostBytes = 25 * 1024 * 1024
const form = document.querySelector('form[data-upload]')

const start = (form) => {
  const input = form.querySelector('input[type="file"]')
  const button = form.querySelector('button[type="submit"]')
  const bar = form.querySelector('progress')
  const problem = form.querySelector('[data-upload-problem]')
  const text = button.textContent
  let sending = false

  const end = (reason) => {
    sending = false
    bar.hidden = true
    button.textContent = text
    button.removeAttribute('aria-disabled')
    problem.textContent = reason
    problem.hidden = reason === ''
  }

  const reasonOf = (request) => {
    try {
      return JSON.parse(request.responseText).detail
    } catch {
      return words.notAdded
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
    request.addEventListener('error', () => end(words.connectionLost))
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
    if (file.size > mostBytes) end(words.tooLarge)
    else send(file)
  })
}

if (form) start(form)
