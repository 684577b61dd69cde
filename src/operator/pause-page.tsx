import { Hidden, WriteForm } from '../portal/components/form.tsx'
import { Layout } from '../portal/components/layout.tsx'

/** Asks once more: a paused queue does no client's work. */
export const PausePage = ({ queue, waiting }: { queue: string; waiting: string }) => (
  <Layout title={`Pause ${queue}`} section="/operator">
    <div class="narrow stack">
      <h1>Pause {queue} for all clients?</h1>
      <p>
        No worker takes a job of this queue until somebody presses Resume. {waiting} Nothing is lost: rows
        stay due, and the audit trail and the Operations page say who paused it.
      </p>
      <div class="actions">
        <a class="button button-primary" href="/operator">
          Keep it running
        </a>
        <WriteForm action="/operator/queue/pause">
          <Hidden values={{ queue }} />
          <button type="submit" class="button button-danger">
            Pause for all
          </button>
        </WriteForm>
      </div>
    </div>
  </Layout>
)
