import { type ErrorCode, errorCatalogue, errorGroups, messageOf } from '../../../errors.ts'
import { DataTable } from '../../components/data-table.tsx'
import { Layout } from '../../components/layout.tsx'
import { cataloguePage as words } from './words.tsx'

/** The catalogue marks code as Markdown does. */
const Marked = ({ text }: { text: string }) => (
  <>
    {text
      .slice(0, 1)
      .toUpperCase()
      .concat(text.slice(1))
      .split('`')
      .map((part, at) =>
        at % 2 === 1 ? <code key={`${at} ${part}`}>{part}</code> : part.replaceAll('_us_', 'us'),
      )}
  </>
)

/** Every error code: what a caller reads, what it means, what happens by itself and what to do. */
export const CataloguePage = () => (
  <Layout title={words.errorCodes} wide>
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>{words.errorCodes}</h1>
          <p>{words.whatEachCodeMeansWhat()}</p>
        </div>
      </div>
      {errorGroups.map(({ title, entries }, at) => (
        <section key={title} class="card" aria-labelledby={`errors-${at}`}>
          <div class="card-title">
            <h2 id={`errors-${at}`}>{title}</h2>
          </div>
          <DataTable
            class="error-codes"
            caption={title}
            rows={Object.keys(entries) as ErrorCode[]}
            rowKey={(code) => code}
            rowAttributes={(code) => ({ id: code })}
            columns={[
              {
                key: 'code',
                title: words.code,
                cell: (code) => (
                  <>
                    <a class="row-link" href={`#${code}`}>
                      <code>{code}</code>
                    </a>
                    <span class="sub">{words.http(errorCatalogue[code].status)}</span>
                  </>
                ),
              },
              {
                key: 'message',
                title: words.whatACallerReads,
                label: words.aCallerReadsLabel,
                class: 'wide',
                cell: (code: ErrorCode) => messageOf(code),
              },
              {
                key: 'meaning',
                title: words.meaning,
                label: words.meaningLabel,
                class: 'wide',
                cell: (code) => <Marked text={errorCatalogue[code].meaning} />,
              },
              {
                key: 'byItself',
                title: words.whatHappensByItself,
                label: words.byItselfLabel,
                class: 'wide',
                cell: (code) => <Marked text={errorCatalogue[code].byItself} />,
              },
              {
                key: 'toDo',
                title: words.whatToDo,
                label: words.toDoLabel,
                class: 'wide',
                cell: (code) => <Marked text={errorCatalogue[code].toDo} />,
              },
            ]}
          />
        </section>
      ))}
    </div>
  </Layout>
)
