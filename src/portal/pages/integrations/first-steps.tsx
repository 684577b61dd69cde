const steps = [
  ['Connect', 'Press Connect and sign in with your Zoho account.'],
  ['Authorize', 'Review the permissions at Zoho and press Accept.'],
  ['Review', 'Your unpaid invoices appear in Bulk Import (Integration).'],
  ['Create cases', 'Select the invoices to collect and press Create Cases.'],
] as const

/** What a first-time visitor will do. */
export const FirstSteps = () => (
  <section class="card" aria-labelledby="first-steps">
    <div class="card-title">
      <h2 id="first-steps">From invoice to case in four steps</h2>
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
