import { benchSync } from '/work/main/scripts/bench/sync.ts'

const [rows, rounds] = process.argv.slice(2).map(Number)
console.log(
  JSON.stringify(
    await benchSync({
      rows,
      rounds,
      memoryRows: { small: 0, large: 0 },
      smallTenants: 0,
      report: console.log,
    }),
    null,
    1,
  ),
)
