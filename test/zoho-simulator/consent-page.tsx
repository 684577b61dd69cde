import { renderToString } from 'preact-render-to-string'
import { explainScope } from './scopes.ts'
import { webDocument } from './web-document.ts'

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

const document = (title: string, body: string) => webDocument(title, body, { bodyClass: 'centred' })

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
          <button id="accept" class="go" type="submit" name="decision" value="accept">
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
