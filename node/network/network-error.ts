/** `unreachable`: nobody answered there. `refused`: they did, and would not speak with us. */
export type NetworkErrorCode =
  | 'unreachable'
  | 'refused'
  | 'deadline'
  | 'too_long'
  | 'broken_answer'
  | 'cannot_listen'

/** The network did not do what was asked. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError'
  readonly code: NetworkErrorCode

  constructor(code: NetworkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
