/** Waits for `work`, whose failure is thrown, but no longer than `patienceMs`; whether it ended. */
export const inTime = async (work: Promise<unknown>, patienceMs: number): Promise<boolean> => {
  const { promise: late, resolve: giveUp } = Promise.withResolvers<boolean>()
  const timeout = setTimeout(() => giveUp(false), patienceMs)
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    clearTimeout(timeout)
  }
}
