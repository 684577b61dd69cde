import { renderToString } from 'preact-render-to-string'
import { explainScope } from './scopes.ts'

export interface ConsentChoice {
  readonly userId: string
  readonly name: string
  readonly email: string
  readonly organizations: readonly string[]
}

export interface ConsentView {
  readonly clientId: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly offline: boolean
  readonly choices: readonly ConsentChoice[]
  /** The parameters of the authorization request, carried through the form unchanged. */
  readonly parameters: readonly (readonly [string, string])[]
}

const css = `
:root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; color: #1d2433; background: #eef1f6 }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; box-sizing: border-box }
main { background: #fff; width: min(30rem, 100%); border-radius: 12px; box-shadow: 0 8px 32px #1d243322; overflow: hidden }
header { background: #1f3a5f; color: #fff; padding: 1.25rem 1.75rem }
header p { margin: 0; opacity: .85; font-size: .875rem }
h1 { margin: 0; font-size: 1.25rem }
form, .message { padding: 1.5rem 1.75rem }
fieldset { border: 0; padding: 0; margin: 0 0 1.25rem }
legend, h2 { font-size: .875rem; font-weight: 600; margin: 0 0 .5rem; padding: 0 }
label.user { display: flex; gap: .75rem; align-items: baseline; border: 1px solid #d5dbe6; border-radius: 8px; padding: .6rem .8rem; margin-bottom: .5rem }
label.user:has(:checked) { border-color: #1f5fbf; background: #f2f7ff }
small { color: #566074; display: block }
ul { margin: 0 0 1.25rem; padding-left: 1.2rem }
.actions { display: flex; gap: .75rem }
button { font: inherit; font-weight: 600; border-radius: 8px; padding: .6rem 1.4rem; cursor: pointer; border: 1px solid #b9c2d2; background: #fff; color: inherit }
button#accept { background: #17714a; border-color: #17714a; color: #fff }
button:focus-visible, input:focus-visible { outline: 3px solid #1f5fbf; outline-offset: 2px }
footer { font-size: .8125rem; color: #566074; padding: 0 1.75rem 1.5rem; overflow-wrap: anywhere }
`

function document(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${css}</style></head><body>${body}</body></html>`
}

function UserChoice({ choice, checked }: { choice: ConsentChoice; checked: boolean }) {
  const { userId, name, email, organizations } = choice
  return (
    <label class="user">
      <input type="radio" name="user" value={userId} checked={checked} />
      <span>
        {name} <small>{email}</small>
        <small>
          {organizations.length > 0
            ? `Organizations: ${organizations.join(', ')}`
            : 'No organization in Zoho Books'}
        </small>
      </span>
    </label>
  )
}

function Consent({ clientId, redirectUri, scopes, offline, choices, parameters }: ConsentView) {
  return (
    <main>
      <header>
        <p>Zoho Accounts (simulated)</p>
        <h1>An application asks for access to your Zoho Books</h1>
      </header>
      <form method="post" action="/oauth/v2/auth">
        {parameters.map(([name, value]) => (
          <input type="hidden" name={name} value={value} key={name} />
        ))}
        <fieldset>
          <legend>{choices.length > 1 ? 'Continue as' : 'You are signed in as'}</legend>
          {choices.map((choice, at) => (
            <UserChoice choice={choice} checked={at === 0} key={choice.userId} />
          ))}
        </fieldset>
        <h2>It would like to</h2>
        <ul>
          {scopes.map((scope) => (
            <li key={scope}>
              {explainScope(scope)} <small>{scope}</small>
            </li>
          ))}
          {offline && <li>Keep this access while you are away</li>}
        </ul>
        <div class="actions">
          <button id="accept" type="submit" name="decision" value="accept">
            Accept
          </button>
          <button id="reject" type="submit" name="decision" value="reject">
            Reject
          </button>
        </div>
      </form>
      <footer>
        Application {clientId}. You will return to {redirectUri}. No real Zoho account is involved.
      </footer>
    </main>
  )
}

/** The consent page: plain forms, no script. */
export function renderConsentPage(view: ConsentView): string {
  return document('Allow access to Zoho Books?', renderToString(<Consent {...view} />))
}

/** Zoho's own error page: a wrong client, redirect URI, scope or response type never redirects (contract 2). */
export function renderErrorPage(problem: string): string {
  return document(
    'Error occurred',
    renderToString(
      <main>
        <header>
          <p>Zoho Accounts (simulated)</p>
          <h1>Error occurred</h1>
        </header>
        <p class="message">{problem}</p>
      </main>,
    ),
  )
}
