import { mappingTable as words } from './words.tsx'

/** What data is imported: the table of the help article, word for word. */
const mapping: readonly (readonly [string, string])[] = [
  [words.invoiceNumber, words.creditorReference],
  [words.invoiceDate, words.caseDate],
  [words.dueDate, words.caseDueDate],
  [words.balance, words.amountToRecover],
  [words.currencyCode, words.caseCurrency],
  [words.customerName, words.debtorName],
  [words.customerEmail, words.debtorEmail],
  [words.billingAddress, words.debtorAddress],
  [words.phone, words.debtorPhone],
  [words.referenceNumber, words.caseDescription],
]

export const MappingTable = () => (
  <section class="card" aria-labelledby="imported">
    <div class="card-title">
      <h2 id="imported">{words.whatDataIsImported}</h2>
      <p class="small muted">{words.unpaidInvoicesOnlyNothingIs}</p>
    </div>
    <table class="compact">
      <thead>
        <tr>
          <th scope="col">{words.zohoBooksField}</th>
          <th scope="col">{words.debituraField}</th>
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
