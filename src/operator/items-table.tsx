import type { ItemLine } from '../../db/operator/work-history.repo.ts'
import { DataTable } from '../portal/components/data-table.tsx'
import { OutcomePill } from '../portal/components/state-pill.tsx'
import { Nothing, RelativeTime } from '../portal/components/values.tsx'
import { CommandLink } from './commands-table.tsx'
import { itemsTable as words } from './words.tsx'

export const invoicePath = ({
  organizationId,
  zohoInvoiceId,
}: {
  organizationId: string
  zohoInvoiceId: string
}) => `/operator/invoices/${encodeURIComponent(organizationId)}/${encodeURIComponent(zohoInvoiceId)}`

/** Codes of findings and errors; what an error means stands behind its link. */
export const Codes = ({ codes }: { codes: readonly string[] }) =>
  codes.length === 0 ? (
    <Nothing text={words.none} />
  ) : (
    <span>
      {codes.map((code, at) => (
        <span key={code}>
          {at > 0 && ', '}
          <code>{code}</code>
        </span>
      ))}
    </span>
  )

/** Items of commands: `by` says what tells them apart. */
export const ItemsTable = ({
  rows,
  by,
  caption,
}: {
  rows: readonly ItemLine[]
  by: 'invoice' | 'command'
  caption: string
}) => (
  <DataTable
    caption={caption}
    rows={rows}
    rowKey={(row) => `${row.commandId} ${row.ordinal}`}
    columns={[
      by === 'invoice'
        ? {
            key: 'invoice',
            title: words.invoiceInZoho,
            cell: (row) => (
              <a class="row-link" href={invoicePath(row)}>
                {row.zohoInvoiceId}
              </a>
            ),
          }
        : {
            key: 'command',
            title: words.command,
            cell: (row) => (
              <>
                <CommandLink id={row.commandId} />
                <span class="sub">{row.clientId}</span>
              </>
            ),
          },
      {
        key: 'outcome',
        title: words.outcome,
        cell: (row) => <OutcomePill outcome={row.outcome ?? 'waiting'} />,
      },
      { key: 'why', title: words.why, class: 'wide', cell: (row) => <Codes codes={row.codes} /> },
      {
        key: 'case',
        title: words.case,
        label: words.caseLabel,
        cell: (row) => row.caseReference ?? <Nothing text={words.none} />,
      },
      {
        key: 'at',
        title: words.decided,
        label: words.decidedLabel,
        cell: (row) => <RelativeTime at={row.decidedAt} />,
      },
    ]}
  />
)
