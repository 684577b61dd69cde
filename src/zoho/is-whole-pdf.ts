/** How far from the end of a file its end mark may stand: Acrobat's own tolerance. */
export const tailBytes = 1024

/** Whether the last bytes of a PDF have the mark that one cut off lacks. */
export const endsAsPdf = (tail: Buffer): boolean => tail.subarray(-tailBytes).includes('%%EOF')

/** Whether bytes begin as a PDF does, with nothing in front, and end as one. What lies in between is for whoever opens it. */
export const isWholePdf = (bytes: Buffer): boolean =>
  bytes.subarray(0, 5).toString('latin1') === '%PDF-' && endsAsPdf(bytes)
