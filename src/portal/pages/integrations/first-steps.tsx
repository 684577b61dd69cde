import { firstSteps as words } from './words.tsx'

const steps = [
  [words.connect, words.pressConnectAndSignIn],
  [words.authorize, words.reviewThePermissionsAtZoho],
  [words.review, words.yourUnpaidInvoicesAppearIn],
  [words.createCases, words.selectTheInvoicesToCollect],
] as const

/** What a first-time visitor will do. */
export const FirstSteps = () => (
  <section class="card" aria-labelledby="first-steps">
    <div class="card-title">
      <h2 id="first-steps">{words.fromInvoiceToCaseIn}</h2>
    </div>
    <ol class="steps card-body">
      {steps.map(([title, text]) => (
        <li key={title}>
          <h3>{title}</h3>
          <p class="muted">{text}</p>
        </li>
      ))}
    </ol>
  </section>
)
