/** What is read on these pages, page by page, in one place: what a translator needs. */
import type { ComponentChildren as Node } from 'preact'

type Text = string | number

export const questionPages = {
  signInTo: (clientName: Text) => `Sign in to ${clientName}?`,
  thisLinkDidNotCome: 'This link did not come from your client portal.',
  youAreSignedInTo: (clientName: Node, name: Node) => (
    <>
      You are signed in to <b>{clientName}</b> as {name}.
    </>
  ),
  theLinkSignsYouIn: (clientName: Node, personName: Node) => (
    <>
      The link signs you in to <b>{clientName}</b> as {personName}. What you do from then on, you do for{' '}
      <b>{clientName}</b>: whoever works there sees it.
    </>
  ),
  ifYouDidNotExpect:
    'If you did not expect this, somebody else may have sent you the link. Then do not go on.',
  doNotSignIn: 'Do not sign in',
  stayWith: (clientName: Text) => `Stay with ${clientName}`,
  signInToButton: (clientName: Node) => <>Sign in to {clientName}</>,
  connectZohoBooksTo: (clientName: Text) => `Connect Zoho Books to ${clientName}?`,
  youAreSignedInToAnother: (clientName: Node, name: Node) => (
    <>
      You are signed in to <b>{clientName}</b> as {name}. If you go on, the unpaid invoices of your Zoho Books
      organization are imported for <b>{clientName}</b>, and whoever works there sees them.
    </>
  ),
  ifThisIsNotYour:
    'If this is not your company, somebody else may have sent you here. Then sign out, and begin in your client portal.',
  connectTo: (clientName: Node) => <>Connect to {clientName}</>,
  doNotConnect: 'Do not connect',
}

export const signInPage = {
  signInAsAClient: 'Sign in as a client',
  connectZohoBooksReviewInvoices: 'Connect Zoho Books, review invoices, create cases.',
  signInAsAnOperator: 'Sign in as an operator',
  watchTheQueuesAndRetry: 'Watch the queues and retry what failed.',
  thisIsADemonstrationWith: 'This is a demonstration with invented data. Choose who you want to be.',
  thereIsNoPasswordHere: 'There is no password here: you sign in at your client portal and come back.',
  goToTheClientPortal: 'Go to the client portal',
  signInFromYourPortal: 'There is no password here: you come signed in from your client portal.',
  logInToTheClient: 'Log in to the client portal.',
  goToIntegrationsAndChoose: () => (
    <>
      Go to <b>Integrations</b> and choose <b>Zoho Books</b>.
    </>
  ),
  aLinkFromThereIs:
    'A link from there is good for one sign-in. If it has been used or is too old, take a new one.',
  signIn: 'Sign in',
  yourSessionHasEnded: 'Your session has ended',
  nothingWasChangedByYour: 'Nothing was changed by your last step. Sign in and repeat it.',
}
