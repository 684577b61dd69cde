import { framedByOthers, hostPage } from '../../../src/portal/http/embedding.ts'

it.each([
  [["'none'"], false],
  [["'self'"], false],
  [["'self'", 'https://host.example'], true],
  [['https:'], true],
])('%j lets others frame us: %s', (frameAncestors, expected) => {
  expect(framedByOthers({ frameAncestors })).toBe(expected)
})

it.each([
  [['https://host.example'], 'https://host.example/a?b=c', 'https://host.example/a?b=c'],
  [['https://host.example'], 'https://host.example:8443/', 'https://host.example/'],
  [['https://host.example'], undefined, 'https://host.example/'],
  [['https://host.example'], 'not a url', 'https://host.example/'],
  [['https://one.example', 'https://two.example'], undefined, undefined],
  [['https://one.example', 'https://two.example'], 'https://two.example/x', 'https://two.example/x'],
  [['https://one.example', 'https://two.example'], 'https://evil.example/x', undefined],
  [['https://*.example.com'], 'https://a.b.example.com/', 'https://a.b.example.com/'],
  [['https://*.example.com'], 'https://example.com/', undefined],
  [['https://*.example.com'], 'https://evilexample.com/', undefined],
  [['http://localhost:*'], 'http://localhost:4000/x', 'http://localhost:4000/x'],
  [['http://localhost:8080'], 'http://localhost:8080/x', 'http://localhost:8080/x'],
  [['https:'], 'https://anybody.example/', undefined],
  [["'self'"], 'https://anybody.example/', undefined],
])('with %j the way back to %s is %s', (frameAncestors, given, expected) => {
  expect(hostPage({ frameAncestors }, given)).toBe(expected)
})
