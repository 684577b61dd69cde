/**
 * Loaded before a program of ours (`node --import`), it shifts what the whole process takes for the time, libraries
 * included: a machine whose clock is wrong. Timers and performance.now() go on as they were.
 */
const shiftMs = Number(process.env.TEST_CLOCK_SHIFT_MS ?? 0)
const RealDate = Date

class ShiftedDate extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + shiftMs)
    else super(...given)
  }

  static now() {
    return RealDate.now() + shiftMs
  }
}
Object.defineProperty(ShiftedDate, 'name', { value: 'Date' })
globalThis.Date = ShiftedDate
