import { onlyClientFixes } from '../errors.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { EmptyState } from '../portal/components/empty-state.tsx'
import { Hidden, WriteForm } from '../portal/components/form.tsx'
import { useFormat } from '../portal/components/page-context.ts'
import { RelativeTime } from '../portal/components/values.tsx'
import { ConnectionLink } from './connection-link.tsx'
import { ErrorHelp } from './error-help.tsx'
import type { FailedGroup } from './queue-inspection.ts'
import { failedSection as words } from './words.tsx'

const Buttons = ({ group }: { group: FailedGroup }) => {
  const what = { queue: group.queue, kind: group.kind, code: group.code }
  return (
    <div class="actions">
      {group.open > 0 && onlyClientFixes(group.code) && (
        <p class="small muted">{words.onlyTheClientCanHelp}</p>
      )}
      {group.open > 0 && !onlyClientFixes(group.code) && (
        <WriteForm action="/operator/failed/retry">
          <Hidden values={what} />
          <button type="submit" class="button button-small button-primary">
            {words.retryAllOfThisKind}
          </button>
        </WriteForm>
      )}
      {group.recovered > 0 && (
        <WriteForm action="/operator/failed/clear">
          <Hidden values={what} />
          <button type="submit" class="button button-small">
            {words.clearRecovered}
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
        <a href={`/operator/connections?code=${group.code}`}>{words.allWithThisProblem}</a>
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
        <h2 id="failed">{words.failingJobs}</h2>
        <p class="small muted">{words.workThatTheQueueHas}</p>
      </div>
      {groups === undefined ? (
        <EmptyState icon="lost" title={words.theQueueDoesNotAnswer}>
          {words.failedJobsCannotBeRead}
        </EmptyState>
      ) : groups.length === 0 ? (
        <EmptyState icon="done" title={words.nothingIsFailing}>
          {words.noJobHasBeenGiven}
        </EmptyState>
      ) : (
        <DataTable
          caption={words.failedJobsByKindAnd}
          rows={groups}
          rowKey={(group) => `${group.queue} ${group.kind} ${group.code}`}
          columns={[
            {
              key: 'code',
              title: words.error,
              class: 'wide',
              cell: (group) => <ErrorHelp code={group.code} />,
            },
            {
              key: 'kind',
              title: words.job,
              label: words.jobLabel,
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
              title: words.stillFailing,
              label: words.stillFailingLabel,
              class: 'num',
              cell: (group) => (
                <>
                  <strong>{format.count(group.open)}</strong>
                  {group.recovered > 0 && (
                    <span class="sub">{words.recoveredSince(format.count(group.recovered))}</span>
                  )}
                </>
              ),
            },
            { key: 'whose', title: words.whose, class: 'wide', cell: (group) => <Whose group={group} /> },
            {
              key: 'newest',
              title: words.newest,
              label: words.newestLabel,
              cell: (group) => <RelativeTime at={group.newest} />,
            },
            {
              key: 'actions',
              title: words.whatToDo,
              class: 'wide',
              cell: (group) => <Buttons group={group} />,
            },
          ]}
        />
      )}
    </section>
  )
}
