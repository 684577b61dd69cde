import type { TestServices } from './global-setup.ts'

export default async () => {
  const services = (globalThis as { testServices?: TestServices }).testServices
  services?.redis?.kill()
  await services?.postgres.stop()
}
