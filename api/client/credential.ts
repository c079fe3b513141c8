/** One request as its credential sees it. */
export type ApiRequest = {
  readonly method: 'GET' | 'POST'
  /** Where the node is. Not the audience of a signed request: that is the peer id of the node. */
  readonly origin: string
  /** Path and query. */
  readonly path: string
  readonly body: string | undefined
  /** The ledger's time, as far as it is known here. */
  readonly nowMs: number
}

/** Says with which headers a request proves who sends it; asked anew for every attempt. */
export type Credential = (
  request: ApiRequest,
) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>

/** An API key of a place, `krm_live_…`. */
export const apiKey = (token: string): Credential => {
  const headers = { authorization: `Bearer ${token}` }
  return () => headers
}
