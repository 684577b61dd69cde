import { balanceOf, type Invoice } from './invoice.ts'
import { moneyText } from './money.ts'
import type { Organization } from './world.ts'

/** Text of a PDF string: one byte per character, brackets and backslashes escaped; what Latin-1 lacks becomes `?`. */
const pdfText = (text: string): string =>
  [...text]
    .map((character) => (character.charCodeAt(0) > 255 || character < ' ' ? '?' : character))
    .join('')
    .replace(/[\\()]/g, '\\$&')

/** A real PDF of one page with these lines, some 900 bytes; the same lines give the same bytes. */
function writePdf(lines: readonly string[]): Buffer {
  const text = lines.map((line) => `(${pdfText(line)}) Tj T*`).join('\n')
  const content = `BT /F1 12 Tf 16 TL 72 770 Td\n${text}\nET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ]
  let file = '%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n'
  const offsets = objects.map((object, at) => {
    const offset = file.length
    file += `${at + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const size = objects.length + 1
  const start = file.length
  file += `xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.from(file, 'latin1')
}

/** The invoice as a document (contract 17.1). It shows the balance, so it changes with a payment. */
export function invoicePdf(organization: Organization, invoice: Invoice): Buffer {
  const { customer } = invoice
  const { code, digits } = customer.currency
  return writePdf([
    organization.name,
    `Invoice ${invoice.number}`,
    `To: ${customer.name}`,
    `Date: ${invoice.date}  Due: ${invoice.dueDate}`,
    `Total: ${code} ${moneyText(invoice.total, digits)}`,
    `Balance due: ${code} ${moneyText(balanceOf(invoice), digits)}`,
  ])
}
