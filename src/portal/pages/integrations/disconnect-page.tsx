import { WriteForm } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'

const Consequences = ({ organization }: { organization: string | undefined }) => (
  <div class="prose">
    <p>
      {organization === undefined ? 'Your Zoho Books organization' : <b>{organization}</b>} will no longer be
      read.
    </p>
    <p>
      <b>What goes:</b> our access at Zoho is revoked, the stored permission is deleted, and the imported
      invoices disappear from Bulk Import.
    </p>
    <p>
      <b>What stays:</b> your cases, with everything they were created from, and the record of who did what.
      You can connect again at any time; invoices that are already cases are recognised.
    </p>
  </div>
)

/** The safe step first: it has the focus when the dialog opens. */
const DisconnectForm = ({ cancel }: { cancel: 'link' | 'close' }) => (
  <WriteForm action="/integrations/zoho-books/disconnect" class="actions">
    {cancel === 'close' ? (
      <button type="button" class="button" data-close>
        Keep connected
      </button>
    ) : (
      <a class="button" href="/integrations">
        Keep connected
      </a>
    )}
    <button type="submit" class="button button-danger">
      Disconnect
    </button>
  </WriteForm>
)

/** Opened by `portal.js` in place of the page of the same content. */
export const DisconnectDialog = ({ organization }: { organization: string | undefined }) => (
  <dialog id="disconnect-dialog" aria-labelledby="disconnect-title">
    <div class="card-body stack">
      <h2 id="disconnect-title">Disconnect Zoho Books?</h2>
      <Consequences organization={organization} />
      <DisconnectForm cancel="close" />
    </div>
  </dialog>
)

export const DisconnectPage = ({ organization }: { organization: string | undefined }) => (
  <Layout title="Disconnect Zoho Books" section="/integrations">
    <div class="narrow">
      <p class="crumbs">
        <a href="/integrations">Integrations</a>
      </p>
      <div class="card">
        <div class="card-body stack">
          <h1>Disconnect Zoho Books?</h1>
          <Consequences organization={organization} />
          <DisconnectForm cancel="link" />
        </div>
      </div>
    </div>
  </Layout>
)
