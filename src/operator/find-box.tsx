import { findBox as words } from './words.tsx'
/** One box for whatever an operator was told on the phone. */
export const FindBox = ({ value = '' }: { value?: string }) => (
  <form class="filters filters-find" method="get" action="/operator/find">
    <div class="field">
      <label for="f-find">{words.caseReferenceInvoiceNumberClient}</label>
      <input id="f-find" type="search" name="q" value={value} maxLength={200} autoComplete="off" />
    </div>
    <button type="submit" class="button">
      {words.find}
    </button>
  </form>
)
