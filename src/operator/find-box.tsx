/** One box for whatever an operator was told on the phone. */
export const FindBox = ({ value = '' }: { value?: string }) => (
  <form class="filters filters-find" method="get" action="/operator/find">
    <div class="field">
      <label for="f-find">Case reference, invoice number, client, or an id</label>
      <input id="f-find" type="search" name="q" value={value} maxLength={200} autoComplete="off" />
    </div>
    <button type="submit" class="button">
      Find
    </button>
  </form>
)
