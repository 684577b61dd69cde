/** What is read on these pages, page by page, in one place: what a translator needs. */
import type { ComponentChildren as Node } from 'preact'

export const cataloguePage = {
  errorCodes: 'Error codes',
  whatEachCodeMeansWhat: () => (
    <>
      What each code means, what the system does by itself, and what to do. Every error of the API carries one
      as <code>code</code>.
    </>
  ),
  code: 'Code',
  http: (status: Node) => <>HTTP {status}</>,
  whatACallerReads: 'What a caller reads',
  aCallerReadsLabel: 'A caller reads:',
  meaning: 'Meaning',
  meaningLabel: 'Meaning:',
  whatHappensByItself: 'What happens by itself',
  byItselfLabel: 'By itself:',
  whatToDo: 'What to do',
  toDoLabel: 'To do:',
}

export const errorPage = {
  thatDidNotWork: 'That did not work',
  youMayNotDoThis: 'You may not do this',
  thereIsNothingHere: 'There is nothing here',
  thatDoesNotFitAnymore: 'That does not fit anymore',
  thatWasTooLarge: 'That was too large',
  thatCouldNotBeAccepted: 'That could not be accepted',
  oneMomentPlease: 'One moment, please',
  goToIntegrations: 'Go to Integrations',
  goToOperations: 'Go to Operations',
  theAddressMayBeMistyped: 'The address may be mistyped, or what it showed was removed.',
  youMayTryAgainIn: 'You may try again in a minute.',
  somethingWentWrong: 'Something went wrong',
  thisPageTriesAgainBy: 'This page tries again by itself in a moment.',
  errorQuoteThisToSupport: (status: Node, code: Node, errorId: Node) => (
    <>
      Error {status}, <code>{code}</code>
      <br />
      Quote this to support: <code>{errorId}</code>
    </>
  ),
}
