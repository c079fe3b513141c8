/** Texts read out of bytes, from one place up to another. */
export type TextsInBytes = {
  /** One character for each byte, all known to be ASCII. */
  readonly ascii: (from: number, to: number) => string
  /** Two lower-case hexadecimal digits for each byte. */
  readonly hex: (from: number, to: number) => string
}
