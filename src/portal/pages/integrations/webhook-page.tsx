import { WriteForm } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'

// biome-ignore lint/suspicious/noTemplateCurlyInString: Zoho's own placeholder
const invoiceBody = '{"invoice_id": "${INVOICE.INVOICE_ID}"}'

const Address = ({ url }: { url: string }) => (
  <div class="field">
    <label for="webhook-url">Address for Zoho</label>
    <div class="copy">
      <input id="webhook-url" type="text" readonly value={url} />
      <button type="button" class="button needs-js" data-copy="webhook-url">
        Copy
      </button>
    </div>
    <p class="hint">Treat it like a password: whoever knows it can make us look at Zoho more often.</p>
  </div>
)

const Rotate = () => (
  <details>
    <summary>The address has become known to somebody else</summary>
    <div class="prose">
      <p>
        Make a new one. From then on, what comes to the old address is ignored; enter the new one in every
        webhook in Zoho Books. Until you have, we find changes with the regular sync.
      </p>
    </div>
    <WriteForm action="/integrations/zoho-books/webhook/rotate">
      <button type="submit" class="button">
        Make a new address
      </button>
    </WriteForm>
  </details>
)

const Unknown = () => (
  <>
    <Notice tone="info" title="This address cannot be shown any more.">
      What you have entered in Zoho Books still works. To see an address here, make a new one and replace the
      old one in Zoho Books.
    </Notice>
    <WriteForm action="/integrations/zoho-books/webhook/rotate">
      <button type="submit" class="button">
        Make a new address
      </button>
    </WriteForm>
  </>
)

/** `url` is null when the address was made under another secret and only Zoho knows it. */
export const WebhookPage = ({ url, rotated }: { url: string | null; rotated?: boolean }) => (
  <Layout title="Webhook" section="/integrations">
    <div class="narrow">
      <p class="crumbs">
        <a href="/integrations">Integrations</a>
      </p>
      <div class="card">
        <div class="card-body stack">
          <h1>Faster updates with a webhook</h1>
          <p>
            Without it we ask Zoho Books regularly, and after you press Create Cases. With it, we read an
            invoice again as soon as Zoho tells us about its payment, credit note or change.
          </p>
          {rotated && (
            <Notice tone="good" title="This is the new address.">
              The old one is ignored from now on. Enter this one in every webhook in Zoho Books.
            </Notice>
          )}
          {url === null ? <Unknown /> : <Address url={url} />}
          <ol class="prose">
            <li>
              In Zoho Books, open <b>Settings › Automation › Workflow Actions › Webhooks</b> and press{' '}
              <b>New Webhook</b>. Make one for each of the modules <b>Customer Payments</b>,{' '}
              <b>Credit Notes</b> and <b>Invoices</b>: a rule for invoices alone does not run when an invoice
              is paid.
            </li>
            <li>
              Method <b>POST</b>, the address above, body <b>Default Payload</b> (application/json). No
              headers or parameters are needed.
            </li>
            <li>
              Under <b>Workflow Rules</b>, add a rule for each module that calls its webhook: Customer
              Payments when a payment is <b>created, edited or deleted</b>; Credit Notes and Invoices when one
              is <b>created or edited</b>.
            </li>
          </ol>
          <details>
            <summary>If the default payload cannot be chosen</summary>
            <p>
              Choose a <b>raw</b> body with the placeholder of the invoice, for example for the module
              Invoices:
            </p>
            <pre>{invoiceBody}</pre>
            <p>A message that names no invoice still makes us look for changes within a minute.</p>
          </details>
          {url !== null && <Rotate />}
          <p class="muted">
            We take nothing from the message itself: it only makes us read the invoices it names again from
            Zoho.
          </p>
          <p>
            <a href="/integrations">Back to Integrations</a>
          </p>
        </div>
      </div>
    </div>
  </Layout>
)
