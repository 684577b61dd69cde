import { WriteForm } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'
import { webhookPage as words } from './words.tsx'

// biome-ignore lint/suspicious/noTemplateCurlyInString: Zoho's own placeholder
const invoiceBody = '{"invoice_id": "${INVOICE.INVOICE_ID}"}'

const Address = ({ url }: { url: string }) => (
  <div class="field">
    <label for="webhook-url">{words.addressForZoho}</label>
    <div class="copy">
      <input id="webhook-url" type="text" readonly value={url} />
      <button type="button" class="button needs-js" data-copy="webhook-url">
        {words.copy}
      </button>
    </div>
    <p class="hint">{words.treatItLikeAPassword}</p>
  </div>
)

const Rotate = () => (
  <details>
    <summary>{words.theAddressHasBecomeKnown}</summary>
    <div class="prose">
      <p>{words.makeANewOneFrom}</p>
    </div>
    <WriteForm action="/integrations/zoho-books/webhook/rotate">
      <button type="submit" class="button">
        {words.makeANewAddress}
      </button>
    </WriteForm>
  </details>
)

const Unknown = () => (
  <>
    <Notice tone="info" title={words.thisAddressCannotBeShown}>
      {words.whatYouHaveEnteredIn}
    </Notice>
    <WriteForm action="/integrations/zoho-books/webhook/rotate">
      <button type="submit" class="button">
        {words.makeANewAddress}
      </button>
    </WriteForm>
  </>
)

/** `url` is null when the address was made under another secret and only Zoho knows it. */
export const WebhookPage = ({ url, rotated }: { url: string | null; rotated?: boolean }) => (
  <Layout title={words.webhook} section="/integrations">
    <div class="narrow">
      <p class="crumbs">
        <a href="/integrations">{words.integrations}</a>
      </p>
      <div class="card">
        <div class="card-body stack">
          <h1>{words.fasterUpdatesWithAWebhook}</h1>
          <p>{words.withoutItWeAskZoho}</p>
          {rotated && (
            <Notice tone="good" title={words.thisIsTheNewAddress}>
              {words.theOldOneIsIgnored}
            </Notice>
          )}
          {url === null ? <Unknown /> : <Address url={url} />}
          <ol class="prose">
            <li>{words.inZohoBooksOpenSettings()}</li>
            <li>{words.methodPostTheAddressAbove()}</li>
            <li>{words.underWorkflowRulesAddA()}</li>
          </ol>
          <details>
            <summary>{words.ifTheDefaultPayloadCannot}</summary>
            <p>{words.chooseARawBodyWith()}</p>
            <pre>{invoiceBody}</pre>
            <p>{words.aMessageThatNamesNo}</p>
          </details>
          {url !== null && <Rotate />}
          <p class="muted">{words.weTakeNothingFromThe}</p>
          <p>
            <a href="/integrations">{words.backToIntegrations}</a>
          </p>
        </div>
      </div>
    </div>
  </Layout>
)
