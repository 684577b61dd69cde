import type { ComponentChildren } from 'preact'
import { Hidden, WriteForm } from '../../components/form.tsx'
import { Icon } from '../../components/icons.tsx'
import { Layout } from '../../components/layout.tsx'
import { usePage } from '../../components/page-context.ts'
import { questionPages as words } from './words.tsx'

const Question = ({ title, children }: { title: string; children: ComponentChildren }) => (
  <Layout title={title}>
    <div class="narrow">
      <div class="card">
        <div class="card-body stack">
          <span class="emblem">
            <Icon name="key" size={24} />
          </span>
          <h1>{title}</h1>
          {children}
        </div>
      </div>
    </div>
  </Layout>
)

/** Asked before a hand-over counts: it replaces another client's session, or did not come from the host portal. */
export const HandOverPage = ({
  clientName,
  personName,
  token,
  next,
}: {
  clientName: string
  personName: string
  token: string
  next: string
}) => {
  const { viewer } = usePage()
  return (
    <Question title={words.signInTo(clientName)}>
      <div class="prose">
        {viewer === undefined ? (
          <p>{words.thisLinkDidNotCome}</p>
        ) : (
          <p>{words.youAreSignedInTo(viewer.clientName, viewer.name)}</p>
        )}
        <p>{words.theLinkSignsYouIn(clientName, personName)}</p>
        <p>{words.ifYouDidNotExpect}</p>
      </div>
      <WriteForm action="/session" class="actions">
        <Hidden values={{ token, next }} />
        <a class="button button-primary" href={viewer === undefined ? '/sign-in' : '/'}>
          {viewer === undefined ? words.doNotSignIn : words.stayWith(viewer.clientName)}
        </a>
        <button type="submit" class="button">
          {words.signInToButton(clientName)}
        </button>
      </WriteForm>
    </Question>
  )
}

/** Asked before the consent at Zoho when the browser was sent to Connect from elsewhere. */
export const ConnectQuestionPage = () => {
  const { viewer } = usePage()
  const clientName = viewer?.clientName ?? ''
  return (
    <Question title={words.connectZohoBooksTo(clientName)}>
      <div class="prose">
        <p>{words.youAreSignedInToAnother(clientName, viewer?.name)}</p>
        <p>{words.ifThisIsNotYour}</p>
      </div>
      <div class="actions">
        <a class="button button-primary" href="/integrations/zoho-books/connect" data-once-link>
          {words.connectTo(clientName)}
        </a>
        <a class="button" href="/integrations">
          {words.doNotConnect}
        </a>
      </div>
    </Question>
  )
}
