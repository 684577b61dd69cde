/** What data is imported: the table of the help article, word for word. */
const mapping: readonly (readonly [string, string])[] = [
  ['Invoice number', 'Creditor reference'],
  ['Invoice date', 'Case date'],
  ['Due date', 'Case due date'],
  ['Balance', 'Amount to recover'],
  ['Currency code', 'Case currency'],
  ['Customer name', 'Debtor name'],
  ['Customer email', 'Debtor email'],
  ['Billing address', 'Debtor address'],
  ['Phone', 'Debtor phone'],
  ['Reference number', 'Case description'],
]

export const MappingTable = () => (
  <section class="card" aria-labelledby="imported">
    <div class="card-title">
      <h2 id="imported">What data is imported</h2>
      <p class="small muted">Unpaid invoices only. Nothing is ever written to Zoho Books.</p>
    </div>
    <table class="compact">
      <thead>
        <tr>
          <th scope="col">Zoho Books field</th>
          <th scope="col">Debitura field</th>
        </tr>
      </thead>
      <tbody>
        {mapping.map(([theirs, ours]) => (
          <tr key={theirs}>
            <td>{theirs}</td>
            <td>{ours}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
)
