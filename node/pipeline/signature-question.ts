/** Bytes of a public key (32) and a signature (64) before each message. */
export const FIXED_BYTES = 96

/** Claims to be checked: key, signature and message of each, one after the other. */
export type CheckQuestion = {
  readonly id: number
  /** Length of each message. */
  readonly lengths: Uint32Array
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** 1 for each claim that holds, in the order asked. */
export type CheckAnswer = { readonly id: number; readonly held: Uint8Array }
