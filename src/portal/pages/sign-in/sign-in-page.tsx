import { Hidden } from '../../components/form.tsx'
import { Icon } from '../../components/icons.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'

const people = [
  { as: 'client', title: 'Sign in as a client', text: 'Connect Zoho Books, review invoices, create cases.' },
  { as: 'operator', title: 'Sign in as an operator', text: 'Watch the queues and retry what failed.' },
] as const

const Demo = ({ next }: { next: string | undefined }) => (
  <>
    <p class="muted">This is a demonstration with invented data. Choose who you want to be.</p>
    {people.map(({ as, title, text }) => (
      <form key={as} method="post" action="/sign-in" data-once>
        <Hidden values={{ as, ...(next !== undefined && as === 'client' ? { next } : {}) }} />
        <button type="submit" class={as === 'client' ? 'button button-primary' : 'button'}>
          {title}
        </button>
        <p class="hint">{text}</p>
      </form>
    ))}
  </>
)

const begin = (next: string | undefined) =>
  next === undefined ? '/sign-in/begin' : `/sign-in/begin?${new URLSearchParams({ next })}`

const AtHostPortal = ({ next }: { next: string | undefined }) => (
  <>
    <p class="prose">There is no password here: you sign in at your client portal and come back.</p>
    <a class="button button-primary" href={begin(next)}>
      Go to the client portal
    </a>
  </>
)

const FromHostPortal = () => (
  <div class="prose">
    <p>There is no password here: you come signed in from your client portal.</p>
    <ol>
      <li>Log in to the client portal.</li>
      <li>
        Go to <b>Integrations</b> and choose <b>Zoho Books</b>.
      </li>
    </ol>
    <p class="muted">
      A link from there is good for one sign-in. If it has been used or is too old, take a new one.
    </p>
  </div>
)

export const SignInPage = ({
  demo,
  portal = false,
  next,
  ended,
}: {
  demo: boolean
  /** PORTAL_SIGN_IN_URL is set. */
  portal?: boolean
  next: string | undefined
  /** The person was signed in before and sent something that was not carried out. */
  ended?: boolean
}) => (
  <Layout title="Sign in">
    <div class="narrow">
      <div class="card">
        <div class="card-body stack">
          <span class="emblem">
            <Icon name="key" size={24} />
          </span>
          <h1>{ended ? 'Your session has ended' : 'Sign in'}</h1>
          {ended && (
            <Notice tone="warn" title="Nothing was changed by your last step. Sign in and repeat it." />
          )}
          {demo ? <Demo next={next} /> : portal ? <AtHostPortal next={next} /> : <FromHostPortal />}
        </div>
      </div>
    </div>
  </Layout>
)
