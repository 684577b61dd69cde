import type { Problem } from './problem.ts'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign)

/** A readable page that needs nothing else: used when the portal's own error page is missing or fails. */
export const plainErrorPage = ({ status, title, detail, errorId }: Problem) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title></head>
<body><main><h1>${escapeHtml(title)}</h1><p>${escapeHtml(detail)}</p><p><small>Status ${status}, error id ${escapeHtml(errorId)}</small></p></main></body>
</html>
`
