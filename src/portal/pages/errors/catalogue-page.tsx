import { type ErrorCode, errorCatalogue, errorGroups, messageOf } from '../../../errors.ts'
import { DataTable } from '../../components/data-table.tsx'
import { Layout } from '../../components/layout.tsx'

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
  <Layout title="Error codes" wide>
    <div class="stack">
      <div class="page-head">
        <div>
          <h1>Error codes</h1>
          <p>
            What each code means, what the system does by itself, and what to do. Every error of the API
            carries one as <code>code</code>.
          </p>
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
                title: 'Code',
                cell: (code) => (
                  <>
                    <a class="row-link" href={`#${code}`}>
                      <code>{code}</code>
                    </a>
                    <span class="sub">HTTP {errorCatalogue[code].status}</span>
                  </>
                ),
              },
              {
                key: 'message',
                title: 'What a caller reads',
                label: 'A caller reads:',
                class: 'wide',
                cell: (code: ErrorCode) => messageOf(code),
              },
              {
                key: 'meaning',
                title: 'Meaning',
                label: 'Meaning:',
                class: 'wide',
                cell: (code) => <Marked text={errorCatalogue[code].meaning} />,
              },
              {
                key: 'byItself',
                title: 'What happens by itself',
                label: 'By itself:',
                class: 'wide',
                cell: (code) => <Marked text={errorCatalogue[code].byItself} />,
              },
              {
                key: 'toDo',
                title: 'What to do',
                label: 'To do:',
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
