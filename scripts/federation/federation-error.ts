/** The local federation could not be started or changed; `message` says why and what to do. */
export class FederationError extends Error {
  override readonly name = 'FederationError'
}
