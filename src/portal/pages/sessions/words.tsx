/** What is read on these pages, page by page, in one place: what a translator needs. */
import type { ComponentChildren as Node } from 'preact'

export const sessionsPage = {
  signOut: 'Sign out',
  browser: 'Browser',
  thisOne: ' (this one)',
  address: 'Address',
  signedIn: 'Signed in',
  lastUsed: 'Last used',
  signIns: 'Sign-ins',
  whereIsSignedInTo: (name: Node, clientName: Node, idleMinutes: Node, hours: Node) => (
    <>
      Where {name} is signed in to {clientName}. A sign-in ends after {idleMinutes} minutes without use, and
      after {hours} hours in any case.
    </>
  ),
  thatBrowserIsSignedOut: 'That browser is signed out.',
  signOutEverywhere: 'Sign out everywhere',
  doYouSeeABrowser: 'Do you see a browser that is not yours? Then tell your client portal too.',
}
