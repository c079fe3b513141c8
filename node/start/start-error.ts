export type StartCode =
  | 'key_missing'
  | 'not_an_authority'
  | 'genesis_invalid'
  | 'api_port_in_use'
  | 'tls_unusable'
  | 'upgrade_required'
  | 'stopped'

/** A node that cannot start as it is configured; `message` says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly code: StartCode

  constructor(code: StartCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
