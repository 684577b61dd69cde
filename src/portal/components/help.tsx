/** Help texts: the edge cases of the help article, in the words of this portal. */
export const ConnectionHelp = () => (
  <section class="card" aria-labelledby="help">
    <div class="card-title">
      <h2 id="help">Good to know</h2>
    </div>
    <div class="card-body">
      <details>
        <summary>I have several Zoho Books organizations</summary>
        <div class="prose">
          <p>
            We connect to the first active organization of your Zoho account. Choose another one with{' '}
            <b>Change organization</b>, or disconnect and connect again with another Zoho account. Cases that
            you have already created stay.
          </p>
        </div>
      </details>
      <details>
        <summary>An invoice is missing</summary>
        <div class="prose">
          <p>
            Only invoices with an open balance are imported: drafts, void and paid invoices are not. An
            invoice that cannot be a case yet is listed with its reasons; choose <b>Needs fixing</b> in Bulk
            Import. Rows that could not be read at all are under <b>Could not be read</b>. Something new in
            Zoho Books arrives with the next sync, or at once with <b>Sync now</b>.
          </p>
        </div>
      </details>
      <details>
        <summary>Zoho asks me to sign in again, or I see authentication errors</summary>
        <div class="prose">
          <p>
            Access to Zoho is renewed by itself. If the card says <b>Reconnect needed</b>, the permission was
            removed at Zoho, for example under Connected Apps or with a change of the user. Press{' '}
            <b>Reconnect</b>. If that does not help, disconnect and connect again.
          </p>
        </div>
      </details>
      <details>
        <summary>I have many invoices</summary>
        <div class="prose">
          <p>
            Large volumes take longer to load; you may leave this page while we read. Zoho Books gives no
            total, so lists have Next and Previous instead of page numbers. When Zoho’s request limit is
            reached, the card says so and when we continue.
          </p>
        </div>
      </details>
    </div>
  </section>
)
