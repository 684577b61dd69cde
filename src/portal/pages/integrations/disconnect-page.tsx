import { WriteForm } from '../../components/form.tsx'
import { Layout } from '../../components/layout.tsx'
import { disconnectPage as words } from './words.tsx'

const Consequences = ({ organization }: { organization: string | undefined }) => (
  <div class="prose">
    <p>
      {words.willNoLongerBeRead(
        organization === undefined ? words.yourZohoBooksOrganization : <b>{organization}</b>,
      )}
    </p>
    <p>{words.whatGoesOurAccessAt()}</p>
    <p>{words.whatStaysYourCasesWith()}</p>
  </div>
)

/** The safe step first: it has the focus when the dialog opens. */
const DisconnectForm = ({ cancel }: { cancel: 'link' | 'close' }) => (
  <WriteForm action="/integrations/zoho-books/disconnect" class="actions">
    {cancel === 'close' ? (
      <button type="button" class="button" data-close>
        {words.keepConnected}
      </button>
    ) : (
      <a class="button" href="/integrations">
        {words.keepConnected}
      </a>
    )}
    <button type="submit" class="button button-danger">
      {words.disconnect}
    </button>
  </WriteForm>
)

/** Opened by `portal.js` in place of the page of the same content. */
export const DisconnectDialog = ({ organization }: { organization: string | undefined }) => (
  <dialog id="disconnect-dialog" aria-labelledby="disconnect-title">
    <div class="card-body stack">
      <h2 id="disconnect-title">{words.disconnectZohoBooks}</h2>
      <Consequences organization={organization} />
      <DisconnectForm cancel="close" />
    </div>
  </dialog>
)

export const DisconnectPage = ({ organization }: { organization: string | undefined }) => (
  <Layout title={words.title} section="/integrations">
    <div class="narrow">
      <p class="crumbs">
        <a href="/integrations">{words.integrations}</a>
      </p>
      <div class="card">
        <div class="card-body stack">
          <h1>{words.disconnectZohoBooks}</h1>
          <Consequences organization={organization} />
          <DisconnectForm cancel="link" />
        </div>
      </div>
    </div>
  </Layout>
)
