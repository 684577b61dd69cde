import { execFileSync } from 'node:child_process'
import { type ListedMutant, listMutants } from './mutants/list.ts'
import { pureGroups, runPure } from './mutants/pure.ts'
import { type Result, runMutants } from './mutants/run-mutants.ts'
import { defineScript, runScript, UsageError } from './support/script.ts'

const help = `Changes one place of the core at a time, in a copy, and sees whether the tests notice.

  npm run mutants -- [--area <name>] [--changed [--since <commit>]] [--match <text>] [--list]
  npm run mutants -- --pure <group>

  --area     only this area (a file of test/mutants)
  --changed  only mutants whose file, list or tests differ from main, or from the commit before when this is main
  --since    the commit to compare with
  --match    only mutants whose name has this text
  --list     prints the names and runs nothing
  --pure     StrykerJS over what is pure: a group (${Object.keys(pureGroups).join(', ')}) or all

Exit 1: a mutant survives that is not argued in its list, cannot run, or does not fit the code (docs/testing.md).`

const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()

const changedFiles = (since: string | undefined): ReadonlySet<string> => {
  const head = git('rev-parse', 'HEAD')
  const base = since ?? git('merge-base', 'HEAD', 'main')
  const names = git('diff', '--name-only', base === head ? `${head}~1` : base)
  const unknown = git('ls-files', '--others', '--exclude-standard')
  return new Set([...names.split('\n'), ...unknown.split('\n')])
}

const listFile = (area: string) => `test/mutants/${area}.ts`

const table = (results: readonly Result[]): string => {
  const areas = [...new Set(results.map(({ mutant }) => mutant.area))]
  const line = (name: string, of: readonly Result[]) => {
    const survived = of.filter(({ verdict }) => verdict === 'survived').length
    const argued = of.filter(({ verdict }) => verdict === 'argued').length
    const broken = of.filter(({ verdict }) => verdict === 'broken').length
    const killed = of.length - survived - argued - broken
    const share = ((killed / of.length) * 100).toFixed(1)
    return `${name.padEnd(16)} ${`${killed}/${of.length}`.padStart(8)} killed ${share.padStart(6)} %  ${survived} survived, ${argued} argued${broken > 0 ? `, ${broken} broken` : ''}`
  }
  return [
    ...areas.map((area) =>
      line(
        area,
        results.filter(({ mutant }) => mutant.area === area),
      ),
    ),
    line('all', results),
  ].join('\n')
}

/** What StrykerJS must reach in each group. */
const leastShare = 0.9

const mutatePure = async (chosen: string): Promise<number> => {
  const groups = chosen === 'all' ? Object.keys(pureGroups) : [chosen]
  for (const group of groups)
    if (!(group in pureGroups))
      throw new UsageError(`There is no group ${group}: ${Object.keys(pureGroups).join(', ')}.`)
  let enough = true
  for (const group of groups) {
    const { killed, all } = await runPure(group)
    console.log(`${group}: ${killed}/${all} killed, ${((killed / all) * 100).toFixed(1)} %`)
    if (killed / all < leastShare) enough = false
  }
  return enough ? 0 : 1
}

await runScript(
  defineScript({
    help,
    options: {
      area: { type: 'string' },
      changed: { type: 'boolean' },
      since: { type: 'string' },
      match: { type: 'string' },
      list: { type: 'boolean' },
      pure: { type: 'string' },
    },
    run: async ({ area, changed, since, match, list, pure }) => {
      if (pure !== undefined) return mutatePure(pure)
      const { mutants, stale } = listMutants()
      const known = new Set(mutants.map((mutant) => mutant.area))
      if (area !== undefined && !known.has(area))
        throw new UsageError(`There is no area ${area}: ${[...known].join(', ')}.`)
      if (stale.length > 0) {
        console.error(stale.map(({ mutant, why }) => `stale: ${mutant}: ${why}`).join('\n'))
        return 1
      }
      const differing = changed || since !== undefined ? changedFiles(since) : undefined
      const isChosen = (mutant: ListedMutant) =>
        (area === undefined || mutant.area === area) &&
        (match === undefined || mutant.name.includes(match)) &&
        (differing === undefined ||
          [mutant.file, listFile(mutant.area), ...mutant.killedBy].some((file) => differing.has(file)))
      const chosen = mutants.filter(isChosen)
      if (list) {
        console.log(chosen.map((mutant) => `${mutant.area}: ${mutant.name}`).join('\n'))
        return 0
      }
      console.log(`${chosen.length} of ${mutants.length} mutants`)
      const results: Result[] = []
      await runMutants(chosen, (result) => {
        results.push(result)
        console.log(
          `${result.verdict.padEnd(9)} ${result.mutant.area}: ${result.mutant.name}\n${' '.repeat(10)}${result.by}`,
        )
      })
      if (results.length > 0) console.log(`\n${table(results)}`)
      return results.some(({ verdict }) => verdict === 'survived' || verdict === 'broken') ? 1 : 0
    },
  }),
)
