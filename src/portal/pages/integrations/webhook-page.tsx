import { Layout } from '../../components/layout.tsx'

export const WebhookPage = ({ url }: { url: string }) => (
  <Layout title="Webhook" section="/integrations">
    <div class="narrow">
      <p class="crumbs">
        <a href="/integrations">Integrations</a>
      </p>
      <div class="card">
        <div class="card-body stack">
          <h1>Faster updates with a webhook</h1>
          <p>
            Without it we ask Zoho Books regularly, and after each command to create cases. With it, Zoho
            tells us about a change within seconds.
          </p>
          <div class="field">
            <label for="webhook-url">Address for Zoho</label>
            <div class="copy">
              <input id="webhook-url" type="text" readonly value={url} />
              <button type="button" class="button needs-js" data-copy="webhook-url">
                Copy
              </button>
            </div>
            <p class="hint">
              Treat it like a password: whoever knows it can make us look at Zoho more often.
            </p>
          </div>
          <ol class="prose">
            <li>
              In Zoho Books, open <b>Settings › Automation › Workflow Actions › Webhooks</b> and press{' '}
              <b>New Webhook</b>.
            </li>
            <li>
              Module <b>Invoices</b>, method <b>POST</b>, and the address above.
            </li>
            <li>
              Body: <b>Default Payload</b> (application/json). No headers or parameters are needed.
            </li>
            <li>
              Under <b>Workflow Rules</b>, add a rule for invoices that runs when an invoice is{' '}
              <b>created or edited</b> and calls this webhook.
            </li>
          </ol>
          <p class="muted">
            We take nothing from the message itself: it only makes us read that invoice again from Zoho.
          </p>
          <p>
            <a href="/integrations">Back to Integrations</a>
          </p>
        </div>
      </div>
    </div>
  </Layout>
)
