import { listMutants } from '../../scripts/mutants/list.ts'
import { areas } from '../mutants/index.ts'

it('every mutant stands in the code exactly once, changes it, and names tests that exist', () => {
  expect(listMutants().stale).toEqual([])
})

it('no mutant stands in the list twice', () => {
  const all = listMutants().mutants.map(({ file, find, replace }) => JSON.stringify({ file, find, replace }))
  expect(all.filter((one, at) => all.indexOf(one) !== at)).toEqual([])
})

it('there are at least 120 of them, and whoever may survive says why in a sentence', () => {
  const { mutants } = listMutants()
  expect(mutants.length).toBeGreaterThanOrEqual(120)
  for (const { survives } of mutants) if (survives !== undefined) expect(survives).toMatch(/^\S+ .{20,}\.$/)
  expect(Object.keys(areas).length).toBeGreaterThan(5)
})
