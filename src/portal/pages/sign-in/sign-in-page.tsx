import { Hidden } from '../../components/form.tsx'
import { Icon } from '../../components/icons.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'
import { signInPage as words } from './words.tsx'

const people = [
  { as: 'client', title: words.signInAsAClient, text: words.connectZohoBooksReviewInvoices },
  { as: 'operator', title: words.signInAsAnOperator, text: words.watchTheQueuesAndRetry },
] as const

const Demo = ({ next }: { next: string | undefined }) => (
  <>
    <p class="muted">{words.thisIsADemonstrationWith}</p>
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
    <p class="prose">{words.thereIsNoPasswordHere}</p>
    <a class="button button-primary" href={begin(next)}>
      {words.goToTheClientPortal}
    </a>
  </>
)

const FromHostPortal = () => (
  <div class="prose">
    <p>{words.signInFromYourPortal}</p>
    <ol>
      <li>{words.logInToTheClient}</li>
      <li>{words.goToIntegrationsAndChoose()}</li>
    </ol>
    <p class="muted">{words.aLinkFromThereIs}</p>
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
  <Layout title={words.signIn}>
    <div class="narrow">
      <div class="card">
        <div class="card-body stack">
          <span class="emblem">
            <Icon name="key" size={24} />
          </span>
          <h1>{ended ? words.yourSessionHasEnded : words.signIn}</h1>
          {ended && <Notice tone="warn" title={words.nothingWasChangedByYour} />}
          {demo ? <Demo next={next} /> : portal ? <AtHostPortal next={next} /> : <FromHostPortal />}
        </div>
      </div>
    </div>
  </Layout>
)
