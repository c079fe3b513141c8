/** The wall clock when a simulation begins: a Saturday evening in June. */
export const START_MS = 1_781_978_400_000
