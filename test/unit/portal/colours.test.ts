import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { assetsDirectory } from '../../../src/portal/pages/assets.ts'

const css = readFileSync(join(assetsDirectory, 'tokens.css'), 'utf8')
const [light = '', dark = ''] = css.split('prefers-color-scheme: dark')

const coloursOf = (text: string) =>
  new Map([...text.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name = '', value = '']) => [name, value]))

const luminance = (hex: string) => {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

const contrast = (one: string, other: string) => {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (high + 0.05) / (low + 0.05)
}

const surfaces = ['paper', 'surface', 'sunken']
const text = [
  ...['ink', 'muted', 'accent', 'accent-strong'].flatMap((ink) => surfaces.map((on) => [ink, on] as const)),
  ...['accent', 'good', 'warn', 'bad'].map((ink) => [ink, `${ink}-soft`] as const),
  ...['good-soft', 'warn-soft', 'bad-soft', 'accent-soft'].flatMap((on) => [
    ['ink', on] as const,
    ['muted', on] as const,
  ]),
  ['on-accent', 'accent'] as const,
  ['on-accent', 'accent-strong'] as const,
  ['on-bad', 'bad-strong'] as const,
  ['on-bad', 'bad'] as const,
]

describe.each([
  ['light', coloursOf(light)],
  ['dark', new Map([...coloursOf(light), ...coloursOf(dark)])],
])('colours, %s', (_, colours) => {
  const of = (name: string) => {
    const value = colours.get(name)
    if (value === undefined) throw new Error(`no colour ${name}`)
    return value
  }

  it.each(text)('text in %s on %s has a contrast of 4.5 or more', (ink, on) => {
    expect(contrast(of(ink), of(on))).toBeGreaterThanOrEqual(4.5)
  })

  it.each(surfaces)('the border of a control on %s has a contrast of 3 or more', (on) => {
    expect(contrast(of('control'), of(on))).toBeGreaterThanOrEqual(3)
  })
})
