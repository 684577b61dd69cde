import { benchSync } from './sync.ts'

console.log(
  JSON.stringify(
    await benchSync({
      rows: 40000,
      rounds: 2,
      memoryRows: { small: 10000, large: 60000 },
      smallTenants: 40,
      smallTenantRows: 200,
      largeTenantRows: 60000,
      report: console.log,
    }),
  ),
)
