import { Hidden, WriteForm } from '../portal/components/form.tsx'
import { Layout } from '../portal/components/layout.tsx'
import { pausePage as words } from './words.tsx'

/** Asks once more: a paused queue does no client's work. */
export const PausePage = ({ queue, waiting }: { queue: string; waiting: string }) => (
  <Layout title={words.pause(queue)} section="/operator">
    <div class="narrow stack">
      <h1>{words.pauseForAllClients(queue)}</h1>
      <p>{words.noWorkerTakesAJob(waiting)}</p>
      <div class="actions">
        <a class="button button-primary" href="/operator">
          {words.keepItRunning}
        </a>
        <WriteForm action="/operator/queue/pause">
          <Hidden values={{ queue }} />
          <button type="submit" class="button button-danger">
            {words.pauseForAll}
          </button>
        </WriteForm>
      </div>
    </div>
  </Layout>
)
