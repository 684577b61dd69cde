import { Layout } from '../../components/layout.tsx'
import { Notice } from '../../components/notice.tsx'
import { consentPages as words } from './words.tsx'

/** Inside a host portal's frame: the way to Zoho's consent page, which fills the window. */
export const LeaveFramePage = ({ href }: { href: string }) => (
  <Layout title={words.continueAtZoho} section="/integrations">
    <div class="narrow">
      <div class="card">
        <div class="card-body stack">
          <h1>{words.continueAtZoho}</h1>
          <p class="prose">{words.zohoAsksForYourPermission}</p>
          <div class="actions">
            <a class="button button-primary" href={href} target="_top" data-top>
              {words.continueToZoho}
            </a>
            <a class="button" href="/integrations">
              {words.cancel}
            </a>
          </div>
        </div>
      </div>
    </div>
  </Layout>
)

/** The end of a consent that began in a frame, when nobody has told which page that frame was on. */
export const ConsentDonePage = ({ problem }: { problem: string | undefined }) => (
  <Layout title={words.zohoBooks}>
    <div class="narrow stack">
      <h1>{words.zohoBooks}</h1>
      {problem === undefined ? (
        <Notice tone="good" title={words.zohoBooksIsConnected}>
          {words.youCanCloseThisPage}
        </Notice>
      ) : (
        <Notice tone="bad" title={problem}>
          {words.goBackToThePortal}
        </Notice>
      )}
    </div>
  </Layout>
)
