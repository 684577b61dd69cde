/** Pictures of pages, written again with a palette: a third of the bytes, and nothing that an eye would miss. */
import { crc32, deflateSync, inflateSync } from 'node:zlib'

const SIGNATURE = 8
const MOST_COLOURS = 256

const chunks = (png: Buffer): { readonly type: string; readonly data: Buffer }[] => {
  const found = []
  for (let at = SIGNATURE; at < png.length; ) {
    const length = png.readUInt32BE(at)
    found.push({
      type: png.toString('latin1', at + 4, at + 8),
      data: png.subarray(at + 8, at + 8 + length),
    })
    at += length + 12
  }
  return found
}

const paeth = (left: number, above: number, corner: number): number => {
  const guess = left + above - corner
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)]
  if (a <= b && a <= c) return left
  return b <= c ? above : corner
}

/** Takes the filters of PNG off: plain samples, line after line. */
const unfilter = (raw: Buffer, stride: number, bytesPerPixel: number): Buffer => {
  const lines = raw.length / (stride + 1)
  const plain = Buffer.alloc(lines * stride)
  const guesses = [
    () => 0,
    (left: number) => left,
    (_: number, above: number) => above,
    (left: number, above: number) => (left + above) >> 1,
    paeth,
  ]
  for (let line = 0; line < lines; line += 1) {
    const guess = guesses[raw[line * (stride + 1)] ?? 0] ?? paeth
    const start = line * stride
    for (let x = 0; x < stride; x += 1) {
      const at = start + x
      const left = x < bytesPerPixel ? 0 : (plain[at - bytesPerPixel] ?? 0)
      const above = line === 0 ? 0 : (plain[at - stride] ?? 0)
      const corner = line === 0 || x < bytesPerPixel ? 0 : (plain[at - stride - bytesPerPixel] ?? 0)
      plain[at] = (raw[line * (stride + 1) + 1 + x] ?? 0) + guess(left, above, corner)
    }
  }
  return plain
}

const distance = (a: number, b: number): number =>
  ((a >> 16) - (b >> 16)) ** 2 + (((a >> 8) & 255) - ((b >> 8) & 255)) ** 2 + ((a & 255) - (b & 255)) ** 2

const nearest = (palette: readonly number[], colour: number): number =>
  palette.reduce(
    (best, candidate, index) =>
      distance(candidate, colour) < distance(palette[best] ?? 0, colour) ? index : best,
    0,
  )

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}

/** An 8-bit RGB picture, as Chromium writes them, with the 256 commonest colours; the others become the nearest of them. */
export const smallPng = (png: Buffer): Buffer => {
  const parts = chunks(png)
  const header = parts.find(({ type }) => type === 'IHDR')?.data ?? Buffer.alloc(13)
  const [width, height, depth, colourType] = [
    header.readUInt32BE(0),
    header.readUInt32BE(4),
    header[8],
    header[9],
  ]
  if (depth !== 8 || colourType !== 2) return png
  const packed = Buffer.concat(parts.filter(({ type }) => type === 'IDAT').map(({ data }) => data))
  const samples = unfilter(inflateSync(packed), width * 3, 3)

  const pixels = Array.from({ length: width * height }, (_, n) => samples.readUIntBE(n * 3, 3))
  const counts = new Map<number, number>()
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1)
  const palette = [...counts.keys()]
    .sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0))
    .slice(0, MOST_COLOURS)
  const indexes = new Map([...counts.keys()].map((colour) => [colour, nearest(palette, colour)]))

  const lines = Buffer.alloc((width + 1) * height)
  pixels.forEach((colour, n) => {
    lines[Math.floor(n / width) * (width + 1) + 1 + (n % width)] = indexes.get(colour) ?? 0
  })
  const paletteBytes = Buffer.alloc(palette.length * 3)
  palette.forEach((colour, n) => {
    paletteBytes.writeUIntBE(colour, n * 3, 3)
  })
  const ours = Buffer.from(header)
  ours[9] = 3
  return Buffer.concat([
    png.subarray(0, SIGNATURE),
    chunk('IHDR', ours),
    chunk('PLTE', paletteBytes),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
