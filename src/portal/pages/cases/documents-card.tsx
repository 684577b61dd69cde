import { WriteForm } from '../../components/form.tsx'
import { useFormat } from '../../components/page-context.ts'
import { Pill, type Tone } from '../../components/state-pill.tsx'
import { Moment } from '../../components/values.tsx'
import { documentsCard as words } from './words.tsx'

export type EvidenceName = 'file' | 'description'

/** What a case needs in writing, and what of it there is. */
export interface EvidenceView {
  readonly required: readonly EvidenceName[]
  readonly present: readonly EvidenceName[]
  readonly onItsWay: readonly EvidenceName[]
  readonly complete: boolean
}

export interface DocumentView {
  readonly id: string
  readonly kind: 'invoice' | 'upload'
  readonly state: 'pending' | 'stored' | 'failed'
  readonly fileName: string
  readonly sizeBytes: number | null
  readonly addedBy: string
  readonly storedAt: Date | null
  /** Why it is not there, or not yet. */
  readonly problem: string | null
}

export interface DocumentsView {
  readonly caseId: string
  readonly evidence: EvidenceView
  readonly documents: readonly DocumentView[]
  /** While the case is new, documents come and go. */
  readonly isNew: boolean
}

const stateOf = ({ complete, onItsWay, required, present }: EvidenceView): readonly [Tone, string] => {
  if (complete) return ['good', required.length === 0 ? words.nothingNeeded : words.complete]
  const onlyWaits = required.every((one) => present.includes(one) || onItsWay.includes(one))
  return onlyWaits ? ['busy', words.copyOnItsWay] : ['warn', words.evidenceMissing]
}

/** The same, small, below a pill. */
export const EvidenceWord = ({ evidence }: { evidence: EvidenceView }) => {
  const [tone, text] = stateOf(evidence)
  return <span class={tone === 'warn' ? 'word-warn' : undefined}>{text}</span>
}

/** In a word whether a collector could start at once. */
export const EvidencePill = ({ evidence }: { evidence: EvidenceView }) => {
  const [tone, text] = stateOf(evidence)
  return <Pill tone={tone}>{text}</Pill>
}

const needs: Record<EvidenceName, { needed: string; present: string; onItsWay: string; missing: string }> = {
  file: {
    needed: words.aFile,
    present: 'attached',
    onItsWay: words.aCopyOfTheInvoice,
    missing: words.missingAddACopyOf,
  },
  description: {
    needed: words.aDescription,
    present: 'given',
    onItsWay: words.onItsWay,
    missing: words.missingTheReferenceOfThe,
  },
}

const Needed = ({ evidence: { required, present, onItsWay } }: { evidence: EvidenceView }) =>
  required.length === 0 ? (
    <p class="muted">{words.aClaimOfThisAmount}</p>
  ) : (
    <div>
      <p>{words.toStartACollectorNeeds}</p>
      <ul class="plain">
        {required.map((one) => {
          const words = needs[one]
          const state = present.includes(one) ? 'present' : onItsWay.includes(one) ? 'onItsWay' : 'missing'
          return (
            <li key={one}>
              <strong>{words.needed}</strong>: {words[state]}.
            </li>
          )
        })}
      </ul>
    </div>
  )

const Size = ({ bytes }: { bytes: number }) => {
  const { count } = useFormat()
  return (
    <>
      {bytes < 1_000_000
        ? `${count(Math.ceil(bytes / 1_000))} kB`
        : `${count(Math.round(bytes / 1_000_000))} MB`}
    </>
  )
}

const Document = ({ view, document }: { view: DocumentsView; document: DocumentView }) => {
  const { id, kind, state, fileName, sizeBytes, addedBy, storedAt, problem } = document
  const path = `cases/${encodeURIComponent(view.caseId)}/documents/${encodeURIComponent(id)}`
  return (
    <li>
      <div>
        {state === 'stored' ? (
          <a href={`/api/${path}`} download={fileName}>
            <bdi>{fileName}</bdi>
          </a>
        ) : (
          <bdi>{fileName}</bdi>
        )}
        <span class="document-sub">
          {kind === 'invoice' ? words.theInvoiceAsItWas : words.addedBy(addedBy)}
          {sizeBytes !== null && (
            <>
              , <Size bytes={sizeBytes} />
            </>
          )}
          {storedAt !== null && (
            <>
              , <Moment at={storedAt} />
            </>
          )}
        </span>
        {state === 'pending' && (
          <span class="document-sub">
            {words.onItsWayLabel}
            {problem !== null && words.notThereYetLabel(problem)}
          </span>
        )}
        {state === 'failed' && <span class="document-sub">{words.itDidNotComeLabel(problem)}</span>}
      </div>
      {state === 'failed' && (
        <WriteForm action={`/${path}/fetch`} class="no-print">
          <button type="submit" class="button button-small">
            {words.fetchItAgain}
          </button>
        </WriteForm>
      )}
      {kind === 'upload' && view.isNew && (
        <WriteForm action={`/${path}/delete`} class="no-print">
          <button type="submit" class="button button-quiet button-small">
            {words.delete(fileName)}
          </button>
        </WriteForm>
      )}
    </li>
  )
}

const Add = ({ caseId }: { caseId: string }) => {
  const path = `/cases/${encodeURIComponent(caseId)}`
  return (
    <WriteForm
      action={`${path}/documents`}
      enctype="multipart/form-data"
      class="stack-s no-print"
      data={{ 'data-upload': `/api${path}/documents`, 'data-back': path }}
    >
      <div class="field">
        <label for="document-file">{words.addADocument}</label>
        <input
          id="document-file"
          type="file"
          name="file"
          accept=".pdf,.jpg,.jpeg,.png"
          required
          aria-describedby="document-hint"
        />
        <p class="hint" id="document-hint">
          {words.pdfJpgOrPng25}
        </p>
      </div>
      <progress max={100} value={0} aria-label={words.howMuchOfTheFile} hidden />
      <p class="field-error" role="alert" data-upload-problem hidden />
      <div class="actions">
        <button type="submit" class="button" data-busy-text={words.sending}>
          {words.addDocument}
        </button>
      </div>
    </WriteForm>
  )
}

export const DocumentsCard = ({ view }: { view: DocumentsView }) => (
  <section class="card" aria-labelledby="documents">
    <div class="card-title">
      <h2 id="documents">{words.documents}</h2>
      <EvidencePill evidence={view.evidence} />
    </div>
    <div class="card-body stack">
      <Needed evidence={view.evidence} />
      {view.documents.length > 0 && (
        <ul class="plain documents">
          {view.documents.map((document) => (
            <Document key={document.id} view={view} document={document} />
          ))}
        </ul>
      )}
      {view.isNew && <Add caseId={view.caseId} />}
    </div>
  </section>
)
