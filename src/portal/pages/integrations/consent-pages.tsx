import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'

/** Inside a host portal's frame: the way to Zoho's consent page, which fills the window. */
export const LeaveFramePage = ({ href }: { href: string }) => (
  <Layout title="Continue at Zoho" section="/integrations">
    <div class="narrow">
      <div class="card">
        <div class="card-body stack">
          <h1>Continue at Zoho</h1>
          <p class="prose">
            Zoho asks for your permission on a page of its own, in the whole window. You come back here when
            you have accepted or rejected. Please continue within ten minutes.
          </p>
          <div class="actions">
            <a class="button button-primary" href={href} target="_top" data-top>
              Continue to Zoho
            </a>
            <a class="button" href="/integrations">
              Cancel
            </a>
          </div>
        </div>
      </div>
    </div>
  </Layout>
)

/** The end of a consent that began in a frame, when nobody has told which page that frame was on. */
export const ConsentDonePage = ({ problem }: { problem: string | undefined }) => (
  <Layout title="Zoho Books">
    <div class="narrow stack">
      <h1>Zoho Books</h1>
      {problem === undefined ? (
        <Notice tone="good" title="Zoho Books is connected.">
          You can close this page and go back to the portal from which you came.
        </Notice>
      ) : (
        <Notice tone="bad" title={problem}>
          Go back to the portal from which you came, and try again there.
        </Notice>
      )}
    </div>
  </Layout>
)
