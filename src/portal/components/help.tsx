import { help as words } from './words.tsx'
/** Help texts: the edge cases of the help article, in the words of this portal. */
export const ConnectionHelp = () => (
  <section class="card" aria-labelledby="help">
    <div class="card-title">
      <h2 id="help">{words.goodToKnow}</h2>
    </div>
    <div class="card-body">
      <details>
        <summary>{words.iHaveSeveralZohoBooks}</summary>
        <div class="prose">
          <p>{words.weConnectToTheFirst()}</p>
        </div>
      </details>
      <details>
        <summary>{words.anInvoiceIsMissing}</summary>
        <div class="prose">
          <p>{words.onlyInvoicesWithAnOpen()}</p>
        </div>
      </details>
      <details>
        <summary>{words.zohoAsksMeToSign}</summary>
        <div class="prose">
          <p>{words.accessToZohoIsRenewed()}</p>
        </div>
      </details>
      <details>
        <summary>{words.iHaveManyInvoices}</summary>
        <div class="prose">
          <p>{words.largeVolumesTakeLongerTo}</p>
        </div>
      </details>
    </div>
  </section>
)
