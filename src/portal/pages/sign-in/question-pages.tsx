import type { ComponentChildren } from 'preact'
import { Hidden, WriteForm } from '../../components/form.tsx'
import { Icon } from '../../components/icons.tsx'
import { Layout } from '../../components/layout.tsx'
import { usePage } from '../../components/page-context.ts'

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
    <Question title={`Sign in to ${clientName}?`}>
      <div class="prose">
        {viewer === undefined ? (
          <p>This link did not come from your client portal.</p>
        ) : (
          <p>
            You are signed in to <b>{viewer.clientName}</b> as {viewer.name}.
          </p>
        )}
        <p>
          The link signs you in to <b>{clientName}</b> as {personName}. What you do from then on, you do for{' '}
          <b>{clientName}</b>: whoever works there sees it.
        </p>
        <p>If you did not expect this, somebody else may have sent you the link. Then do not go on.</p>
      </div>
      <WriteForm action="/session" class="actions">
        <Hidden values={{ token, next }} />
        <a class="button button-primary" href={viewer === undefined ? '/sign-in' : '/'}>
          {viewer === undefined ? 'Do not sign in' : `Stay with ${viewer.clientName}`}
        </a>
        <button type="submit" class="button">
          Sign in to {clientName}
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
    <Question title={`Connect Zoho Books to ${clientName}?`}>
      <div class="prose">
        <p>
          You are signed in to <b>{clientName}</b> as {viewer?.name}. If you go on, the unpaid invoices of
          your Zoho Books organization are imported for <b>{clientName}</b>, and whoever works there sees
          them.
        </p>
        <p>
          If this is not your company, somebody else may have sent you here. Then sign out, and begin in your
          client portal.
        </p>
      </div>
      <div class="actions">
        <a class="button button-primary" href="/integrations/zoho-books/connect" data-once-link>
          Connect to {clientName}
        </a>
        <a class="button" href="/integrations">
          Do not connect
        </a>
      </div>
    </Question>
  )
}
