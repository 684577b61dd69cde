/**
 * Import this first and everything else after it, with `await import`: whoever stops a container that has only just been
 * started sees 0, as later. Nothing is in hand yet; what a worker may already have taken is in rows, and PostgreSQL ends
 * with the process that embedded it. Before Node runs our first line, the signal itself ends the process.
 */
const signals = ['SIGTERM', 'SIGINT'] as const
const leave = () => process.exit(0)

/** Until `closeOnStop` takes over, a signal to stop ends the process at once, with 0. */
export const exitOnSignal = (): void => {
  for (const signal of signals) process.on(signal, leave)
}

/** Somebody else listens from now on. */
export const leaveSignalsToOthers = (): void => {
  for (const signal of signals) process.removeListener(signal, leave)
}
