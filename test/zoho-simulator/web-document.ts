/** The look of the simulator's own pages: consent and the stand-in for the web application of Zoho Books. */
const css = `
:root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: #1d2433; background: #eef1f6 }
*, ::before, ::after { box-sizing: border-box }
body { margin: 0 }
body.centred { min-height: 100vh; display: grid; place-items: center; padding: 1rem }
main { background: #fff; border-radius: 12px; box-shadow: 0 8px 32px #1d243322; overflow: hidden }
.centred main { width: min(30rem, 100%) }
.centred main > header { background: #1f3a5f; color: #fff; padding: 1.25rem 1.75rem }
.centred main > header p { margin: 0; opacity: .85; font-size: .875rem }
h1 { margin: 0; font-size: 1.25rem; overflow-wrap: anywhere }
.centred form, .message { padding: 1.5rem 1.75rem }
fieldset { border: 0; padding: 0; margin: 0 0 1.25rem; min-width: 0 }
legend, h2 { font-size: .875rem; font-weight: 600; margin: 0 0 .5rem; padding: 0 }
label.user { display: flex; gap: .75rem; align-items: baseline; border: 1px solid #d5dbe6; border-radius: 8px; padding: .6rem .8rem; margin-bottom: .5rem }
label.user:has(:checked) { border-color: #1f5fbf; background: #f2f7ff }
small { color: #566074; display: block }
ul { margin: 0 0 1.25rem; padding-left: 1.2rem }
.actions { display: flex; gap: .75rem; flex-wrap: wrap }
button { font: inherit; font-weight: 600; border-radius: 8px; padding: .6rem 1.4rem; cursor: pointer; border: 1px solid #b9c2d2; background: #fff; color: inherit }
button.go { background: #17714a; border-color: #17714a; color: #fff }
button.stop { border-color: #a4262c; color: #a4262c }
a { color: #1f5fbf }
a:focus-visible, button:focus-visible, input:focus-visible, summary:focus-visible { outline: 3px solid #1f5fbf; outline-offset: 2px }
.centred footer { font-size: .8125rem; color: #566074; padding: 0 1.75rem 1.5rem; overflow-wrap: anywhere }
.banner { background: #7a4b00; color: #fff; padding: .5rem 1rem; text-align: center; font-weight: 600; font-size: .875rem }
.books { max-width: 60rem; margin: 0 auto; padding: 1rem }
.books main { padding: 1.25rem clamp(1rem, 4vw, 2rem) 2rem }
.crumbs { margin: 0 0 .75rem; font-size: .875rem }
.head { display: flex; flex-wrap: wrap; gap: .5rem 1rem; justify-content: space-between; align-items: baseline; margin-bottom: 1rem }
.head .sum { font-size: 1.25rem; font-weight: 600 }
.status { display: inline-block; border-radius: 99px; padding: .1rem .7rem; font-size: .8125rem; font-weight: 600; background: #e4e9f2; color: #1d2433; white-space: nowrap }
.status.overdue, .status.partially_paid { background: #fdeccf; color: #6b4100 }
.status.paid { background: #d6f0e2; color: #0d5233 }
.notice { border: 1px solid #9bcfb5; background: #eefaf3; border-radius: 8px; padding: .75rem 1rem; margin: 0 0 1.25rem }
.notice.problem { border-color: #e0a3a6; background: #fdf2f2 }
.notice p { margin: 0 0 .4rem; font-weight: 600 }
.notice ul { margin: 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 0 0 1.5rem }
dt { color: #566074 }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line }
section { border-top: 1px solid #e2e7ef; padding-top: 1.25rem; margin-top: 1.25rem }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(14rem, 100%), 1fr)); gap: .75rem 1rem; margin-bottom: 1rem }
.fields label { display: block; font-size: .875rem; color: #3d475b }
.fields input, .inline input { font: inherit; width: 100%; padding: .5rem .65rem; border: 1px solid #8a94a6; border-radius: 8px; background: #fff; color: inherit }
.inline { display: flex; gap: .5rem; flex-wrap: wrap; align-items: end }
.inline label { flex: 1 1 10rem; font-size: .875rem; color: #3d475b }
.rows { list-style: none; padding: 0; margin: 0 }
.rows li { display: grid; grid-template-columns: 8rem 1fr auto auto; gap: .1rem 1rem; align-items: baseline; padding: .5rem .25rem; border-bottom: 1px solid #e2e7ef; overflow-wrap: anywhere }
.rows li:target { background: #f2f7ff; outline: 2px solid #1f5fbf; outline-offset: -2px; font-size: 1.0625rem }
.rows .status { justify-self: end }
/* A link of Zoho's names the record behind the #, which no server sees: only that record is shown. */
main:has(.rows li:target) :is(.rows li:not(:target), .other, .records:not(:has(li:target))) { display: none }
.hint { color: #566074; font-size: .875rem }
@media (max-width: 40rem) {
  .rows li { grid-template-columns: 1fr auto }
  .rows .status { order: -1 }
  .rows a { order: -2 }
  dl { grid-template-columns: 1fr; gap: 0 }
  dd { margin-bottom: .5rem }
}
`

const escapeText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** A page from its title and the HTML of its body. */
export const webDocument = (title: string, body: string, { head = '', bodyClass = '' } = {}): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeText(title)}</title>${head}<style>${css}</style></head><body class="${bodyClass}">${body}</body></html>`
