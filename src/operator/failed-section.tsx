import { onlyClientFixes } from '../errors.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { Hidden, WriteForm } from '../portal/components/form.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { RelativeTime } from '../portal/components/values.tsx'
import { ConnectionLink } from './connection-link.tsx'
import { ErrorHelp } from './error-help.tsx'
import type { FailedGroup } from './queue-inspection.ts'

const Buttons = ({ group }: { group: FailedGroup }) => {
  const what = { queue: group.queue, kind: group.kind, code: group.code }
  return (
    <div class="actions">
      {group.open > 0 && onlyClientFixes(group.code) && (
        <p class="small muted">Only the client can help. It goes on by itself after that.</p>
      )}
      {group.open > 0 && !onlyClientFixes(group.code) && (
        <WriteForm action="/operator/failed/retry">
          <Hidden values={what} />
          <button type="submit" class="button button-small button-primary">
            Retry all of this kind
          </button>
        </WriteForm>
      )}
      {group.recovered > 0 && (
        <WriteForm action="/operator/failed/clear">
          <Hidden values={what} />
          <button type="submit" class="button button-small">
            Clear recovered
          </button>
        </WriteForm>
      )}
    </div>
  )
}

const Whose = ({ group }: { group: FailedGroup }) => (
  <>
    {group.connections.map((connection) => (
      <span class="sub" key={connection.id}>
        <ConnectionLink {...connection} />
      </span>
    ))}
    {group.open > group.connections.length && group.connections.length > 0 && (
      <span class="sub">
        <a href={`/operator/connections?code=${group.code}`}>All with this problem</a>
      </span>
    )}
  </>
)

/** Failed jobs by kind and error code. `groups` undefined: the queue does not answer. */
export const FailedSection = ({ groups }: { groups: readonly FailedGroup[] | undefined }) => {
  const format = useFormat()
  return (
    <section class="card" aria-labelledby="failed">
      <div class="card-title">
        <h2 id="failed">Failing jobs</h2>
        <p class="small muted">Work that the queue has given up. A retry makes its row due first.</p>
      </div>
      {groups === undefined ? (
        <EmptyState icon="lost" title="The queue does not answer">
          Failed jobs cannot be read now. Commands are kept in the database and carried out when the queue is
          back.
        </EmptyState>
      ) : groups.length === 0 ? (
        <EmptyState icon="done" title="Nothing is failing">
          No job has been given up. What has to wait is under “Connections in trouble”.
        </EmptyState>
      ) : (
        <DataTable
          caption="Failed jobs by kind and error code"
          rows={groups}
          rowKey={(group) => `${group.queue} ${group.kind} ${group.code}`}
          columns={[
            { key: 'code', title: 'Error', class: 'wide', cell: (group) => <ErrorHelp code={group.code} /> },
            {
              key: 'kind',
              title: 'Job',
              label: 'Job:',
              cell: (group) => (
                <>
                  <code>{group.kind}</code>
                  <span class="sub">
                    <a href={`/operator/queues/queue/${group.queue}?status=failed`}>{group.queue}</a>
                  </span>
                </>
              ),
            },
            {
              key: 'open',
              title: 'Still failing',
              label: 'Still failing:',
              class: 'num',
              cell: (group) => (
                <>
                  <strong>{format.count(group.open)}</strong>
                  {group.recovered > 0 && (
                    <span class="sub">{format.count(group.recovered)} recovered since</span>
                  )}
                </>
              ),
            },
            { key: 'whose', title: 'Whose', class: 'wide', cell: (group) => <Whose group={group} /> },
            {
              key: 'newest',
              title: 'Newest',
              label: 'Newest:',
              cell: (group) => <RelativeTime at={group.newest} />,
            },
            {
              key: 'actions',
              title: 'What to do',
              class: 'wide',
              cell: (group) => <Buttons group={group} />,
            },
          ]}
        />
      )}
    </section>
  )
}
