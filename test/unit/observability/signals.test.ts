import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { z } from 'zod'
import { createMetrics } from '../../../src/observability/metrics.ts'

const metrics = createMetrics()
const known = new Map(
  metrics.registry.getMetricsAsArray().map((metric) => {
    const { name, labelNames = [] } = metric as unknown as { name: string; labelNames?: readonly string[] }
    return [name, new Set(labelNames)] as const
  }),
)
/** Labels that Prometheus adds. */
const added = new Set(['instance', 'le'])

const dashboard = z.object({
  panels: z.array(
    z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).default([]) }),
  ),
})
const rules = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          labels: z.object({ severity: z.enum(['page', 'ticket']) }),
          annotations: z.object({ summary: z.string(), guide: z.string() }),
        }),
      ),
    }),
  ),
})

const readDashboard = async () =>
  dashboard.parse(JSON.parse(await readFile('docs/grafana/zoho-books-collector.json', 'utf8')))
const readRules = async () =>
  rules
    .parse(parse(await readFile('docs/alerts/zoho-books-collector.yml', 'utf8')))
    .groups.flatMap((group) => group.rules)
const expressions = async () => [
  ...(await readDashboard()).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ...(await readRules()).map(({ expr }) => expr),
]

const words = new Set(
  'sum max min rate increase changes absent histogram_quantile by on group_left or and unless without'.split(
    ' ',
  ),
)
const base = (name: string) => (known.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''))

/** Names of metrics in an expression: identifiers that are neither words of the language nor within braces or lists. */
const metricsIn = (expr: string): string[] =>
  [
    ...expr
      .replace(/\{[^}]*\}|\[[^\]]*\]/g, '')
      .replace(/\b(by|on|group_left|without)\s*\([^)]*\)/g, '')
      .matchAll(/[a-z_][a-z0-9_]*/g),
  ]
    .map(([name]) => name)
    .filter((name) => !words.has(name))

const labelsIn = (expr: string): string[] => [
  ...[...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, inner = '']) =>
    [...inner.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
  ),
  ...[...expr.matchAll(/\bby\s*\(([^)]*)\)/g)].flatMap(([, inner = '']) =>
    inner
      .split(',')
      .map((label) => label.trim())
      .filter(Boolean),
  ),
]

it('the dashboard and the alerts name only metrics that exist', async () => {
  const unknown = (await expressions()).flatMap(metricsIn).filter((name) => !known.has(base(name)))
  expect(unknown).toEqual([])
})

it('they filter and group only by labels that the metric has', async () => {
  const wrong = (await expressions()).flatMap((expr) => {
    const labels = new Set(metricsIn(expr).flatMap((name) => [...(known.get(base(name)) ?? [])]))
    return labelsIn(expr)
      .filter((label) => !labels.has(label) && !added.has(label))
      .map((label) => `${label} in ${expr}`)
  })
  expect(wrong).toEqual([])
})

it('the dashboard shows every metric of ours', async () => {
  const shown = new Set(
    (await readDashboard()).panels
      .flatMap(({ targets }) => targets.map(({ expr }) => expr))
      .flatMap(metricsIn)
      .map(base),
  )
  const ours = [...known.keys()].filter((name) => !/^(nodejs|process)_/.test(name))
  expect(ours.filter((name) => !shown.has(name))).toEqual([])
})

it('docs/observability.md names every metric of ours', async () => {
  const text = await readFile('docs/observability.md', 'utf8')
  const ours = [...known.keys()].filter((name) => !/^(nodejs|process)_/.test(name))
  const written = (name: string) =>
    text.includes(`\`${name}`) || (text.includes('`zoho_budget_*`') && name.startsWith('zoho_budget_'))
  expect(ours.filter((name) => !written(name))).toEqual([])
})

it('every alert points to a section that exists', async () => {
  for (const { alert, annotations } of await readRules()) {
    const [file = '', anchor = ''] = annotations.guide.split('#')
    const headings = [...(await readFile(file, 'utf8')).matchAll(/^#{2,3} (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^a-z0-9_ -]/g, '')
        .replaceAll(' ', '-'),
    )
    if (anchor.startsWith('{{')) continue
    expect([alert, headings]).toEqual([alert, expect.arrayContaining([anchor])])
  }
})

it('no metric has a label that could hold an id or a path', () => {
  const labels = new Set([...known.values()].flatMap((names) => [...names]))
  for (const label of labels) expect(label).not.toMatch(/id$|url|path|client|organization|name/i)
})
