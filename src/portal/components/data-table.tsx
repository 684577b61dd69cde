import type { ComponentChildren } from 'preact'

export interface Column<Row> {
  readonly key: string
  readonly title: ComponentChildren
  readonly cell: (row: Row) => ComponentChildren
  readonly class?: string
  /** Shown before the value where the table becomes cards. */
  readonly label?: string
  readonly sorted?: 'ascending' | 'descending' | undefined
}

/**
 * A table that becomes a list of cards on a narrow screen, by style alone: browsers keep a table's meaning for
 * screen readers when its `display` changes (Chromium since 80, Safari since 17).
 */
export const DataTable = <Row,>({
  caption,
  columns,
  rows,
  rowKey,
  rowAttributes,
  class: name,
}: {
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string
  rowAttributes?: (row: Row) => Record<string, string | undefined>
  class?: string
}) => (
  <div class="table-wrap">
    <table class={name === undefined ? 'table-cards' : `table-cards ${name}`}>
      <caption class="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.key} scope="col" class={column.class} aria-sort={column.sorted}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)} {...rowAttributes?.(row)}>
            {columns.map((column) => (
              <td key={column.key} class={column.class} data-label={column.label}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)
